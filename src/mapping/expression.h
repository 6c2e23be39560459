// An expression of a point, compiled once. The only file pair that includes muParser.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace fieldway::mapping {

/// Arithmetic of one variable, `value`. The decimal sign is a point in every locale (muParser reads
/// numbers with a locale of its own).
class Expression {
  public:
    static constexpr std::size_t longest = 256;  ///< bytes: bounds the parser's stack

    /// An error with position and remedy when the text does not parse, uses another name than
    /// `value`, gives more than one result, or assigns.
    static Result<Expression> compile(std::string_view text);

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    ~Expression();

    /// The formula is a straight line: slope * value + intercept. Seen by trying values from small
    /// to large, so what goes back through it is to be tried with the formula.
    struct Line {
        double slope = 1;
        double intercept = 0;
    };
    [[nodiscard]] std::optional<Line> as_line() const;

    /// Nothing when the result is no number: a division by zero, the root of a negative number. A
    /// result that is not whole is rounded to 15 significant digits, those that a double keeps of
    /// every decimal: what is left of `value * 0.1` is 21.5.
    [[nodiscard]] std::optional<double> operator()(double value) const;

  private:
    struct Compiled;
    explicit Expression(std::unique_ptr<Compiled> compiled);
    std::unique_ptr<Compiled> compiled_;
};

}  // namespace fieldway::mapping
