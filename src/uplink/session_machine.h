// The life of one device's session, decided. Pure: events, time and the seed of the jitter come in
// as arguments, actions go out as values; session.cpp carries them out.
//
// Order: within a stream's part (drawing.h) records are sent in order of sequence. A record leaves
// the window only by the broker's answer. After a reconnect either the engine resends what was open
// (then the window stays), or the window is forgotten and drawing begins again at the head of each
// stream: what was not released is still there, in order.
//
// Its parts: drawing.h (which record next), window.h (what is in flight), poison_watch.h (what
// makes the broker close), rate_window.h (how fast), reconnect.h (when to try again),
// subscription.h (downlinks), renewal.h (a token that expires); here are connecting, refusals and
// the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "uplink/drawing.h"
#include "uplink/engine.h"
#include "uplink/place.h"
#include "uplink/poison_watch.h"
#include "uplink/rate_window.h"
#include "uplink/reconnect.h"
#include "uplink/renewal.h"
#include "uplink/session_state.h"
#include "uplink/subscription.h"
#include "uplink/window.h"

namespace fieldway::uplink {

struct SessionRules : ReconnectRules {
    std::uint32_t in_flight = 16;  ///< the window; the broker's receive maximum may lower it
    /// Never exceeded within any second, whatever reconnects there are; 0: no limit.
    double messages_per_second = 0;
    /// Each step of a try (secret, name, connection) gets so long; then the try is given up.
    Duration connect_deadline = std::chrono::seconds(30);
    /// Messages in flight and no acknowledgement for so long: only a new connection cures that.
    Duration ack_deadline = std::chrono::seconds(20);
    /// After PUBACK 0x97 (quota exceeded).
    Duration quota_pause = std::chrono::seconds(5);
    /// A publish failed inside the engine and no loss was reported by then: we close.
    Duration failed_publish_grace = std::chrono::seconds(2);
    /// So many refusals of messages in a row, and none that passes: the device is at fault, not its
    /// messages.
    unsigned suspects_held = 3;
    PoisonRules poison;
    bool subscribes = false;  ///< before anything is sent
    SubscriptionRules subscription;
    RenewalRules renewal;
};

namespace action {
/// Connect, as soon as pacing allows; then connect_started, then connected.
struct Connect {
    bool watch_ending = false;  ///< it matters how this connection will end
    friend bool operator==(const Connect&, const Connect&) = default;
};
/// Make all that the next connection needs, as soon as pacing allows, while the present one goes
/// on; then prepared() or prepare_failed().
struct Prepare {
    friend bool operator==(const Prepare&, const Prepare&) = default;
};
/// What Prepare began is not wanted any more.
struct Abandon {
    friend bool operator==(const Abandon&, const Abandon&) = default;
};
/// End the connection and make the one that is prepared; then connect_started, then connected.
struct Replace {
    bool watch_ending = false;  ///< as of Connect
    friend bool operator==(const Replace&, const Replace&) = default;
};
/// End the connection or the try; no event of it is expected any more.
struct Close {
    friend bool operator==(const Close&, const Close&) = default;
};
/// Ask for the device's downlinks; then subscribed().
struct Subscribe {
    friend bool operator==(const Subscribe&, const Subscribe&) = default;
};
/// What came of it is something else than before.
struct Downlinks {
    SubscriptionState state = SubscriptionState::none;
    std::string sentence;
    friend bool operator==(const Downlinks&, const Downlinks&) = default;
};
/// Look for the first record after `after`; answered at once by drawn().
struct Draw {
    Stream stream;
    Sequence after = 0;
    friend bool operator==(const Draw&, const Draw&) = default;
};
/// Ask the backlog's gate for the record that was drawn last; answered at once by asked(), and if
/// that is no, later by granted().
struct Ask {
    Stream stream;
    std::size_t bytes = 0;
    friend bool operator==(const Ask&, const Ask&) = default;
};
/// What was asked is asked no more.
struct Leave {
    friend bool operator==(const Leave&, const Leave&) = default;
};
/// Publish the record that was drawn last.
struct Publish {
    std::uint64_t id = 0;  ///< comes back with the acknowledgement
    Place place;
    friend bool operator==(const Publish&, const Publish&) = default;
};
struct Release {
    Place place;
    friend bool operator==(const Release&, const Release&) = default;
};
struct Bury {
    Place place;
    std::string reason;
    friend bool operator==(const Bury&, const Bury&) = default;
};
/// The state is another one, or the same for another reason.
struct Change {
    SessionState state = SessionState::waiting;
    std::string sentence;
    friend bool operator==(const Change&, const Change&) = default;
};
}  // namespace action

using Action =
    std::variant<action::Connect, action::Prepare, action::Abandon, action::Replace, action::Close,
                 action::Subscribe, action::Downlinks, action::Draw, action::Ask, action::Leave,
                 action::Publish, action::Release, action::Bury, action::Change>;
using Actions = std::vector<Action>;

/// What the session found for a Draw.
struct Drawn {
    Sequence sequence = 0;
    std::size_t packet_bytes = 0;  ///< of the whole PUBLISH
};

/// Thread: core (any, but one at a time).
class SessionMachine {
  public:
    SessionMachine(SessionRules rules, std::uint64_t seed)
        : rules_(rules),
          reconnect_(rules, seed),
          renewal_(rules.renewal, seed),
          subscription_(rules.subscribes, rules.subscription),
          poison_(rules.poison),
          rate_(rules.messages_per_second) {}

