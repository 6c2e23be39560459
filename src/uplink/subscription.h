// The subscription of one session: when it is asked for, and what came of it. Pure.
//
// A broker that refuses it costs the device its downlinks and nothing else: what it sends flows on.
// So does one that closes the connection on it, or never answers, once it did so a few times in a
// row: to ask at every connect would keep the session down for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fieldway::uplink {

enum class SubscriptionState : std::uint8_t {
    none,     ///< there is no downlink topic, or downlinks are not wanted
    away,     ///< no connection
    asked,    ///< the SUBACK is awaited
    active,   ///< downlinks come
    refused,  ///< the broker said no: asked again later
    given_up  ///< connections ended while it was awaited: not asked for at connects, until later
};
std::string_view name_of(SubscriptionState state);

struct SubscriptionRules {
    /// So many connections in a row that end before the SUBACK; then it is left out.
    unsigned most_endings = 3;
    /// Until it is asked for again.
    Duration again_after = std::chrono::minutes(15);
};

/// Thread: core (any, but one at a time).
class Subscription {
  public:
    Subscription(bool wanted, const SubscriptionRules& rules)
        : rules_(rules), state_(wanted ? SubscriptionState::away : SubscriptionState::none) {}

    /// A connection is there. True: subscribe now; nothing is to be sent before the answer.
    bool connected(MonotonicTime now);
    /// Time has passed, and the connection is up. True: subscribe again.
    bool again(MonotonicTime now);
    /// The return code of the SUBACK: a granted QoS, or 0x80 and above.
    void answered(MonotonicTime now, std::uint8_t code);
    /// The connection has ended, whoever ended it.
    void ended(MonotonicTime now);

    [[nodiscard]] bool waits() const { return state_ == SubscriptionState::asked; }
    [[nodiscard]] SubscriptionState state() const { return state_; }
    /// Why there are no downlinks, and what to do; empty where nothing is wrong.
    [[nodiscard]] const std::string& sentence() const { return sentence_; }
    /// When again() has something to do, while the connection is up.
    [[nodiscard]] std::optional<MonotonicTime> next() const;

  private:
    const SubscriptionRules rules_;
    SubscriptionState state_;
    std::string sentence_;
    unsigned endings_ = 0;  // in a row
    std::optional<MonotonicTime> not_before_;
};

}  // namespace fieldway::uplink
