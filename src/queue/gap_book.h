// Losses that their devices have not been told yet. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "queue/store.h"

namespace fieldway::queue {

/// One open gap a stream and reason, so the book is bounded by the streams; beside it those that
/// were taken and are on their way to their devices.
class GapBook {
  public:
    /// Joins the open gap of its stream and reason, or opens one.
    void add(const Loss& loss);
    /// As it was found in the snapshot.
    void restore(const Gap& gap);
    /// The gap does not change from now on; what comes opens another.
    std::optional<Gap> take(std::uint64_t number);
    /// False when there is none of that number.
    bool forget(std::uint64_t number);

    [[nodiscard]] std::vector<Gap> gaps() const;
    [[nodiscard]] std::uint64_t next_number() const { return next_; }
    /// Numbers below were given in an earlier run.
    void start_at(std::uint64_t number) { next_ = std::max(next_, number); }

  private:
    struct Entry {
        Gap gap;
        bool taken = false;
    };
    std::vector<Entry> entries_;  ///< by number
    std::uint64_t next_ = 1;
};

/// Both as one: the sum of the counts, the outer ends of the rest.
Loss joined(const Loss& one, const Loss& other);

}  // namespace fieldway::queue
