// Two times: monotonic for every timer and age, wall (UTC) only for what a reader of a payload
// sees.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fieldway {

using Duration = std::chrono::steady_clock::duration;  // nanoseconds
using MonotonicTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;  // UTC, since 1970

/// When something was acquired. `monotonic` orders and ages it, `wall` is what is printed.
struct Timestamp {
    MonotonicTime monotonic{};
    WallTime wall{};
    friend bool operator==(const Timestamp&, const Timestamp&) = default;
};

/// Handed down from app/ instead of being asked for globally, so that a test owns time.
/// Thread: any; implementations are safe to call from every thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] Timestamp now() const { return {monotonic(), wall()}; }
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] MonotonicTime monotonic() const override;
    [[nodiscard]] WallTime wall() const override;
};

/// RFC 3339, UTC, milliseconds: 2026-11-22T10:15:30.250Z. Always 24 characters for years 0 to 9999.
std::string rfc3339(WallTime time);
/// Any RFC 3339 date-time: fractions of a second cut to milliseconds, offsets turned into UTC.
/// Nothing when the text is none.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace fieldway
