#include "app/profile_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <tuple>
#include <variant>

namespace fieldway::app {

namespace {

/// What values of a unit can be, and the narrower range in which they say that they are it.
struct UnitRange {
    std::string_view unit;
    double least;
    double most;
    double telling_least = 0;  ///< both 0: no value of this unit tells anything
    double telling_most = 0;
};
constexpr std::array ranges{
    UnitRange{"Hz", 0, 1000, 45, 66},   UnitRange{"V", -2000, 50'000, 90, 500},
    UnitRange{"A", -50'000, 50'000},    UnitRange{"W", -1e8, 1e8},
    UnitRange{"VA", -1e8, 1e8},         UnitRange{"var", -1e8, 1e8},
    UnitRange{"kWh", -1e9, 1e9},        UnitRange{"kvarh", -1e9, 1e9},
    UnitRange{"°C", -100, 1000, 5, 45}, UnitRange{"%", -1, 200, 1, 100},
    UnitRange{"pH", 0, 14, 3, 10},      UnitRange{"ppm", 0, 50'000, 350, 5000},
};
/// A float nearer to zero than this is a number of another type, read as one.
constexpr double least_float = 1e-6;
constexpr double most_power_factor = 1.0001;
/// Of 100 points, so many may be missing: options that are not fitted.
constexpr std::size_t readable_percent = 90;
constexpr std::size_t telling_values = 2;

bool is_float(const Value& value) {
    return std::holds_alternative<float>(value) || std::holds_alternative<double>(value);
}

Evidence of_text(const std::string& text) {
    const bool printable = std::all_of(text.begin(), text.end(),
                                       [](unsigned char c) { return c >= 0x20 && c != 0x7F; });
    if (!printable) return Evidence::impossible;
    constexpr std::size_t least_letters = 4;
    return text.size() >= least_letters ? Evidence::telling : Evidence::none;
}

Evidence of_number(const config::PointOptions& point, double number) {
    if (point.name.starts_with("power_factor")) {
        return std::abs(number) > most_power_factor ? Evidence::impossible : Evidence::none;
    }
    const auto* range = std::find_if(ranges.begin(), ranges.end(), [&](const UnitRange& known) {
        return known.unit == point.unit;
    });
    if (range == ranges.end()) return Evidence::none;
    if (number < range->least || number > range->most) return Evidence::impossible;
    const bool telling = range->telling_most > range->telling_least;
    return telling && number >= range->telling_least && number <= range->telling_most
               ? Evidence::telling
               : Evidence::none;
}

}  // namespace

bool ProfileFit::fits() const {
    if (points == 0 || impossible || readable * 100 < points * readable_percent) return false;
    return telling > 0 || named;
}

bool ProfileFit::convinces() const {
    return fits() && (named || telling >= telling_values);
}

Evidence evidence_of(const config::PointOptions& point, const Value& value) {
    if (!has_value(value)) return Evidence::none;
    if (const auto* text = std::get_if<std::string>(&value)) return of_text(*text);
    const std::optional<double> number = as_number(value);
    if (!number) return Evidence::none;
    // A code that the enum does not name is no code of this device.
    if (!point.enumeration.empty()) return Evidence::impossible;
    if (!std::isfinite(*number)) return Evidence::impossible;
    if (is_float(value) && *number != 0 && std::abs(*number) < least_float)
        return Evidence::impossible;
    return of_number(point, *number);
}

bool is_filled(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return !text->empty();
    return has_value(value) && as_number(value).value_or(0) != 0;
}

void sort_fits(std::vector<ProfileFit>& fits) {
    std::sort(fits.begin(), fits.end(), [](const ProfileFit& a, const ProfileFit& b) {
        return std::tie(b.named, b.telling, b.filled, a.points, a.name) <
               std::tie(a.named, a.telling, a.filled, b.points, b.name);
    });
}

}  // namespace fieldway::app
