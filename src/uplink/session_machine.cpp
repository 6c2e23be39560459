#include "uplink/session_machine.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

void SessionMachine::change(Actions& out, SessionState state, std::string sentence) {
    state_ = state;
    out.emplace_back(action::Change{state, std::move(sentence)});
}

Actions SessionMachine::start(MonotonicTime) {
    Actions out;
    change(out, SessionState::connecting, "");
    begin_connect(out);
    return out;
}

void SessionMachine::try_again(Actions& out) {
    // A new try is no news for a session that the broker refuses.
    if (state_ == SessionState::waiting) change(out, SessionState::connecting, "");
    begin_connect(out);
}

void SessionMachine::begin_connect(Actions& out) {
    reconnect_.go();
    connect_deadline_.reset();
    out.emplace_back(action::Connect{poison_.watches()});
}

void SessionMachine::connect_step(MonotonicTime now, std::string lacking) {
    connect_deadline_ = now + rules_.connect_deadline;
    lacking_ = std::move(lacking);
}

void SessionMachine::connect_in_line() {
    connect_deadline_.reset();
}

Actions SessionMachine::connected(MonotonicTime now, const ConnectResult& result,
                                  const Sequences& newest) {
    Actions out;
    if (connected_ || reconnect_.at() || state_ == SessionState::stopped) return out;
    connect_deadline_.reset();
    reconnect_.tried(result.accepted || result.refused_by_broker);
    if (result.accepted) {
        up(now, result, newest, out);
    } else if (result.refused_by_broker && is_credential_fault(result.reason)) {
        wait(now, refused_state(), result.sentence, out);
    } else {
        wait(now, SessionState::waiting, result.sentence, out);
    }
    return out;
}

void SessionMachine::up(MonotonicTime now, const ConnectResult& result, const Sequences& newest,
                        Actions& out) {
    connected_ = true;
    reconnect_.up();
    renewal_.up();
    up_since_ = now;
    last_progress_ = now;
    maximum_packet_ = result.maximum_packet_size;
    const bool kept = result.resends_open_publishes;
    window_.begin(now, std::min<std::uint32_t>(rules_.in_flight, result.receive_maximum), kept);
    drawing_.begin(newest, kept);
    if (!kept) {
        // What was in flight is undecided: it is drawn again. Suspects stay what they are, as some
        // brokers refuse a message and close.
        close_at_.reset();
        looking_.reset();
        paused_until_ = now;
    }
    subscribe_or_go_on(now, out);
}

void SessionMachine::wait(MonotonicTime now, SessionState state, std::string sentence,
                          Actions& out) {
    reconnect_.wait(now, state == SessionState::waiting ? Reconnect::Trouble::passing
                                                        : Reconnect::Trouble::lasting);
    change(out, state, std::move(sentence));
}

Actions SessionMachine::broker_is_back() {
    Actions out;
    if (state_ == SessionState::waiting && reconnect_.waits_for_broker()) try_again(out);
    return out;
}

void SessionMachine::leave_gate(Actions& out) {
    if (drawing_.end()) out.emplace_back(action::Leave{});
}

void SessionMachine::give_up_connection(MonotonicTime now, SessionState state, std::string sentence,
                                        Actions& out) {
    if (connected_) reconnect_.lasted(now - up_since_);
    const bool was_stopping = state_ == SessionState::stopping;
    connected_ = false;
    end_renewal(out);
    leave_gate(out);
    end_subscription(now, out);
    connect_deadline_.reset();
    close_at_.reset();
    if (was_stopping) {
        change(out, SessionState::stopped, "");
        return;
    }
    wait(now, state, std::move(sentence), out);
}

