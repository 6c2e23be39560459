#include "mapping/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>
#include <type_traits>

namespace fieldway::mapping {

namespace {

using Digits = Decimal::Digits;

/// Text as std::to_chars writes it in scientific form: -1.25e-07.
template <class Number>
std::optional<Decimal> decimal_of(Number number) {
    if (!std::isfinite(number)) return std::nullopt;
    char text[40];
    const auto end =
        std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
    Digits digits = 0;
    int fraction = 0;
    bool in_fraction = false;
    const char* at = text;
    for (; at != end && *at != 'e'; ++at) {
        if (*at == '.') in_fraction = true;
        if (*at < '0' || *at > '9') continue;
        digits = digits * 10 + (*at - '0');
        if (in_fraction) ++fraction;
    }
    int exponent = 0;
    if (at != end) ++at;                // e
    if (at != end && *at == '+') ++at;  // from_chars takes a minus only
    std::from_chars(at, end, exponent);
    return Decimal(std::signbit(number) ? -digits : digits, exponent - fraction);
}

}  // namespace

std::optional<Decimal> Decimal::of(double number) {
    return decimal_of(number);
}

std::optional<Decimal> Decimal::of(float number) {
    return decimal_of(number);
}

std::optional<Decimal> Decimal::of(const Value& value) {
    return std::visit(
        [](const auto& v) -> std::optional<Decimal> {
            using Type = std::decay_t<decltype(v)>;
            if constexpr (std::is_floating_point_v<Type>) {
                return decimal_of(v);
            } else if constexpr (std::is_integral_v<Type>) {
                return Decimal(v, 0);
            } else {
                return std::nullopt;
            }
        },
        value);
}

std::optional<Digits> Decimal::digits_at(int exponent) const {
    if (digits_ == 0) return Digits{0};
    Digits digits = digits_;
    for (int at = exponent_; at > exponent; --at) {
        if (__builtin_mul_overflow(digits, Digits{10}, &digits)) return std::nullopt;
    }
    return digits;
}

std::optional<Decimal> Decimal::times(const Decimal& other) const {
    Digits product = 0;
    if (__builtin_mul_overflow(digits_, other.digits_, &product)) return std::nullopt;
    return Decimal(product, exponent_ + other.exponent_);
}

std::optional<Decimal> Decimal::plus(const Decimal& other) const {
    const int exponent = std::min(exponent_, other.exponent_);
    const auto left = digits_at(exponent);
    const auto right = other.digits_at(exponent);
    Digits sum = 0;
    if (!left || !right || __builtin_add_overflow(*left, *right, &sum)) return std::nullopt;
    return Decimal(sum, exponent);
}

std::optional<Decimal> Decimal::whole_quotient(const Decimal& divisor) const {
    const int exponent = std::min(exponent_, divisor.exponent_);
    const auto above = digits_at(exponent);
    const auto below = divisor.digits_at(exponent);
    if (!above || !below || *below == 0 || *above % *below != 0) return std::nullopt;
    return Decimal(*above / *below, 0);
}

Decimal Decimal::rounded(int places) const {
    Digits digits = digits_;
    int exponent = exponent_;
    bool half_or_more = false;
    for (; exponent < -places && digits != 0; ++exponent) {
        const Digits last = digits % 10;
        half_or_more = last >= 5 || last <= -5;
        digits /= 10;
        if (digits == 0 && exponent + 1 < -places) half_or_more = false;
    }
    if (exponent < -places) return {0, -places};
    if (half_or_more) digits += digits_ < 0 ? -1 : 1;
    return {digits, exponent};
}

double Decimal::to_double() const {
    char text[64];
    char* at = text + sizeof text;
    const auto exponent_text = "e" + std::to_string(exponent_);
    at -= exponent_text.size();
    std::copy(exponent_text.begin(), exponent_text.end(), at);
    Digits rest = digits_;
    do {
        const int digit = static_cast<int>(rest % 10);
        *--at = static_cast<char>('0' + (digit < 0 ? -digit : digit));
        rest /= 10;
    } while (rest != 0);
    if (digits_ < 0) *--at = '-';
    double number = 0;
    const auto status = std::from_chars(at, text + sizeof text, number).ec;
    if (status == std::errc::result_out_of_range) {
        // Too large or too small for a double; from_chars leaves the number alone.
        return exponent_ < 0 ? 0.0 : std::numeric_limits<double>::infinity();
    }
    return number;
}

Value Decimal::to_value() const {
    if (exponent_ >= 0 || digits_ == 0) {
        const auto whole = digits_at(0);
        if (whole && *whole >= std::numeric_limits<std::int64_t>::min() &&
            *whole <= std::numeric_limits<std::int64_t>::max()) {
            return static_cast<std::int64_t>(*whole);
        }
        if (whole && *whole >= 0 && *whole <= std::numeric_limits<std::uint64_t>::max()) {
            return static_cast<std::uint64_t>(*whole);
        }
    }
    const double number = to_double();
    if (!std::isfinite(number)) return NoValue{};
    return number;
}

}  // namespace fieldway::mapping
