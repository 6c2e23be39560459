// The exec plugin: one event loop for all its programs.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "plugin_api/sdk.h"

namespace fieldway::exec {

/// Thread: control. Its loop's thread starts with the first input and ends with the plugin, after
/// every input.
class ExecPlugin final : public sdk::Plugin {
  public:
    static const sdk::PluginInfo& info();

    ExecPlugin();
    ~ExecPlugin() override;

    std::vector<Problem> check(const InputSettings& settings) override;
    Result<std::unique_ptr<sdk::Input>> start(sdk::Host host,
                                              const InputSettings& settings) override;

  private:
    boost::asio::io_context loop_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

}  // namespace fieldway::exec