Actions SessionMachine::lost(MonotonicTime now, Ending ending, std::uint8_t code,
                             const std::string& sentence) {
    Actions out;
    if (!connected_) return out;
    if (state_ != SessionState::stopping && renewal_.is_expiry(now, code)) {
        expired(now, out);
        return out;
    }
    // A broker that refuses a message and closes has said why: what was sent behind it is not to
    // blame. Either way one message is closer to its end, and there is nothing to wait for.
    const bool explained = refused_at_ && now - *refused_at_ <= rules_.poison.soon;
    const bool blamed = !explained && poison_.ended(now, ending, window_);
    if (explained || blamed) reconnect_.lasted(rules_.proven_after);
    refused_at_.reset();
    if (code == reason::session_taken_over) {
        give_up_connection(now, SessionState::taken_over, sentence, out);
    } else if (is_credential_fault(code)) {
        give_up_connection(now, refused_state(), sentence, out);
    } else if (blamed && poison_.all_are_closed_upon()) {
        give_up_connection(now, SessionState::held,
                           fmt::format("the broker closed the connection on each of {} messages in "
                                       "a row; look at what the device may publish there",
                                       poison_.held()),
                           out);
    } else {
        const bool soon = now - up_since_ < rules_.proven_after;
        short_lived_ = soon && code == 0 && !blamed && !explained ? short_lived_ + 1 : 0;
        give_up_connection(now, SessionState::waiting, sentence + suspicion(), out);
    }
    return out;
}

/// Many brokers do not tell that another client has taken the session over.
std::string SessionMachine::suspicion() const {
    constexpr unsigned many = 3;
    if (short_lived_ < many) return "";
    return "; connections end soon after they begin: look for another client with this client id, "
           "such as a second gateway with this device";
}

Actions SessionMachine::available(MonotonicTime now, Stream stream) {
    Actions out;
    drawing_.arrived(stream);
    pump(now, out);
    return out;
}

Actions SessionMachine::asked(MonotonicTime now, bool granted) {
    Actions out;
    const auto looking = std::exchange(looking_, std::nullopt);
    const auto* asking = looking ? std::get_if<Asking>(&*looking) : nullptr;
    if (asking == nullptr) return out;
    if (granted) {
        drawing_.granted(asking->look.stream());
        drawn_next(now, asking->look, asking->record, out);
    }
    pump(now, out);
    return out;
}

Actions SessionMachine::granted(MonotonicTime now, Stream stream) {
    Actions out;
    drawing_.granted(stream);
    pump(now, out);
    return out;
}

Actions SessionMachine::publish_failed(MonotonicTime now, std::uint64_t id,
                                       const std::string& /*sentence*/) {
    // The record stays where it is: the loss that caused this is told next, and if not, we make it
    // one. To send it again now would put it behind its followers.
    if (window_.knows(id) && connected_ && !close_at_)
        close_at_ = now + rules_.failed_publish_grace;
    return {};
}

Actions SessionMachine::acknowledged(MonotonicTime now, std::uint64_t id, std::uint8_t code) {
    Actions out;
    const auto sent = window_.take(id);
    if (!sent) return out;
    last_progress_ = now;
    if (verdict_of(code) == Verdict::delivered) {
        accept(*sent, out);
    } else {
        refuse(now, *sent, code, out);
    }
    if (state_ == SessionState::stopping && window_.empty()) {
        finish_stop(out);
    } else if (replace_by_ && window_.empty()) {
        replace(now, out);
    } else {
        pump(now, out);
    }
    return out;
}

void SessionMachine::accept(const Sent& sent, Actions& out) {
    out.emplace_back(action::Release{sent.place});
    // Another message passed: those refused or closed upon before were at fault themselves.
    for (const Place& suspect : suspects_)
        out.emplace_back(action::Bury{suspect, suspicion_});
    suspects_.clear();
    for (const Place& poison : poison_.passed(sent)) {
        out.emplace_back(action::Bury{
            poison,
            "the broker closes the connection whenever it gets this message, and takes "
            "another"});
    }
}

