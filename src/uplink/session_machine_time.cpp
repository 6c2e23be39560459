// The part of the session machine that is about deadlines, and about the end.
#include <fmt/format.h>

#include "base/quantity_text.h"
#include "uplink/session_machine.h"

namespace fieldway::uplink {

Actions SessionMachine::stop(MonotonicTime now, MonotonicTime deadline) {
    Actions out;
    if (state_ == SessionState::stopped || state_ == SessionState::stopping) return out;
    stop_deadline_ = deadline;
    if (connected_ && !window_.empty() && now < deadline) {
        leave_gate(out);
        end_renewal(out);
        change(out, SessionState::stopping, "");
    } else {
        finish_stop(out);
    }
    return out;
}

void SessionMachine::finish_stop(Actions& out) {
    connected_ = false;
    reconnect_.go();
    end_renewal(out);
    connect_deadline_.reset();
    close_at_.reset();
    stop_deadline_.reset();
    window_.clear();
    leave_gate(out);
    out.emplace_back(action::Close{});
    change(out, SessionState::stopped, "");
}

std::string SessionMachine::nothing_came() const {
    return fmt::format("no {} within {}", lacking_, to_text(rules_.connect_deadline));
}

Actions SessionMachine::tick(MonotonicTime now) {
    Actions out;
    if (reconnect_.at() && now >= *reconnect_.at()) {
        try_again(out);
    } else if (connect_deadline_ && now >= *connect_deadline_ && renewal_.preparing()) {
        out = prepare_failed(now, nothing_came());
    } else if (connect_deadline_ && now >= *connect_deadline_) {
        reconnect_.tried(connected_);  // the SUBACK of a broker that is there
        out.emplace_back(action::Close{});
        give_up_connection(now, SessionState::waiting, nothing_came(), out);
    } else if (stop_deadline_ && now >= *stop_deadline_ && state_ == SessionState::stopping) {
        finish_stop(out);
    } else if (replace_by_ && now >= *replace_by_) {
        replace(now, out);
    } else if (connected_ && close_at_ && now >= *close_at_) {
        out.emplace_back(action::Close{});
        give_up_connection(now, SessionState::waiting, "the MQTT library gave up a message", out);
    } else if (connected_ && !window_.empty() && now - last_progress_ >= rules_.ack_deadline) {
        out.emplace_back(action::Close{});
        give_up_connection(now, SessionState::waiting,
                           fmt::format("no acknowledgement for {} with {} messages in flight",
                                       to_text(rules_.ack_deadline), window_.size()),
                           out);
    } else {
        if (state_ == SessionState::up && subscription_.again(now))
            out.emplace_back(action::Subscribe{});
        if (state_ == SessionState::up && renewal_.due(now)) begin_renewal(out);
        pump(now, out);
    }
    return out;
}

std::optional<MonotonicTime> SessionMachine::wake() const {
    std::optional<MonotonicTime> first;
    const auto at_least = [&](std::optional<MonotonicTime> time) {
        if (time && (!first || *time < *first)) first = time;
    };
    at_least(reconnect_.at());
    at_least(connect_deadline_);
    if (state_ == SessionState::stopping) at_least(stop_deadline_);
    if (!connected_) return first;
    at_least(close_at_);
    at_least(replace_by_);
    if (state_ == SessionState::up) at_least(subscription_.next());
    if (state_ == SessionState::up) at_least(renewal_.at());
    if (!window_.empty()) at_least(last_progress_ + rules_.ack_deadline);
    if (!sending() || (!window_.again() && !drawing_.anything())) return first;
    if (paused_until_ > pumped_at_) at_least(paused_until_);
    if (!rate_.allows(pumped_at_)) at_least(rate_.next());
    return first;
}

}  // namespace fieldway::uplink
