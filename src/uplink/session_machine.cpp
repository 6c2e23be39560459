#include "uplink/session_machine.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

/// At most so many publishes within any span of this length. A bucket of tokens would let twice the
/// rate through in its first second, and platforms count by the second.
struct RateWindow {
    std::size_t most = 1;
    Duration length{};
};

RateWindow rate_window(double per_second) {
    constexpr double most = 100;
    const double count = std::clamp(std::ceil(per_second), 1.0, most);
    return {static_cast<std::size_t>(count),
            std::chrono::ceil<Duration>(std::chrono::duration<double>(count / per_second))};
}

}  // namespace

std::string_view name_of(SessionState state) {
    switch (state) {
        case SessionState::waiting:
            return "waiting";
        case SessionState::connecting:
            return "connecting";
        case SessionState::up:
            return "up";
        case SessionState::refused:
            return "refused";
        case SessionState::taken_over:
            return "taken-over";
        case SessionState::held:
            return "held";
        case SessionState::stopping:
            return "stopping";
        case SessionState::stopped:
            return "stopped";
    }
    return "?";
}

void SessionMachine::change(Actions& out, SessionState state, std::string sentence) {
    state_ = state;
    out.emplace_back(action::Change{state, std::move(sentence)});
}

Actions SessionMachine::start(MonotonicTime) {
    Actions out;
    ready_.fill(true);
    change(out, SessionState::connecting, "");
    begin_connect(out);
    return out;
}

void SessionMachine::begin_connect(Actions& out) {
    connect_at_.reset();
    connect_deadline_.reset();
    out.emplace_back(action::Connect{});
}

void SessionMachine::connect_step(MonotonicTime now, std::string lacking) {
    connect_deadline_ = now + rules_.connect_deadline;
    lacking_ = std::move(lacking);
}

Actions SessionMachine::connected(MonotonicTime now, const ConnectResult& result) {
    Actions out;
    if (connected_ || connect_at_ || state_ == SessionState::stopped) return out;
    connect_deadline_.reset();
    if (result.accepted) {
        up(now, result, out);
    } else if (result.refused_by_broker && is_credential_fault(result.reason)) {
        wait(now, SessionState::refused, result.sentence, out);
    } else {
        wait(now, SessionState::waiting, result.sentence, out);
    }
    return out;
}

void SessionMachine::up(MonotonicTime now, const ConnectResult& result, Actions& out) {
    connected_ = true;
    up_since_ = now;
    last_progress_ = now;
    window_ = std::max<std::uint32_t>(
        1, std::min<std::uint32_t>(rules_.in_flight, result.receive_maximum));
    maximum_packet_ = result.maximum_packet_size;
    if (!result.resends_open_publishes) forget_window(now);
    ready_.fill(true);
    change(out, SessionState::up, "");
    pump(now, out);
}

void SessionMachine::wait(MonotonicTime now, SessionState state, std::string sentence,
                          Actions& out) {
    Backoff& backoff = state == SessionState::waiting ? backoff_ : refused_backoff_;
    connect_at_ = now + backoff.next(random_);
    change(out, state, std::move(sentence));
}

void SessionMachine::forget_window(MonotonicTime now) {
    open_.clear();
    again_.clear();
    suspects_.clear();
    close_at_.reset();
    drawing_ = false;
    drawing_again_.reset();
    after_.fill(0);
    paused_until_ = now;
}

void SessionMachine::give_up_connection(MonotonicTime now, SessionState state, std::string sentence,
                                        Actions& out) {
    if (connected_ && now - up_since_ >= rules_.proven_after) {
        backoff_.reset();
        refused_backoff_.reset();
    }
    const bool was_stopping = state_ == SessionState::stopping;
    connected_ = false;
    connect_deadline_.reset();
    close_at_.reset();
    if (was_stopping) {
        change(out, SessionState::stopped, "");
        return;
    }
    wait(now, state, std::move(sentence), out);
}

Actions SessionMachine::lost(MonotonicTime now, std::uint8_t code, const std::string& sentence) {
    Actions out;
    if (!connected_) return out;
    SessionState state = SessionState::waiting;
    if (code == reason::session_taken_over) {
        state = SessionState::taken_over;
    } else if (is_credential_fault(code)) {
        state = SessionState::refused;
    }
    give_up_connection(now, state, sentence, out);
    return out;
}

