// What is in flight, and what waits to be sent again. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>

#include "base/clock.h"
#include "uplink/place.h"

namespace fieldway::uplink {

/// A message on its way.
struct Sent {
    Place place;
    std::size_t bytes = 0;  ///< of the whole PUBLISH
    MonotonicTime at{};
};

/// Bounded by the uplink's in_flight and the broker's receive maximum. Thread: core (any, but one
/// at a time).
class Window {
  public:
    /// A connection is up, for so many at once. `kept`: what was in flight still is, sent again.
    void begin(MonotonicTime now, std::uint32_t most, bool kept);
    /// The id under which it is acknowledged.
    std::uint64_t push(const Sent& sent);
    /// It was answered; nothing when the id is of an earlier connection.
    std::optional<Sent> take(std::uint64_t id);
    /// The broker does not take it now.
    void keep_for_later(const Place& place) { again_.insert(place); }
    /// The first of those that are to be sent again.
    [[nodiscard]] std::optional<Place> again() const;
    void not_again(const Place& place) { again_.erase(place); }

    [[nodiscard]] bool knows(std::uint64_t id) const;
    [[nodiscard]] bool holds(const Place& place) const;
    [[nodiscard]] bool has_room(bool one_at_a_time) const {
        return open_.size() < (one_at_a_time ? 1 : most_);
    }
    [[nodiscard]] std::size_t size() const { return open_.size(); }
    [[nodiscard]] bool empty() const { return open_.empty(); }
    /// The latest; only when there is one.
    [[nodiscard]] const Sent& latest() const { return open_.back().sent; }
    [[nodiscard]] std::size_t most_bytes() const;
    void clear();

  private:
    struct Open {
        std::uint64_t id = 0;
        Sent sent;
    };

    std::uint32_t most_ = 1;
    std::uint64_t next_id_ = 1;
    std::deque<Open> open_;  // in order of sending
    std::set<Place> again_;
};

}  // namespace fieldway::uplink
