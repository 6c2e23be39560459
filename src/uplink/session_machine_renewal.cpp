// The part of the session machine that is about a token that expires, and about the clock by which
// it does: the next connection is prepared beside the present one and then takes its place.
#include "uplink/session_machine.h"

namespace fieldway::uplink {

void SessionMachine::begin_renewal(Actions& out) {
    renewal_.begin();
    out.emplace_back(action::Prepare{});
}

Actions SessionMachine::prepared(MonotonicTime now) {
    Actions out;
    if (!renewal_.preparing() || state_ != SessionState::up) return out;
    renewal_.prepared();
    connect_deadline_.reset();
    leave_gate(out);
    change(out, SessionState::renewing, "");
    replace_by_ = now + rules_.renewal.drain_within;
    if (window_.empty()) replace(now, out);
    return out;
}

/// The present connection is as good as before: whoever asks is told, and it is tried again.
Actions SessionMachine::prepare_failed(MonotonicTime now, const std::string& sentence) {
    Actions out;
    if (!renewal_.preparing()) return out;
    renewal_.failed(now);
    connect_deadline_.reset();
    out.emplace_back(action::Abandon{});
    change(out, state_, "the next token cannot be had: " + sentence);
    return out;
}

/// Whatever the connection was about to do for its token is left.
void SessionMachine::end_renewal(Actions& out) {
    if (renewal_.preparing()) out.emplace_back(action::Abandon{});
    renewal_.ended();
    replace_by_.reset();
}

/// What is still in flight is drawn again on the next connection.
void SessionMachine::replace(MonotonicTime now, Actions& out) {
    reconnect_.lasted(now - up_since_);
    end_renewal(out);
    connected_ = false;
    close_at_.reset();
    refused_at_.reset();
    end_subscription(now, out);
    out.emplace_back(action::Replace{poison_.watches()});
}

void SessionMachine::expired(MonotonicTime now, Actions& out) {
    reconnect_.lasted(rules_.proven_after);
    end_renewal(out);
    connected_ = false;
    leave_gate(out);
    close_at_.reset();
    refused_at_.reset();
    end_subscription(now, out);
    connect_deadline_.reset();
    change(out, SessionState::renewing, "");
    begin_connect(out);
}

Actions SessionMachine::clock_hinders(MonotonicTime now, const std::string& sentence) {
    if (connected_) return prepare_failed(now, sentence);
    Actions out;
    if (reconnect_.at() || state_ == SessionState::stopped) return out;
    connect_deadline_.reset();
    wait(now, SessionState::clock, sentence, out);
    return out;
}

void SessionMachine::waited_for_clock(const Sequences& newest) {
    if (connected_) drawing_.waited(newest);
}

Actions SessionMachine::clock_changed() {
    Actions out;
    if (state_ == SessionState::clock && reconnect_.at()) try_again(out);
    return out;
}

}  // namespace fieldway::uplink
