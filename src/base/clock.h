// Two times: monotonic for every timer and age, wall (UTC) only for what a reader of a payload
// sees.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fieldway {

using Duration = std::chrono::steady_clock::duration;  // nanoseconds
using MonotonicTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC, since 1970

/// When something was acquired. `monotonic` orders and ages it, `wall` is what is printed, where it
/// is settled: read from a clock that can be believed, or said by a device.
struct Timestamp {
    MonotonicTime monotonic{};
    WallTime wall{};
    bool settled = true;
    friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// For those who keep no `settled` beside it.
constexpr WallTime unknown_wall{};
inline WallTime known_wall(const Timestamp& time) {
    return time.settled ? time.wall : unknown_wall;
}
/// Of two that may be unknown. The later one is std::max, as an unknown one is the smallest.
inline WallTime earlier(WallTime one, WallTime other) {
    if (one == unknown_wall || other == unknown_wall) return std::max(one, other);
    return std::min(one, other);
}

/// By how much the wall clock was ahead of the monotonic one, which counts from the boot.
inline std::chrono::milliseconds wall_ahead(const Timestamp& time) {
    return time.wall.time_since_epoch() -
           std::chrono::floor<std::chrono::milliseconds>(time.monotonic.time_since_epoch());
}
/// What the wall clock said then, if it was ahead by so much: as far apart as the monotonic times.
inline WallTime wall_at(MonotonicTime then, std::chrono::milliseconds ahead) {
    return WallTime(ahead + std::chrono::floor<std::chrono::milliseconds>(then.time_since_epoch()));
}

/// What is known of the wall clock.
enum class ClockState : std::uint8_t {
    implausible,     ///< before a time that has been: nothing with a time in it can work
    unsynchronised,  ///< plausible, and nobody has said that it is right
    settled,         ///< to be believed
};
std::string_view name_of(ClockState state);

/// Handed down from app/ instead of being asked for globally, so that a test owns time.
/// Thread: any; implementations are safe to call from every thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
    [[nodiscard]] virtual WallTime wall() const = 0;
    /// Unless somebody knows better, the machine's clock is right.
    [[nodiscard]] virtual ClockState clock_state() const { return ClockState::settled; }
    /// Whether what wall() said at that time can be believed.
    [[nodiscard]] virtual bool settled(MonotonicTime) const { return true; }
    [[nodiscard]] Timestamp now() const {
        const MonotonicTime at = monotonic();
        return {at, wall(), settled(at)};
    }
    /// What the clock would have said then, in this boot, had it been settled as it is now. The
    /// same each time, and as far apart as the monotonic times are. Nothing where that is not
    /// known.
    [[nodiscard]] virtual std::optional<WallTime> wall_of(MonotonicTime then) const {
        return wall_at(then, wall_ahead({monotonic(), wall()}));
    }
    /// For how long the machine was suspended in this boot: the monotonic time stood still.
    [[nodiscard]] virtual Duration asleep() const { return Duration::zero(); }
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] MonotonicTime monotonic() const override;
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] Duration asleep() const override;
};

/// RFC 3339, UTC, milliseconds: 2026-11-22T10:15:30.250Z. Always 24 characters for years 0 to 9999.
std::string rfc3339(WallTime time);
/// Any RFC 3339 date-time: fractions of a second cut to milliseconds, offsets turned into UTC.
/// Nothing when the text is none.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace fieldway
