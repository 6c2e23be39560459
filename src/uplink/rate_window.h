// So many a second, and never more within any second. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/clock.h"

namespace fieldway::uplink {

/// At most so many within any span of a fixed length. A bucket of tokens would let twice the rate
/// through in its first second, and platforms count by the second. Thread: any, but one at a time.
class RateWindow {
  public:
    /// 0: no limit. Below 100 a second exactly the rate; above, up to 1 % less, so that no second
    /// has more. A rate with a fraction may round up within a second, not on the whole.
    explicit RateWindow(double per_second);

    [[nodiscard]] bool allows(MonotonicTime now) const;
    /// One more has gone.
    void note(MonotonicTime now);
    /// From when on one more may go; nothing when there is no limit or the window has room.
    [[nodiscard]] std::optional<MonotonicTime> next() const;

  private:
    static constexpr std::size_t most_at_once = 100;

    std::size_t most_ = 0;  // 0: no limit
    Duration length_{};
    std::deque<MonotonicTime> gone_;  // the latest, at most most_
};

}  // namespace fieldway::uplink