Actions SessionMachine::available(MonotonicTime now, Lane lane) {
    Actions out;
    ready_[index(lane)] = true;
    pump(now, out);
    return out;
}

Actions SessionMachine::publish_failed(MonotonicTime now, std::uint64_t id,
                                       const std::string& /*sentence*/) {
    const bool known =
        std::any_of(open_.begin(), open_.end(), [&](const Open& open) { return open.id == id; });
    // The record stays where it is: the loss that caused this is told next, and if not, we make it
    // one. To send it again now would put it behind its followers.
    if (known && connected_ && !close_at_) close_at_ = now + rules_.failed_publish_grace;
    return {};
}

Actions SessionMachine::acknowledged(MonotonicTime now, std::uint64_t id, std::uint8_t code) {
    Actions out;
    const auto found =
        std::find_if(open_.begin(), open_.end(), [&](const Open& open) { return open.id == id; });
    if (found == open_.end()) return out;
    const Open open = *found;
    open_.erase(found);
    last_progress_ = now;
    if (verdict_of(code) == Verdict::delivered) {
        accept(open, out);
    } else {
        refuse(now, open, code, out);
    }
    if (state_ == SessionState::stopping && open_.empty()) {
        finish_stop(out);
    } else {
        pump(now, out);
    }
    return out;
}

void SessionMachine::accept(const Open& open, Actions& out) {
    out.emplace_back(action::Release{open.lane, open.sequence});
    // Another message passed: those refused before were at fault themselves.
    for (const Place& suspect : suspects_) {
        out.emplace_back(action::Bury{suspect.lane, suspect.sequence, suspicion_});
    }
    suspects_.clear();
}

void SessionMachine::refuse(MonotonicTime now, const Open& open, std::uint8_t code, Actions& out) {
    const std::string sentence = "the broker refused the message: " + reason_text(code);
    switch (verdict_of(code)) {
        case Verdict::delivered:
            return;
        case Verdict::bury:
            out.emplace_back(action::Bury{open.lane, open.sequence, sentence});
            return;
        case Verdict::pause:
            again_.insert({open.lane, open.sequence});
            paused_until_ = std::max(paused_until_, now + rules_.quota_pause);
            return;
        case Verdict::suspect:
            suspects_.push_back({open.lane, open.sequence});
            suspicion_ = sentence;
            if (suspects_.size() < rules_.suspects_held || state_ == SessionState::stopping) return;
            out.emplace_back(action::Close{});
            give_up_connection(now, SessionState::held,
                               fmt::format("the broker refused {} messages in a row: {}; look at "
                                           "what the device may publish there",
                                           suspects_.size(), reason_text(code)),
                               out);
            return;
    }
}

bool SessionMachine::may_send(MonotonicTime now) const {
    return connected_ && state_ == SessionState::up && !drawing_ && !close_at_ &&
           open_.size() < window_ && now >= paused_until_ && rate_allows(now);
}

bool SessionMachine::rate_allows(MonotonicTime now) const {
    if (rules_.messages_per_second <= 0) return true;
    const RateWindow window = rate_window(rules_.messages_per_second);
    return sent_.size() < window.most || now - sent_.front() >= window.length;
}

void SessionMachine::note_sent(MonotonicTime now) {
    if (rules_.messages_per_second <= 0) return;
    sent_.push_back(now);
    if (sent_.size() > rate_window(rules_.messages_per_second).most) sent_.pop_front();
}

void SessionMachine::pump(MonotonicTime now, Actions& out) {
    pumped_at_ = now;
    if (!may_send(now)) return;
    if (!again_.empty()) {
        drawing_ = true;
        drawing_again_ = *again_.begin();
        out.emplace_back(action::Draw{drawing_again_->lane, drawing_again_->sequence - 1});
        return;
    }
    if (const auto lane = drain_order_.next(ready_)) {
        drawing_ = true;
        out.emplace_back(action::Draw{*lane, after_[index(*lane)]});
    }
}

