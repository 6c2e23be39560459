// The gateway's handle of one program: calls from the control thread go to the loop, in order.
#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "exec/program.h"
#include "plugin_api/sdk.h"

namespace fieldway::exec {

/// Thread: control, every method. What it posts is bounded by what the gateway has under way:
/// commands, and the acceptances of at most most_unanswered_lines lines.
class ExecInput final : public sdk::Input {
  public:
    ExecInput(boost::asio::io_context& loop, sdk::Host host, const InputSettings& settings);

    /// Devices change in place; another command, or other options of it, need a new program.
    Result<> update(const InputSettings& settings) override;
    void submit(const wire::Command& command) override;
    void accepted(std::uint64_t token, sdk::Acceptance acceptance) override;
    bool stop(MonotonicTime deadline) override;

  private:
    boost::asio::io_context& loop_;
    sdk::Host host_;
    boost::json::object options_;
    std::shared_ptr<Program> program_;  ///< shared with what was posted for it
};

}  // namespace fieldway::exec
