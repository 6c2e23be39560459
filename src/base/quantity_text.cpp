#include "base/quantity_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace fieldway {

namespace {

struct DurationUnit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr std::array duration_units{
    DurationUnit{"d", 86'400'000'000'000}, DurationUnit{"h", 3'600'000'000'000},
    DurationUnit{"m", 60'000'000'000},     DurationUnit{"s", 1'000'000'000},
    DurationUnit{"ms", 1'000'000},         DurationUnit{"us", 1'000},
};

struct SizeUnit {
    std::string_view name;
    std::uint64_t bytes;
};
constexpr std::uint64_t KiB = 1024;
constexpr std::array size_units{
    SizeUnit{"TiB", KiB* KiB* KiB* KiB},
    SizeUnit{"GiB", KiB* KiB* KiB},
    SizeUnit{"MiB", KiB* KiB},
    SizeUnit{"KiB", KiB},
    SizeUnit{"TB", 1'000'000'000'000},
    SizeUnit{"GB", 1'000'000'000},
    SizeUnit{"MB", 1'000'000},
    SizeUnit{"kB", 1'000},
    SizeUnit{"B", 1},
};

std::size_t number_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() &&
           ((text[length] >= '0' && text[length] <= '9') || text[length] == '.')) {
        ++length;
    }
    return length;
}

std::string_view without_leading_space(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    return text;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    const std::string_view number = text.substr(0, number_length(text));
    const std::string_view unit_name = without_leading_space(text.substr(number.size()));
    double amount = 0;
    const auto [end, status] =
        std::from_chars(number.data(), number.data() + number.size(), amount);
    if (number.empty() || status != std::errc() || end != number.data() + number.size()) {
        return std::nullopt;
    }
    if (unit_name.empty() && amount == 0) return Duration::zero();
    for (const DurationUnit& unit : duration_units) {
        if (unit.name != unit_name) continue;
        const double nanoseconds = amount * static_cast<double>(unit.nanoseconds);
        if (nanoseconds >= static_cast<double>(std::numeric_limits<Duration::rep>::max())) {
            return std::nullopt;
        }
        return Duration(std::llround(nanoseconds));
    }
    return std::nullopt;
}

std::string to_text(Duration duration) {
    const std::int64_t nanoseconds = duration.count();
    if (nanoseconds == 0) return "0s";
    for (const DurationUnit& unit : duration_units) {
        if (nanoseconds % unit.nanoseconds == 0) {
            return std::to_string(nanoseconds / unit.nanoseconds) + std::string(unit.name);
        }
    }
    return std::to_string(nanoseconds) + "ns";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const std::string_view number = text.substr(0, number_length(text));
    const std::string_view unit_name = without_leading_space(text.substr(number.size()));
    std::uint64_t amount = 0;
    const auto [end, status] =
        std::from_chars(number.data(), number.data() + number.size(), amount);
    if (number.empty() || status != std::errc() || end != number.data() + number.size()) {
        return std::nullopt;
    }
    if (unit_name.empty() && amount == 0) return 0;
    for (const SizeUnit& unit : size_units) {
        if (unit.name != unit_name) continue;
        if (amount > std::numeric_limits<std::uint64_t>::max() / unit.bytes) return std::nullopt;
        return amount * unit.bytes;
    }
    return std::nullopt;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) return "0B";
    for (const SizeUnit& unit : size_units) {
        if (unit.name.size() == 2) continue;  // decimal units are read, not written
        if (bytes % unit.bytes == 0) {
            return std::to_string(bytes / unit.bytes) + std::string(unit.name);
        }
    }
    return std::to_string(bytes) + "B";
}

std::string rough_text(Duration duration) {
    using namespace std::chrono;
    // A unit is left behind when there are two of the next one.
    if (duration < minutes(2))
        return std::to_string(duration_cast<seconds>(duration).count()) + "s";
    if (duration < hours(2)) return std::to_string(duration_cast<minutes>(duration).count()) + "m";
    if (duration < hours(48)) return std::to_string(duration_cast<hours>(duration).count()) + "h";
    return std::to_string(duration_cast<hours>(duration).count() / 24) + "d";
}

std::string rough_size_text(std::uint64_t bytes) {
    if (bytes < 1024) return std::to_string(bytes) + "B";
    auto amount = static_cast<double>(bytes);
    constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    // 1023.5KiB would be printed as 1024KiB.
    for (amount /= 1024; amount >= 1023.5 && unit + 1 < units.size(); ++unit)
        amount /= 1024;
    const int digits = amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f}{}", amount, digits, units[unit]);
}

}  // namespace fieldway