Actions SessionMachine::drawn(MonotonicTime now, Lane lane, std::optional<Drawn> record) {
    Actions out;
    if (!drawing_) return out;
    drawing_ = false;
    if (const auto again = std::exchange(drawing_again_, std::nullopt)) {
        again_.erase(*again);
        // It may have been evicted meanwhile; its followers are drawn in their own turn.
        if (!record || record->sequence != again->sequence) record.reset();
    } else if (record) {
        after_[index(lane)] = record->sequence;
    } else {
        ready_[index(lane)] = false;
    }
    if (record && maximum_packet_ != 0 && record->packet_bytes > maximum_packet_) {
        out.emplace_back(
            action::Bury{lane, record->sequence,
                         fmt::format("the message is {} as a packet; the broker takes at most {}",
                                     size_text(record->packet_bytes), size_text(maximum_packet_))});
    } else if (record) {
        if (open_.empty()) last_progress_ = now;
        note_sent(now);
        open_.push_back({next_id_, lane, record->sequence});
        out.emplace_back(action::Publish{next_id_, lane, record->sequence});
        ++next_id_;
    }
    pump(now, out);
    return out;
}

Actions SessionMachine::stop(MonotonicTime now, MonotonicTime deadline) {
    Actions out;
    if (state_ == SessionState::stopped || state_ == SessionState::stopping) return out;
    stop_deadline_ = deadline;
    if (connected_ && !open_.empty() && now < deadline) {
        change(out, SessionState::stopping, "");
    } else {
        finish_stop(out);
    }
    return out;
}

void SessionMachine::finish_stop(Actions& out) {
    connected_ = false;
    connect_at_.reset();
    connect_deadline_.reset();
    close_at_.reset();
    stop_deadline_.reset();
    open_.clear();
    out.emplace_back(action::Close{});
    change(out, SessionState::stopped, "");
}

Actions SessionMachine::tick(MonotonicTime now) {
    Actions out;
    if (connect_at_ && now >= *connect_at_) {
        // A new try is no news for a session that the broker refuses.
        if (state_ == SessionState::waiting) change(out, SessionState::connecting, "");
        begin_connect(out);
    } else if (connect_deadline_ && now >= *connect_deadline_) {
        out.emplace_back(action::Close{});
        give_up_connection(
            now, SessionState::waiting,
            fmt::format("no {} within {}", lacking_, to_text(rules_.connect_deadline)), out);
    } else if (stop_deadline_ && now >= *stop_deadline_ && state_ == SessionState::stopping) {
        finish_stop(out);
    } else if (connected_ && close_at_ && now >= *close_at_) {
        out.emplace_back(action::Close{});
        give_up_connection(now, SessionState::waiting, "the MQTT library gave up a message", out);
    } else if (connected_ && !open_.empty() && now - last_progress_ >= rules_.ack_deadline) {
        out.emplace_back(action::Close{});
        give_up_connection(now, SessionState::waiting,
                           fmt::format("no acknowledgement for {} with {} messages in flight",
                                       to_text(rules_.ack_deadline), open_.size()),
                           out);
    } else {
        pump(now, out);
    }
    return out;
}

std::optional<MonotonicTime> SessionMachine::wake() const {
    std::optional<MonotonicTime> first;
    const auto at_least = [&](std::optional<MonotonicTime> time) {
        if (time && (!first || *time < *first)) first = time;
    };
    at_least(connect_at_);
    at_least(connect_deadline_);
    if (state_ == SessionState::stopping) at_least(stop_deadline_);
    if (!connected_) return first;
    at_least(close_at_);
    if (!open_.empty()) at_least(last_progress_ + rules_.ack_deadline);
    const bool waiting = state_ == SessionState::up && !close_at_ && open_.size() < window_ &&
                         (!again_.empty() || ready_[0] || ready_[1] || ready_[2]);
    if (waiting && paused_until_ > pumped_at_) at_least(paused_until_);
    if (waiting && !rate_allows(pumped_at_)) {
        at_least(sent_.front() + rate_window(rules_.messages_per_second).length);
    }
    return first;
}

}  // namespace fieldway::uplink
