// When a session tries to connect again. Pure: time and the seed of the jitter come in as
// arguments.
#pragma once

#include <cstdint>
#include <optional>

#include "base/backoff.h"
#include "base/clock.h"

namespace fieldway::uplink {

struct ReconnectRules {
    Duration first_backoff = std::chrono::seconds(1);
    Duration most_backoff = std::chrono::seconds(60);
    /// Of the one session of an uplink that looks out for a broker that cannot be reached: between
    /// its tries. The others wait for it, or for their own time.
    Duration least_lookout = std::chrono::milliseconds(250);
    Duration most_lookout = std::chrono::seconds(1);
    /// A connection that lasted this long was a success: the waits begin small again.
    Duration proven_after = std::chrono::minutes(1);
    /// After a refusal of the credentials and after a takeover: neither is cured by trying soon.
    Duration least_refused_backoff = std::chrono::seconds(30);
    Duration first_refused_backoff = std::chrono::minutes(1);
    Duration most_refused_backoff = std::chrono::minutes(15);
};

/// Thread: core (any, but one at a time).
class Reconnect {
  public:
    Reconnect(const ReconnectRules& rules, std::uint64_t seed);

    /// What kind of trouble there is: one that passes, or one that somebody has to mend.
    enum class Trouble : std::uint8_t { passing, lasting };

    /// A try has ended: whether there was a broker at all.
    void tried(bool broker_found) { unreachable_ = !broker_found; }
    void up() { looking_out_ = false; }
    /// A connection has ended that lasted so long.
    void lasted(Duration time);
    /// The next try is then.
    void wait(MonotonicTime now, Trouble trouble);
    /// The next try begins, or none is wanted any more.
    void go() { at_.reset(); }
    /// This session is the one that looks out.
    void look_out(MonotonicTime now);
    /// The broker was reached by another session: whether this one waits for nothing else.
    [[nodiscard]] bool waits_for_broker() const { return at_ && unreachable_ && passing_; }

    [[nodiscard]] const std::optional<MonotonicTime>& at() const { return at_; }

  private:
    [[nodiscard]] Duration lookout_wait();

    ReconnectRules rules_;
    Random random_;
    Backoff backoff_;
    Backoff refused_backoff_;
    std::optional<MonotonicTime> at_;
    bool passing_ = false;      // what it waits for
    bool unreachable_ = false;  // the last try found no broker
    bool looking_out_ = false;
};

}  // namespace fieldway::uplink
