// The life of one device's session, decided. Pure: events, time and the seed of the jitter come in
// as arguments, actions go out as values; session.cpp carries them out.
//
// Order: within a lane records are sent in order of sequence. A record leaves the window only by
// the broker's answer. After a reconnect either the engine resends what was open (then the window
// stays), or the window is forgotten and drawing begins again at the head of each stream: what was
// not released is still there, in order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "flow/message.h"
#include "queue/drain_order.h"
#include "uplink/engine.h"

namespace fieldway::uplink {

struct SessionRules {
    std::uint32_t in_flight = 16;  ///< the window; the broker's receive maximum may lower it
    /// Never exceeded within any second, whatever reconnects there are; 0: no limit.
    double messages_per_second = 0;
    Duration first_backoff = std::chrono::seconds(1);
    Duration most_backoff = std::chrono::seconds(60);
    /// A connection that lasted this long was a success: the waits begin small again.
    Duration proven_after = std::chrono::minutes(1);
    /// After a refusal of the credentials and after a takeover: neither is cured by trying soon.
    Duration least_refused_backoff = std::chrono::seconds(30);
    Duration first_refused_backoff = std::chrono::minutes(1);
    Duration most_refused_backoff = std::chrono::minutes(15);
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
};

enum class SessionState : std::uint8_t {
    waiting,  ///< until the next try to connect
    connecting,
    up,
    refused,     ///< the broker refused the login: long waits
    taken_over,  ///< another client uses this client id: long waits
    held,        ///< the broker refuses what the device publishes: long waits
    stopping,    ///< waits for open acknowledgements
    stopped,
};
std::string_view name_of(SessionState state);

namespace action {
/// Connect, as soon as pacing allows; then connect_started, then connected.
struct Connect {
    friend bool operator==(const Connect&, const Connect&) = default;
};
/// End the connection or the try; no event of it is expected any more.
struct Close {
    friend bool operator==(const Close&, const Close&) = default;
};
/// Look for the first record after `after`; answered at once by drawn().
struct Draw {
    Lane lane = Lane::telemetry;
    Sequence after = 0;
    friend bool operator==(const Draw&, const Draw&) = default;
};
/// Publish the record that was drawn last.
struct Publish {
    std::uint64_t id = 0;  ///< comes back with the acknowledgement
    Lane lane = Lane::telemetry;
    Sequence sequence = 0;
    friend bool operator==(const Publish&, const Publish&) = default;
};
struct Release {
    Lane lane = Lane::telemetry;
    Sequence sequence = 0;
    friend bool operator==(const Release&, const Release&) = default;
};
struct Bury {
    Lane lane = Lane::telemetry;
    Sequence sequence = 0;
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

using Action = std::variant<action::Connect, action::Close, action::Draw, action::Publish,
                            action::Release, action::Bury, action::Change>;
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
          random_(seed),
          backoff_(rules.first_backoff, rules.most_backoff),
          refused_backoff_(rules.first_refused_backoff, rules.most_refused_backoff,
                           rules.least_refused_backoff) {}

    // Events. `now` never goes back.
    Actions start(MonotonicTime now);
    /// Pacing is done with, and one step of the try begins. `lacking` is what there is none of when
    /// it takes too long: `answer from the broker`.
    void connect_step(MonotonicTime now, std::string lacking);
    /// The engine's answer, or the failure to get that far.
    Actions connected(MonotonicTime now, const ConnectResult& result);
    Actions acknowledged(MonotonicTime now, std::uint64_t id, std::uint8_t code);
    Actions publish_failed(MonotonicTime now, std::uint64_t id, const std::string& sentence);
    Actions lost(MonotonicTime now, std::uint8_t code, const std::string& sentence);
    /// The stream of this lane may have records.
    Actions available(MonotonicTime now, Lane lane);
    Actions drawn(MonotonicTime now, Lane lane, std::optional<Drawn> record);
    /// Lets open acknowledgements arrive until `deadline`, then closes.
    Actions stop(MonotonicTime now, MonotonicTime deadline);
    /// Time has passed; to be called at wake() at the latest.
    Actions tick(MonotonicTime now);

    [[nodiscard]] std::optional<MonotonicTime> wake() const;
    [[nodiscard]] SessionState state() const { return state_; }
    [[nodiscard]] std::uint32_t in_flight() const {
        return static_cast<std::uint32_t>(open_.size());
    }

  private:
    struct Open {
        std::uint64_t id = 0;
        Lane lane = Lane::telemetry;
        Sequence sequence = 0;
        friend auto operator<=>(const Open&, const Open&) = default;
    };
    struct Place {
        Lane lane = Lane::telemetry;
        Sequence sequence = 0;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    static std::size_t index(Lane lane) { return static_cast<std::size_t>(lane); }

    void change(Actions& out, SessionState state, std::string sentence);
    void begin_connect(Actions& out);
    void up(MonotonicTime now, const ConnectResult& result, Actions& out);
    void wait(MonotonicTime now, SessionState state, std::string sentence, Actions& out);
    /// What was in flight is undecided: it is drawn again.
    void forget_window(MonotonicTime now);
    void give_up_connection(MonotonicTime now, SessionState state, std::string sentence,
                            Actions& out);
    void accept(const Open& open, Actions& out);
    void refuse(MonotonicTime now, const Open& open, std::uint8_t code, Actions& out);
    void pump(MonotonicTime now, Actions& out);
    void finish_stop(Actions& out);
    [[nodiscard]] bool may_send(MonotonicTime now) const;
    [[nodiscard]] bool rate_allows(MonotonicTime now) const;
    void note_sent(MonotonicTime now);

    SessionRules rules_;
    Random random_;
    Backoff backoff_;
    Backoff refused_backoff_;

    SessionState state_ = SessionState::stopped;
    bool connected_ = false;
    std::optional<MonotonicTime> connect_at_;
    std::optional<MonotonicTime> connect_deadline_;
    std::string lacking_;  // what the present step waits for
    std::optional<MonotonicTime> stop_deadline_;
    std::optional<MonotonicTime> close_at_;  // a publish failed and no loss came yet
    MonotonicTime up_since_{};
    MonotonicTime last_progress_{};  // last acknowledgement, or when the window was last empty

    std::uint32_t window_ = 1;
    std::uint32_t maximum_packet_ = 0;
    std::uint64_t next_id_ = 1;
    std::deque<Open> open_;        // in order of sending, at most the window
    std::set<Place> again_;        // refused for now (0x97), at most the window
    std::vector<Place> suspects_;  // refused, undecided: at most suspects_held
    std::string suspicion_;        // of the last suspect
    MonotonicTime paused_until_{};
    bool drawing_ = false;  // a Draw is out
    std::optional<Place> drawing_again_;
    std::array<bool, all_lanes.size()> ready_{};
    queue::DrainOrder drain_order_;
    std::array<Sequence, all_lanes.size()> after_{};
    std::deque<MonotonicTime> sent_;  // the latest publishes, at most rate_window()'s count
    MonotonicTime pumped_at_{};
};

}  // namespace fieldway::uplink
