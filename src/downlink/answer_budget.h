// How many downlinks that come to nothing are answered: a flood of them must not fill the queue.
// Pure.
#pragma once

#include "base/clock.h"

namespace fieldway::downlink {

/// `burst` at once, and one more each `each`. Thread: core (any, but one at a time).
class AnswerBudget {
  public:
    static constexpr double burst = 20;
    static constexpr Duration each = std::chrono::seconds(3);

    /// Takes one; false when there is none left.
    bool take(MonotonicTime now);

  private:
    double left_ = burst;
    MonotonicTime filled_{};
};

}  // namespace fieldway::downlink
