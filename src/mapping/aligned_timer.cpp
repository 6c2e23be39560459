#include "mapping/aligned_timer.h"

#include <algorithm>

namespace fieldway::mapping {

namespace {

Duration since_1970(WallTime wall) {
    return wall.time_since_epoch();
}

/// The last multiple of `every` at or before `time`, also before 1970.
Duration floor_to(Duration time, Duration every) {
    Duration rest = time % every;
    if (rest < Duration::zero()) rest += every;
    return time - rest;
}

}  // namespace

bool AlignedTimer::due(const Timestamp& now) {
    const Duration wall = since_1970(now.wall);
    if (!armed_) {
        armed_ = true;
        armed_at_ = now.monotonic;
        aim(now, floor_to(wall, every_) + every_);
        return false;
    }
    const bool ended = now.monotonic >= next_;
    if (stepped(now)) {
        aim(now, floor_to(wall, every_) + every_);
    } else if (ended) {
        // From the round time that is nearest: a clock that ran a little slow meanwhile says
        // 09:59:59.999 now, and 10:00:00 must not end a second interval a millisecond later.
        aim(now, floor_to(wall + every_ / 2, every_) + every_);
    }
    return ended;
}

MonotonicTime AlignedTimer::next(const Timestamp& now) const {
    return armed_ && !stepped(now) ? next_ : now.monotonic;
}

bool AlignedTimer::stepped(const Timestamp& now) const {
    using std::chrono::milliseconds;
    // Wall times are cut to milliseconds, so that a few of difference mean nothing.
    const Duration tolerance =
        std::clamp<Duration>(every_ / 2, milliseconds(10), milliseconds(1000));
    const Duration moved = since_1970(now.wall) - now.monotonic.time_since_epoch() - wall_ahead_;
    return moved > tolerance || moved < -tolerance;
}

void AlignedTimer::aim(const Timestamp& now, Duration wall_to_aim_at) {
    wall_ahead_ = since_1970(now.wall) - now.monotonic.time_since_epoch();
    next_ = now.monotonic + (wall_to_aim_at - since_1970(now.wall));
}

}  // namespace fieldway::mapping
