// Exact decimal arithmetic for scale, offset and rounding (docs/decisions/0003-decimal-scaling.md).
// Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/value.h"

namespace fieldway::mapping {

/// digits * 10^exponent. A number of the configuration or of a device is taken as the shortest
/// decimal that reads back as it: the 0.1 that a person wrote, not the binary fraction beside it.
class Decimal {
  public:
    /// 37 digits: what a 64-bit integer times a double's 17 digits needs.
    __extension__ typedef __int128 Digits;

    Decimal() = default;
    Decimal(Digits digits, int exponent) : digits_(digits), exponent_(exponent) {}

    /// Nothing for infinities and NaN.
    static std::optional<Decimal> of(double number);
    static std::optional<Decimal> of(float number);
    /// A number's decimal (true is 1); nothing for text, bytes and no value.
    static std::optional<Decimal> of(const Value& value);

    /// Nothing when the exact result does not fit: the caller falls back to double.
    [[nodiscard]] std::optional<Decimal> times(const Decimal& other) const;
    [[nodiscard]] std::optional<Decimal> plus(const Decimal& other) const;
    [[nodiscard]] Decimal negated() const { return {-digits_, exponent_}; }
    /// The quotient where it is a whole number.
    [[nodiscard]] std::optional<Decimal> whole_quotient(const Decimal& divisor) const;
    /// To so many decimal places, half away from zero, as people round.
    [[nodiscard]] Decimal rounded(int places) const;

    /// The nearest double, rounded once.
    [[nodiscard]] double to_double() const;
    /// An integer value where the number is whole and fits 64 bits; otherwise the nearest double.
    [[nodiscard]] Value to_value() const;
    [[nodiscard]] int exponent() const { return exponent_; }

  private:
    /// The same number with the smaller exponent; nothing when it does not fit.
    [[nodiscard]] std::optional<Digits> digits_at(int exponent) const;

    Digits digits_ = 0;
    int exponent_ = 0;
};

}  // namespace fieldway::mapping