void SessionMachine::refuse(MonotonicTime now, const Sent& sent, std::uint8_t code, Actions& out) {
    const std::string sentence = "the broker refused the message: " + reason_text(code);
    refused_at_ = now;
    switch (verdict_of(code)) {
        case Verdict::delivered:
            return;
        case Verdict::bury:
            out.emplace_back(action::Bury{sent.place, sentence});
            return;
        case Verdict::pause:
            window_.keep_for_later(sent.place);
            paused_until_ = std::max(paused_until_, now + rules_.quota_pause);
            return;
        case Verdict::suspect:
            suspects_.push_back(sent.place);
            suspicion_ = sentence;
            if (suspects_.size() < rules_.suspects_held || state_ == SessionState::stopping) return;
            out.emplace_back(action::Close{});
            give_up_connection(now, SessionState::held,
                               fmt::format("the broker refused {} messages in a row: {}; look at "
                                           "what the device may publish there",
                                           suspects_.size(), reason_text(code)),
                               out);
            suspects_.clear();  // the next try begins with them
            return;
    }
}

bool SessionMachine::sending() const {
    return connected_ && state_ == SessionState::up && !looking_ && !close_at_ &&
           window_.has_room(poison_.one_at_a_time());
}

bool SessionMachine::may_send(MonotonicTime now) const {
    return sending() && now >= paused_until_ && rate_.allows(now);
}

void SessionMachine::pump(MonotonicTime now, Actions& out) {
    pumped_at_ = now;
    if (!may_send(now)) return;
    if (const auto again = window_.again()) {
        looking_ = *again;
        out.emplace_back(action::Draw{again->stream, again->sequence - 1});
    } else if (const auto look = drawing_.next()) {
        looking_ = *look;
        out.emplace_back(action::Draw{look->stream(), look->after});
    }
}

Actions SessionMachine::drawn(MonotonicTime now, std::optional<Drawn> record) {
    Actions out;
    const auto looking = std::exchange(looking_, std::nullopt);
    if (!looking) return out;
    if (const auto* again = std::get_if<Place>(&*looking)) {
        drawn_again(now, *again, record, out);
    } else if (const auto* look = std::get_if<Drawing::Look>(&*looking)) {
        drawn_next(now, *look, record, out);
    }
    pump(now, out);
    return out;
}

void SessionMachine::drawn_again(MonotonicTime now, const Place& place,
                                 const std::optional<Drawn>& record, Actions& out) {
    window_.not_again(place);
    if (!record) {
        // Gone, or on disk and being read: it is drawn when it arrives, before what follows it.
        drawing_.again_from(place);
    } else if (record->sequence == place.sequence) {
        send(now, place, record->packet_bytes, out);
    }
    // Otherwise it was evicted meanwhile; its followers are drawn in their own turn.
}

void SessionMachine::drawn_next(MonotonicTime now, const Drawing::Look& look,
                                const std::optional<Drawn>& record, Actions& out) {
    if (!record) {
        drawing_.nothing(look);
        return;
    }
    const Place place{look.stream(), record->sequence};
    if (held_back(place)) {
        drawing_.pass_over(look, record->sequence);
    } else if (too_large(record->packet_bytes)) {
        drawing_.pass_over(look, record->sequence);
        bury_too_large(place, record->packet_bytes, out);
    } else {
        switch (drawing_.found(look, record->sequence)) {
            case Drawing::Found::send:
                send(now, place, record->packet_bytes, out);
                return;
            case Drawing::Found::ask:
                looking_ = Asking{look, *record};
                out.emplace_back(action::Ask{place.stream, record->packet_bytes});
                return;
            case Drawing::Found::not_here:
                return;
        }
    }
}

bool SessionMachine::held_back(const Place& place) const {
    return window_.holds(place) || poison_.holds(place) ||
           std::find(suspects_.begin(), suspects_.end(), place) != suspects_.end();
}

void SessionMachine::bury_too_large(const Place& place, std::size_t bytes, Actions& out) {
    out.emplace_back(action::Bury{
        place, fmt::format("the message is {} as a packet; the broker takes at most {}",
                           size_text(bytes), size_text(maximum_packet_))});
}

void SessionMachine::send(MonotonicTime now, const Place& place, std::size_t bytes, Actions& out) {
    if (window_.empty()) last_progress_ = now;
    rate_.note(now);
    out.emplace_back(action::Publish{window_.push({place, bytes, now}), place});
}

}  // namespace fieldway::uplink
