// The poller's inside: what is known about the line, and the steps that poller.h promises. Asking
// is in poller_core.cpp, what follows from replies in poller_replies.cpp. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "modbus/bus.h"
#include "modbus/command_run.h"
#include "modbus/late_answers.h"
#include "modbus/line_report.h"
#include "modbus/modbus_options.h"
#include "modbus/poll_table.h"
#include "modbus/poller.h"

namespace fieldway::modbus {

/// Thread: the line's own.
class Poller::Core {
  public:
    Core(const LineOptions& line, Random random)
        : line_(line), random_(random), table_(line, random_), late_(line.late_window) {}

    void apply(InputKey input, const std::vector<DeviceOptions>& devices, MonotonicTime now,
               PollerOutput& out);
    void remove(InputKey input, PollerOutput& out);
    void submit(InputKey input, const wire::Command& command, MonotonicTime now, PollerOutput& out);
    void line_up(MonotonicTime now, PollerOutput& out);
    void line_down(std::string_view reason, MonotonicTime now, PollerOutput& out);
    Step next(Timestamp now, PollerOutput& out);
    void done(const Reply& reply, PollerOutput& out);
    void late_answer_seen(std::uint8_t unit, ByteView pdu, MonotonicTime now, PollerOutput& out);
    [[nodiscard]] std::uint64_t answers_beyond_window() const { return beyond_window_; }
    [[nodiscard]] bool in_flight() const { return in_flight_.has_value(); }
    [[nodiscard]] unsigned silent_requests() const { return silent_requests_; }

  private:
    enum class LineHealth : std::uint8_t { starting, up, down };
    enum class Asker : std::uint8_t { poll, probe, command };
    struct InFlight {
        Request request;
        Asker asker = Asker::poll;  ///< a command: commands_.front()
        PollSchedule::Id block = 0;
        std::uint64_t serial = 0;  ///< of the block
        MonotonicTime sent{};
    };

    bool start_command(MonotonicTime now, PollerOutput& out);
    bool start_probe(MonotonicTime now);
    bool start_poll(Timestamp now, PollerOutput& out);
    [[nodiscard]] MonotonicTime ask_again(MonotonicTime now);
    /// When a unit of which nothing is known may be asked without taking too much from the others.
    [[nodiscard]] MonotonicTime allowed_at(const LineUnit& unit) const;
    [[nodiscard]] MonotonicTime free_at(const CommandRun& run, MonotonicTime now);

    /// What the line's late answers leave of a reply.
    [[nodiscard]] Reply judged(const InFlight& asked, const Reply& reply);
    void note_unit(LineUnit& unit, const InFlight& asked, const Reply& reply, PollerOutput& out);
    void unit_answered(LineUnit& unit, MonotonicTime now, PollerOutput& out);
    /// Its turn-around, of a read that was answered.
    void measure(const InFlight& asked, const Reply& reply);
    void report_figures(MonotonicTime now, PollerOutput& out);
    void unit_silent(LineUnit& unit, const InFlight& asked, const Reply& reply, PollerOutput& out);
    void block_done(const InFlight& asked, const Reply& reply, PollerOutput& out);
    void block_refused(PollSchedule::Id id, const Reply& reply, PollerOutput& out);
    void block_answered(PollSchedule::Id id, const InFlight& asked, const Reply& reply,
                        PollerOutput& out);
    void block_silent(PollSchedule::Id id, const Reply& reply, PollerOutput& out);
    void finish(CommandRun& run, PollerOutput& out);
    /// Answers and forgets each waiting command that matches; one that has begun counts as failed.
    void end_commands(const std::function<bool(const CommandRun&)>& matches,
                      wire::OutcomeStatus if_not_begun, std::string_view reason, PollerOutput& out);
    /// Why a command to a unit that is down came to nothing.
    static std::string not_sent(const LineUnit& unit);
    [[nodiscard]] bool others_answer(const LineUnit& unit);

    LineOptions line_;
    Random random_;
    PollTable table_;
    LateAnswers late_;
    LineReport report_;
    std::uint64_t beyond_window_ = 0;
    std::set<InputKey> inputs_;
    std::deque<CommandRun> commands_;  ///< the one in flight stays in front until it is done
    unsigned commands_in_a_row_ = 0;
    LineHealth health_ = LineHealth::starting;
    std::string line_reason_;
    std::optional<InFlight> in_flight_;
    MonotonicTime free_at_{};  ///< a pause of the whole line
    MonotonicTime probes_allowed_at_{};
    MonotonicTime untried_allowed_at_{};  ///< units that were not asked yet
    MonotonicTime retries_allowed_at_{};  ///< units that never answered
    unsigned silent_requests_ = 0;
    bool answered_ = false;  ///< since the connection was made
};

}  // namespace fieldway::modbus
