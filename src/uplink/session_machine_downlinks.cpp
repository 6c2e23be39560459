// The part of the session machine that is about the subscription: it stands between the connection
// and the first message, so that no downlink is missed while a backlog flows.
#include "uplink/session_machine.h"

namespace fieldway::uplink {

void SessionMachine::subscribe_or_go_on(MonotonicTime now, Actions& out) {
    if (subscription_.connected(now)) {
        connect_step(now, "answer of the broker to the subscription");
        out.emplace_back(action::Subscribe{});
        return;
    }
    tell_downlinks(out);
    change(out, SessionState::up, "");
    pump(now, out);
}

Actions SessionMachine::subscribed(MonotonicTime now, std::uint8_t code) {
    Actions out;
    if (!connected_ || !subscription_.waits()) return out;
    subscription_.answered(now, code);
    tell_downlinks(out);
    if (state_ == SessionState::up || state_ == SessionState::stopping || replace_by_) return out;
    connect_deadline_.reset();
    change(out, SessionState::up, "");
    pump(now, out);
    return out;
}

void SessionMachine::end_subscription(MonotonicTime now, Actions& out) {
    subscription_.ended(now);
    tell_downlinks(out);
}

/// A new sentence is news; that a connection comes and goes is none.
void SessionMachine::tell_downlinks(Actions& out) {
    if (subscription_.sentence() == told_of_downlinks_) return;
    told_of_downlinks_ = subscription_.sentence();
    out.emplace_back(action::Downlinks{subscription_.state(), told_of_downlinks_});
}

}  // namespace fieldway::uplink
