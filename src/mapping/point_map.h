// What mapping does with one point's raw value, and its inverse for writes. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/value.h"
#include "config/gateway_config.h"
#include "mapping/decimal.h"
#include "mapping/expression.h"

namespace fieldway::mapping {

/// Raw -> no-value codes -> bits -> enum | scale, offset, expression, round -> value.
///
/// What a value becomes:
/// - An integer that no arithmetic is asked of keeps its type and all 64 bits.
/// - Scale and offset are exact decimal arithmetic (decimal.h); a whole result stays an integer.
/// - A number without a name in the enum stays the number, as it was read: it is true, and the
/// reader of the
///   payload sees that a name is missing.
/// - Bits are a number, also a single one (0 or 1). A value that is no integer has no bits: no
/// value.
/// - Arithmetic on text or bytes gives no value.
class PointMap {
  public:
    static Result<PointMap> make(const config::PointOptions& options);

    [[nodiscard]] Value map(const Value& raw) const;
    /// From the value that people write to the raw one. Whole numbers become integers; the input
    /// knows the register's type and refuses what does not fit it.
    [[nodiscard]] Result<Value> to_raw(const Value& value) const;

    [[nodiscard]] const std::string& name() const { return options_.name; }
    [[nodiscard]] const config::PointOptions& options() const { return options_; }

  private:
    explicit PointMap(const config::PointOptions& options);

    [[nodiscard]] bool is_no_value(const Value& raw) const;
    [[nodiscard]] Value bits_of(const Value& raw) const;
    [[nodiscard]] Value named(const Value& number) const;
    [[nodiscard]] Value scaled(const Value& number) const;
    [[nodiscard]] Value rounded(const Value& number) const;
    [[nodiscard]] Result<Value> code_of(const Value& value) const;
    [[nodiscard]] Result<> check_range(const Value& value) const;
    [[nodiscard]] Result<Value> unscaled(const Value& value) const;
    [[nodiscard]] Result<Value> by_write_expression(const Value& value) const;
    [[nodiscard]] Result<Value> back_through_line(const Value& value) const;

    config::PointOptions options_;
    std::optional<Decimal> scale_;
    std::optional<Decimal> offset_;
    std::optional<Expression> expression_;
    std::optional<Expression::Line> line_;  ///< what expression_ is
    std::optional<Expression> write_expression_;
};

}  // namespace fieldway::mapping
