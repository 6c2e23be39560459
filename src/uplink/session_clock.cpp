// The part of a session that is about the machine's clock: by a wrong one no token and no
// certificate is valid, and a message whose time is not known does not leave.
#include <utility>

#include <fmt/format.h>

#include "uplink/session.h"

namespace fieldway::uplink {

void Session::clock_changed() {
    const ClockState state = around_.clock.clock_state();
    machine_.doubt_clock(doubts_clock());
    if (token_expires_ != WallTime{} && state != ClockState::implausible)
        machine_.token_ends(now() + (token_expires_ - around_.clock.wall()));
    run(machine_.clock_changed());
    if (state != ClockState::settled) return;
    if (std::exchange(waited_for_clock_, false)) machine_.waited_for_clock(newest());
    for (std::size_t i = 0; i < stream_count; ++i)
        run(machine_.available(now(), stream_at(i)));
}

/// Why no login can work; empty where one can.
std::string Session::hindered_by_clock() const {
    const bool by_time =
        uplink_.secure || uplink_.auth.method == config::AuthMethod::device_credentials;
    if (!by_time || around_.clock.clock_state() != ClockState::implausible) return "";
    return fmt::format(
        "it says {}, which has been long ago: by it no {} is valid; set it, or let a time service "
        "do so",
        rfc3339(around_.clock.wall()), uplink_.secure ? "certificate" : "token");
}

/// Whether the refusal of a login may come from the times in its token.
bool Session::doubts_clock() const {
    return uplink_.auth.method == config::AuthMethod::device_credentials &&
           around_.clock.clock_state() != ClockState::settled;
}

ConnectResult Session::blame_clock(ConnectResult result) const {
    result.sentence += fmt::format(
        "; no time service has set the clock of this machine, which says {}: the times "
        "in the token may be wrong; it is tried again when the clock is set",
        rfc3339(around_.clock.wall()));
    return result;
}

/// With its times in it; nothing while they are not known.
std::shared_ptr<const std::string> Session::payload_of(
    const std::shared_ptr<const Record>& record) {
    const Message& message = record->message;
    // The record keeps its payload alive.
    if (message.lacks.empty()) return {record, &message.payload};
    if (around_.clock.clock_state() != ClockState::settled) {
        waited_for_clock_ = true;
        return nullptr;
    }
    return std::make_shared<const std::string>(
        filled(message.payload, message.lacks,
               [this](MonotonicTime then) { return around_.clock.wall_of(then); }));
}

}  // namespace fieldway::uplink
