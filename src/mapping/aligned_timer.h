// An interval whose ends fall on round wall clock times: every 60 s means 10:00:00, 10:01:00 ...
// Pure.
#pragma once

#include "base/clock.h"

namespace fieldway::mapping {

/// Waits on the monotonic clock and aims at the wall clock (multiples of the interval since 1970,
/// UTC). When the wall clock is stepped, it aims anew at the next round time; a drift of the two
/// clocks against each other never makes one end twice. After a pause of many intervals it fires
/// once.
class AlignedTimer {
  public:
    explicit AlignedTimer(Duration every) : every_(every) {}

    /// Whether an interval ended at or before `now`. The first call arms the timer and gives false.
    bool due(const Timestamp& now);
    /// When to call due() next: at once when it is not armed or the wall clock was stepped.
    [[nodiscard]] MonotonicTime next(const Timestamp& now) const;
    /// Whether a whole interval passed since the timer was armed.
    [[nodiscard]] bool whole_interval_passed(MonotonicTime now) const {
        return armed_ && now - armed_at_ >= every_;
    }

  private:
    [[nodiscard]] bool stepped(const Timestamp& now) const;
    void aim(const Timestamp& now, Duration wall_to_aim_at);

    Duration every_;
    bool armed_ = false;
    MonotonicTime armed_at_{};
    MonotonicTime next_{};
    Duration wall_ahead_{};  ///< wall minus monotonic when the timer last aimed
};

}  // namespace fieldway::mapping
