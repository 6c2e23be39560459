// What is asked on one line or connection, when, and what follows from the replies. Pure: time
// comes in; requests, readings, states and outcomes go out as values. Both drivers run the same
// loop:
//
//     poller.line_up(now, out);                 // port opened, connection made
//     Step step = poller.next(now, out);        // a request to send, or when to ask again
//     Reply reply = <send, wait step.timeout>;  // exactly one reply for each request
//     poller.done(reply, out);
//     delivery.deliver(out, now);               // after each call that fills `out`
//
// At most one request is in flight. While the line is down nothing is asked: due points go out as
// bad readings.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// One input among those that share a line: the plugin's own number, never given twice.
using InputKey = std::uint32_t;

/// What the gateway is told. The driver clears it after delivery, so that its memory is used again.
struct PollerOutput {
    struct Readings {
        InputKey input = 0;
        wire::DeviceReadings readings;
    };
    struct State {
        InputKey input = 0;
        wire::State state;
    };
    struct Outcome {
        InputKey input = 0;
        wire::Outcome outcome;
    };
    /// A warning for the log.
    struct Note {
        InputKey input = 0;
        std::string sentence;
    };
    std::vector<Readings> readings;
    std::vector<State> states;
    std::vector<Outcome> outcomes;
    std::vector<Note> notes;

    [[nodiscard]] bool empty() const {
        return readings.empty() && states.empty() && outcomes.empty() && notes.empty();
    }
    void clear() {
        notes.clear();
        readings.clear();
        states.clear();
        outcomes.clear();
    }
};

/// What to do now.
struct Step {
    std::optional<Request> request;  ///< send it and call done() once
    Duration timeout{};              ///< for its answer
    /// Without a request: call next() then, or earlier after any other call.
    MonotonicTime again{};
};

/// Thread: the line's own.
class Poller {
  public:
    /// More commands than this do not wait: they are refused at once.
    static constexpr std::size_t most_waiting_commands = 256;

    Poller(const LineOptions& line, Random random);
    ~Poller();
    Poller(Poller&&) = delete;
    Poller(const Poller&) = delete;
    Poller& operator=(Poller&&) = delete;
    Poller& operator=(const Poller&) = delete;

    /// The devices of an input, new or changed: devices that did not change go on undisturbed.
    void apply(InputKey input, const std::vector<DeviceOptions>& devices, MonotonicTime now,
               PollerOutput& out);
    /// Forgets an input; its waiting commands are answered as failed. A reply that is on its way is
    /// expected by done() all the same.
    void remove(InputKey input, PollerOutput& out);
    /// Answered once, in this call or in a later one.
    void submit(InputKey input, const wire::Command& command, MonotonicTime now, PollerOutput& out);

    /// The port is open, the connection made. The inputs become up.
    void line_up(MonotonicTime now, PollerOutput& out);
    /// It is not; `reason` is one sentence. The inputs become down (said once for each reason). A
    /// request in flight must have got its done(lost) before.
    void line_down(std::string_view reason, MonotonicTime now, PollerOutput& out);

    Step next(Timestamp now, PollerOutput& out);
    void done(const Reply& reply, PollerOutput& out);
    /// An answer came that nobody waited for (lines without transaction numbers): what it was the
    /// answer to may be asked again now.
    void late_answer_seen(std::uint8_t unit, ByteView pdu, MonotonicTime now, PollerOutput& out);
    /// Answers that came after their late window: one of them may have passed for another one's.
    [[nodiscard]] std::uint64_t answers_beyond_window() const;
    [[nodiscard]] bool in_flight() const;
    /// Consecutive requests, of whatever units, that got no answer at all since the last one that
    /// did: what a driver needs to see a connection that is only half open.
    [[nodiscard]] unsigned silent_requests() const;

  private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace fieldway::modbus