    // Events. `now` never goes back.
    Actions start(MonotonicTime now);
    /// While the clock is in doubt a refused login is its fault, and no one else's.
    void doubt_clock(bool doubt) { clock_in_doubt_ = doubt; }
    /// No login can work by this clock: the try ends here.
    Actions clock_hinders(MonotonicTime now, const std::string& sentence);
    /// The clock is another one: who waits for it tries now.
    Actions clock_changed();
    /// Records up to `newest` waited for the clock: they are a backlog.
    void waited_for_clock(const Sequences& newest);
    /// Pacing is done with, and one step of the try begins. `lacking` is what there is none of when
    /// it takes too long: `answer from the broker`.
    void connect_step(MonotonicTime now, std::string lacking);
    /// It waits for a turn again, which may take any time.
    void connect_in_line();
    /// The token of the next connection is made, and good for so long; zero: for ever.
    void token_made(MonotonicTime now, Duration life) { renewal_.made(now, life); }
    /// The wall clock was set: the end of the present token is then, if that is sooner.
    void token_ends(MonotonicTime end) { renewal_.ends_at(end); }
    /// The next connection can be made.
    Actions prepared(MonotonicTime now);
    Actions prepare_failed(MonotonicTime now, const std::string& sentence);
    /// The engine's answer, or the failure to get that far. `newest` is what each stream gave out
    /// last: what is above it is live.
    Actions connected(MonotonicTime now, const ConnectResult& result, const Sequences& newest = {});
    /// The SUBACK's code.
    Actions subscribed(MonotonicTime now, std::uint8_t code);
    Actions acknowledged(MonotonicTime now, std::uint64_t id, std::uint8_t code);
    Actions publish_failed(MonotonicTime now, std::uint64_t id, const std::string& sentence);
    Actions lost(MonotonicTime now, Ending ending, std::uint8_t code, const std::string& sentence);
    /// The stream may have records.
    Actions available(MonotonicTime now, Stream stream);
    Actions drawn(MonotonicTime now, std::optional<Drawn> record);
    /// The gate lets the record through at once, or it waits its turn.
    Actions asked(MonotonicTime now, bool granted);
    /// It is the turn of one record of this stream's backlog.
    Actions granted(MonotonicTime now, Stream stream);
    /// From now on, until it is up, this session tries often while the broker cannot be reached.
    void look_out(MonotonicTime now) { reconnect_.look_out(now); }
    /// Another session of the uplink has reached the broker: one that waits because it could not be
    /// reached tries now. Others have other reasons to wait.
    Actions broker_is_back();
    /// Lets open acknowledgements arrive until `deadline`, then closes.
    Actions stop(MonotonicTime now, MonotonicTime deadline);
    /// Time has passed; to be called at wake() at the latest.
    Actions tick(MonotonicTime now);

