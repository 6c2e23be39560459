// When each request is due, and which of those that are due goes first: on a grid of its interval,
// spread over the period, without catching up after a stall. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace fieldway::modbus {

/// Among what is due, the earliest deadline is next: when it became due, and its slack. Of equal
/// deadlines the least recently served. Since a deadline stays where it is while time goes on,
/// whoever waits overtakes in the end whatever else becomes due: nothing starves, also when the
/// line has no time for all, and then all are served in turn. O(log n), no allocation once grown.
/// Thread: the line's own.
class PollSchedule {
  public:
    using Id = std::size_t;

    /// Due at `first`, then on the grid `grid`, `grid + every` ... (grid >= first). `slack`: how
    /// much later than it is due it may be served when others wait.
    Id add(Duration every, Duration slack, MonotonicTime first, MonotonicTime grid);
    void remove(Id id);

    /// What is due now and goes first; its next turn is set. Nothing when nothing is due.
    std::optional<Id> take(MonotonicTime now);
    /// When take() will have something; nothing when the schedule is empty.
    [[nodiscard]] std::optional<MonotonicTime> next_due();
    /// An extra turn at `when` (a retry, or a turn that could not be used); the grid stays.
    void bring_forward(Id id, MonotonicTime when);
    /// Where the grid goes on.
    [[nodiscard]] MonotonicTime grid_of(Id id) const { return entries_[id].grid; }
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Entry {
        Duration every{};
        Duration slack{};
        MonotonicTime due{};
        MonotonicTime grid{};          ///< the next regular turn: never before due
        std::uint64_t served = 0;      ///< a count: larger is later
        std::uint64_t generation = 0;  ///< a heap's item with another one is stale
        bool alive = false;
    };
    struct Item {
        MonotonicTime time{};      ///< due, or in ready_ the deadline
        std::uint64_t served = 0;  ///< of equal times the smaller one comes first
        std::uint64_t generation = 0;
        Id id = 0;
    };
    void wait(Id id);
    [[nodiscard]] bool stale(const Item& item) const;
    static bool later(const Item& a, const Item& b);
    static void push(std::vector<Item>& heap, Item item);
    static void pop(std::vector<Item>& heap);

    std::vector<Entry> entries_;
    std::vector<Id> free_;
    std::vector<Item> waiting_;  ///< heap, earliest due on top
    std::vector<Item> ready_;    ///< heap, earliest deadline on top
    std::uint64_t turns_ = 0;
    std::uint64_t generations_ = 0;
    std::size_t size_ = 0;
};

}  // namespace fieldway::modbus
