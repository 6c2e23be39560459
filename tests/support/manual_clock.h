// Time in a test's hand.
#pragma once

#include "base/clock.h"

namespace fieldway::test {

class ManualClock final : public Clock {
  public:
    [[nodiscard]] MonotonicTime monotonic() const override { return now_.monotonic; }
    [[nodiscard]] WallTime wall() const override { return now_.wall; }
    void advance(Duration by) {
        now_.monotonic += by;
        now_.wall += std::chrono::duration_cast<std::chrono::milliseconds>(by);
    }
    void set(Timestamp now) { now_ = now; }

  private:
    Timestamp now_{
        MonotonicTime(std::chrono::hours(1)),
        WallTime(std::chrono::milliseconds(1'763'806'530'250))};  // 2025-11-22T10:15:30.250Z
};

}  // namespace fieldway::test