    [[nodiscard]] std::optional<MonotonicTime> wake() const;
    [[nodiscard]] SessionState state() const { return state_; }
    [[nodiscard]] const Subscription& subscription() const { return subscription_; }
    [[nodiscard]] std::uint32_t in_flight() const {
        return static_cast<std::uint32_t>(window_.size());
    }

  private:
    void change(Actions& out, SessionState state, std::string sentence);
    void begin_connect(Actions& out);
    [[nodiscard]] SessionState refused_state() const {
        return clock_in_doubt_ ? SessionState::clock : SessionState::refused;
    }
    void try_again(Actions& out);
    void up(MonotonicTime now, const ConnectResult& result, const Sequences& newest, Actions& out);
    // In session_machine_downlinks.cpp.
    void subscribe_or_go_on(MonotonicTime now, Actions& out);
    void end_subscription(MonotonicTime now, Actions& out);
    void tell_downlinks(Actions& out);
    // In session_machine_renewal.cpp.
    void begin_renewal(Actions& out);
    void end_renewal(Actions& out);
    void replace(MonotonicTime now, Actions& out);
    void expired(MonotonicTime now, Actions& out);
    void wait(MonotonicTime now, SessionState state, std::string sentence, Actions& out);
    void give_up_connection(MonotonicTime now, SessionState state, std::string sentence,
                            Actions& out);
    void leave_gate(Actions& out);
    [[nodiscard]] std::string suspicion() const;
    void accept(const Sent& sent, Actions& out);
    void refuse(MonotonicTime now, const Sent& sent, std::uint8_t code, Actions& out);
    void pump(MonotonicTime now, Actions& out);
    void send(MonotonicTime now, const Place& place, std::size_t bytes, Actions& out);
    void bury_too_large(const Place& place, std::size_t bytes, Actions& out);
    [[nodiscard]] bool too_large(std::size_t bytes) const {
        return maximum_packet_ != 0 && bytes > maximum_packet_;
    }
    /// It was drawn and its fate is open.
    [[nodiscard]] bool held_back(const Place& place) const;
    void drawn_again(MonotonicTime now, const Place& place, const std::optional<Drawn>& record,
                     Actions& out);
    void drawn_next(MonotonicTime now, const Drawing::Look& look,
                    const std::optional<Drawn>& record, Actions& out);
    void finish_stop(Actions& out);
    /// Of a step of the try.
    [[nodiscard]] std::string nothing_came() const;
    /// Nothing but time and the window stands between us and the next message.
    [[nodiscard]] bool sending() const;
    [[nodiscard]] bool may_send(MonotonicTime now) const;

    SessionRules rules_;
    Reconnect reconnect_;

    SessionState state_ = SessionState::stopped;
    bool connected_ = false;
    bool clock_in_doubt_ = false;
    unsigned short_lived_ = 0;  // connections in a row that were lost soon, for no told reason
    std::optional<MonotonicTime> connect_deadline_;
    std::string lacking_;  // what the present step waits for
    std::optional<MonotonicTime> stop_deadline_;
    std::optional<MonotonicTime> replace_by_;  // renewing: whatever is in flight then
    std::optional<MonotonicTime> close_at_;    // a publish failed and no loss came yet
    MonotonicTime up_since_{};
    MonotonicTime last_progress_{};  // last acknowledgement, or when the window was last empty

    std::uint32_t maximum_packet_ = 0;
    Window window_;
    Drawing drawing_;
    Renewal renewal_;
    Subscription subscription_;
    std::string told_of_downlinks_;  // the sentence
    PoisonWatch poison_;
    RateWindow rate_;
    std::vector<Place> suspects_;              // refused, undecided: at most suspects_held
    std::string suspicion_;                    // of the last suspect
    std::optional<MonotonicTime> refused_at_;  // a message, on the present connection
    MonotonicTime paused_until_{};
    /// A record that is known, and whether the gate lets it through is not.
    struct Asking {
        Drawing::Look look;
        Drawn record;
    };
    /// The Draw or Ask that is out: for a new record, or for one that is sent again.
    std::optional<std::variant<Drawing::Look, Asking, Place>> looking_;
    MonotonicTime pumped_at_{};
};

}  // namespace fieldway::uplink
