#include "base/clock.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <ctime>

#include <fmt/format.h>

namespace fieldway {

using std::chrono::floor;
using std::chrono::milliseconds;

MonotonicTime SystemClock::monotonic() const {
    return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall() const {
    return floor<milliseconds>(std::chrono::system_clock::now());
}

Duration SystemClock::asleep() const {
    const auto read = [](clockid_t id) {
        timespec time{};
        ::clock_gettime(id, &time);
        return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    };
    // What passes between the two readings is no sleep.
    const Duration monotonic = read(CLOCK_MONOTONIC);
    return std::max<Duration>(read(CLOCK_BOOTTIME) - monotonic, Duration::zero());
}

std::string_view name_of(ClockState state) {
    switch (state) {
        case ClockState::implausible:
            return "implausible";
        case ClockState::unsynchronised:
            return "unsynchronised";
        case ClockState::settled:
            return "settled";
    }
    return "?";
}

std::string rfc3339(WallTime time) {
    const auto day = floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss<milliseconds> clock(time - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

namespace {

/// Reads fixed-width decimal fields and single characters off the front of a text.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    int digits(std::size_t width) {
        int value = 0;
        if (!ok_ || text_.size() < width) return fail();
        for (std::size_t i = 0; i < width; ++i) {
            const char c = text_[i];
            if (c < '0' || c > '9') return fail();
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(width);
        return value;
    }
    bool one_of(std::string_view characters) {
        if (!ok_ || text_.empty() || characters.find(text_[0]) == std::string_view::npos) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    void need(std::string_view characters) {
        if (!one_of(characters)) fail();
    }
    [[nodiscard]] bool starts_with_digit() const {
        return !text_.empty() && text_[0] >= '0' && text_[0] <= '9';
    }
    [[nodiscard]] bool done() const { return ok_ && text_.empty(); }
    [[nodiscard]] bool ok() const { return ok_; }

  private:
    int fail() {
        ok_ = false;
        return 0;
    }
    std::string_view text_;
    bool ok_ = true;
};

int milliseconds_fraction(Scanner& scan) {
    if (!scan.one_of(".")) return 0;
    int value = 0;
    int width = 0;
    do {
        const int digit = scan.digits(1);
        if (width < 3) value = value * 10 + digit;
        ++width;
    } while (scan.ok() && scan.starts_with_digit());
    for (; width < 3; ++width)
        value *= 10;
    return value;
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    Scanner scan(text);
    const int year = scan.digits(4);
    scan.need("-");
    const auto month = static_cast<unsigned>(scan.digits(2));
    scan.need("-");
    const auto day = static_cast<unsigned>(scan.digits(2));
    scan.need("Tt ");
    const int hour = scan.digits(2);
    scan.need(":");
    const int minute = scan.digits(2);
    scan.need(":");
    const int second = scan.digits(2);
    const int fraction = milliseconds_fraction(scan);
    std::chrono::minutes offset{0};
    if (!scan.one_of("Zz")) {
        const int sign = scan.one_of("-") ? -1 : 1;
        if (sign > 0) scan.need("+");
        const int offset_hours = scan.digits(2);
        scan.need(":");
        const int offset_minutes = scan.digits(2);
        if (offset_hours > 23 || offset_minutes > 59) return std::nullopt;
        offset = std::chrono::minutes(sign * (offset_hours * 60 + offset_minutes));
    }
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    // 60 is a leap second: RFC 3339 allows it, POSIX time has no name for it; it becomes the next
    // second.
    if (!scan.done() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + milliseconds(fraction) - offset;
}

}  // namespace fieldway
