// Which message makes the broker close the connection. MQTT 3.1.1 has no other refusal, and some
// brokers of MQTT 5 use none: the message at the head of the queue must not be tried for ever.
// Pure.
//
// After a closing by the broker with messages in flight they go one at a time, so that the next
// closing tells which it was. A message that was alone in flight at three closings is held back,
// and the next one goes; when that passes, what is held back is poison. When that is closed upon
// too, three times, it is held back as well: many in a row may be poison, such as all to one topic.
//
// What counts, and why: docs/decisions/0011-poison.md.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "base/clock.h"
#include "uplink/engine.h"
#include "uplink/place.h"
#include "uplink/window.h"

namespace fieldway::uplink {

struct PoisonRules {
    /// Closings by the broker, with the message alone in flight, until it is held back.
    unsigned closings = 3;
    /// The same by resets, of a packet larger than any that passed.
    unsigned resets = 6;
    /// And not smaller than this: no broker is known whose limit is below it.
    std::size_t least_too_large = 512;
    /// What ends later than this after the message was sent has another reason.
    Duration soon = std::chrono::seconds(2);
    /// So many held back and none that passes: the device or the broker is at fault.
    std::size_t held_is_fault = 3;
    /// More are not remembered: they are tried anew.
    std::size_t most_held = 64;
};

/// Thread: core (any, but one at a time).
class PoisonWatch {
  public:
    explicit PoisonWatch(const PoisonRules& rules)
        : rules_(rules), largest_passed_(rules.least_too_large) {}

    /// The connection ended by itself with these in flight. True: it is held against a message.
    bool ended(MonotonicTime now, Ending ending, const Window& in_flight);
    /// The broker acknowledged a message. What is poison then, to be buried.
    std::vector<Place> passed(const Sent& sent);

    /// Messages go one at a time.
    [[nodiscard]] bool one_at_a_time() const { return to_pass_alone_ > 0; }
    /// How the connection ends matters, and has to be told exactly.
    [[nodiscard]] bool watches() const { return to_watch_ > 0; }
    [[nodiscard]] bool holds(const Place& place) const { return held_.contains(place); }
    [[nodiscard]] std::size_t held() const { return held_.size(); }
    /// None of several messages passes, one after the other.
    [[nodiscard]] bool all_are_closed_upon() const { return held_.size() >= rules_.held_is_fault; }

  private:
    void hold(const Place& place);

    const PoisonRules rules_;
    std::size_t to_watch_ = 0;       // so many more must pass until endings are of no interest
    std::size_t to_pass_alone_ = 0;  // and until several may go at once again
    std::optional<Place> candidate_;
    unsigned closings_ = 0;  // with the candidate alone in flight
    unsigned resets_ = 0;
    std::set<Place> held_;
    std::size_t largest_passed_;  // bytes
};

}  // namespace fieldway::uplink
