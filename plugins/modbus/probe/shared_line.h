// The line of inputs as a line that a probe asks: the probe is one more member of it, and each
// request a command among the others'.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "modbus/line.h"
#include "modbus/probe/asking_line.h"
#include "plugin_api/abi.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

/// The line keeps its own timeouts and late windows: what it says is final. Thread: the probe's;
/// stop() any.
class SharedLine final : public AskingLine {
  public:
    /// Longer than any line lets a command wait; past it the line hangs.
    static constexpr Duration longest_answer = std::chrono::minutes(5);

    /// `key` is nobody else's on the line; `host` only tells the time.
    SharedLine(std::shared_ptr<Line> line, InputKey key, const sdk::Host& host);
    /// After leave() was true.
    ~SharedLine() override = default;
    SharedLine(SharedLine&&) = delete;

    Result<> open() override { return {}; }
    [[nodiscard]] bool is_open() const override { return true; }
    Reply ask(const Request& request, Duration timeout) override;
    std::vector<LateAnswer> take_late() override { return {}; }

    /// Ends a wait that is under way, and all later ones.
    void stop();
    /// False: the line did not let go in time, and may still call: this object must not end.
    bool leave(MonotonicTime deadline);

  private:
    static void answer(void* context, std::uint64_t input, fieldway_bytes outcome);
    Reply lost(std::string reason) const;

    const std::shared_ptr<Line> line_;
    const InputKey key_;
    const sdk::Host clock_;
    fieldway_host host_{};  ///< what the line tells this member
    Bytes data_;            ///< what the last reply's data lies in

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::uint64_t asked_ = 0;
    std::optional<wire::Outcome> answered_;
    bool stopped_ = false;
};

}  // namespace fieldway::modbus
