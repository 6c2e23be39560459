// One configured program: keeps it running, turns its lines into readings and commands into lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

#include "base/backoff.h"
#include "base/clock.h"
#include "exec/command_book.h"
#include "exec/device_table.h"
#include "exec/error_output.h"
#include "exec/exec_options.h"
#include "exec/line_protocol.h"
#include "exec/program_run.h"
#include "plugin_api/sdk.h"

namespace fieldway::exec {

/// Lines with an `id` whose acceptance is not known yet: above, the program's output is not read.
inline constexpr std::size_t most_unanswered_lines = 1'024;
/// How often a full intake is asked again.
inline constexpr Duration least_retry = std::chrono::milliseconds(2);
inline constexpr Duration most_retry = std::chrono::milliseconds(100);
/// Kept of the deadline of a stop, for reaping after SIGKILL.
inline constexpr Duration stop_margin = std::chrono::milliseconds(500);

/// Thread: the plugin's loop; shared, because timers and pipes may outlive the input that owns it
/// by a moment.
class Program final : public RunListener, public std::enable_shared_from_this<Program> {
  public:
    Program(boost::asio::io_context& loop, sdk::Host host, const InputSettings& settings);

    void begin() { launch(); }
    void update(const std::vector<InputDevice>& devices);
    void submit(const wire::Command& command);
    void accepted(std::uint64_t token, sdk::Acceptance acceptance);
    /// `stopped` is called once, when nothing of it runs and it will not use the host again.
    void stop(MonotonicTime deadline, std::function<void()> stopped);

  private:
    /// Readings that the intake has not taken yet, in order.
    struct Batch {
        wire::DeviceReadings readings;
        Value id;
    };

    LineTaken on_line(std::string_view text, bool too_long) override;
    bool on_error_line(std::string_view line, bool cut) override;
    void on_end(const std::string& reason) override;

    void launch();
    void went_down(const std::string& reason);
    LineTaken on_readings(const ReadingsLine& line);
    LineTaken on_answer(const AnswerLine& line);
    LineTaken on_fault(const LineFault& fault);
    void usable_line();

    void offer(Batch batch);
    void emit_waiting();
    void go_on();

    void write(const wire::Command& command);
    void answer(const wire::Command& command, wire::OutcomeStatus status, std::string reason);
    void watch_commands();
    void watch_silence();

    void set_state(wire::InputState state, const std::string& reason);
    void tell_device_states();
    [[nodiscard]] std::string details() const;

    boost::asio::io_context& loop_;
    sdk::Host host_;
    const ExecOptions options_;
    DeviceTable devices_;
    CommandBook commands_;
    FaultCounter faults_;
    ErrorOutput errors_;
    Random random_;
    Backoff backoff_;
    boost::asio::steady_timer launch_timer_;
    boost::asio::steady_timer retry_timer_;
    boost::asio::steady_timer silence_timer_;
    boost::asio::steady_timer command_timer_;

    std::shared_ptr<ProgramRun> run_;  ///< null while it does not run; shared with its own handlers
    std::deque<Batch> waiting_;
    Duration retry_ = least_retry;
    std::map<std::uint64_t, Value> unanswered_;  ///< ids by the token of their emit
    std::uint64_t last_token_ = 0;
    MonotonicTime launched_{};
    MonotonicTime last_usable_{};
    wire::InputState state_ = wire::InputState::starting;
    std::string reason_;
    std::uint64_t starts_ = 0;
    std::uint64_t lines_ = 0;
    bool launch_waits_ =
        false;  ///< for waiting_ to be taken: the end of one run comes before the next one's lines
    std::function<void()> stopped_;  ///< set: stopping
};

}  // namespace fieldway::exec
