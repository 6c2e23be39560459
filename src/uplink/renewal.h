// When a session whose token will expire gets a new one. Pure: time and the seed of the jitter come
// in as arguments.
//
// A token is good for a while from when it was made. Some time before its end the next one is made
// and a place in the line of connects is taken, while the session goes on; then what is in flight
// gets a moment for its acknowledgements, and the connection is replaced. A connection that the
// broker closes near the end of its token has ended as it had to: that is no fault.
#pragma once

#include <cstdint>
#include <optional>

#include "base/backoff.h"
#include "base/clock.h"

namespace fieldway::uplink {

struct RenewalRules {
    /// So long before the end a session begins at the latest: the smaller of this and that share of
    /// the token's life. A close within that time of the end is taken for expiry, also as the
    /// broker's clock may go before ours.
    Duration most_margin = std::chrono::minutes(2);
    double margin_share = 0.2;
    /// And up to this share of the life earlier, by chance: a fleet that came up together does not
    /// move together.
    double jitter_share = 0.2;
    /// What is in flight has so long to be acknowledged; then it is sent again on the next
    /// connection.
    Duration drain_within = std::chrono::seconds(5);
    /// The next token could not be made: again after this.
    Duration try_again = std::chrono::seconds(30);
};

/// Thread: core (any, but one at a time).
class Renewal {
  public:
    Renewal(const RenewalRules& rules, std::uint64_t seed) : rules_(rules), random_(seed) {}

    /// The token of the next connection is made, and good for so long. Zero: for ever.
    void made(MonotonicTime now, Duration life);
    /// The connection that it was made for is there.
    void up();
    /// The end of the present token is nearer than it was thought: the wall clock was set forward.
    void ends_at(MonotonicTime end);
    /// The connection has ended.
    void ended();

    /// It is time to make the next token.
    [[nodiscard]] bool due(MonotonicTime now) const { return at() && now >= *at(); }
    [[nodiscard]] std::optional<MonotonicTime> at() const {
        return preparing_ ? std::nullopt : begin_;
    }
    void begin() { preparing_ = true; }
    [[nodiscard]] bool preparing() const { return preparing_; }
    /// The next token could not be made.
    void failed(MonotonicTime now);
    /// The next token is there.
    void prepared() { preparing_ = false, begin_.reset(); }

    /// Whether a connection that ends with this code of a DISCONNECT, 0 for none, has ended by
    /// expiry: no other code means that (MQTT 5 clause 3.14.2.1).
    [[nodiscard]] bool is_expiry(MonotonicTime now, std::uint8_t code) const;

  private:
    struct Token {
        Duration life{};
        MonotonicTime end{};
    };
    [[nodiscard]] Duration margin(Duration life) const;

    RenewalRules rules_;
    Random random_;
    std::optional<Token> next_;     // of the connection that is being made
    std::optional<Token> present_;  // of the connection that is there
    std::optional<MonotonicTime> begin_;
    bool preparing_ = false;
};

}  // namespace fieldway::uplink
