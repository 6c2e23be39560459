#include "mapping/expression.h"

#include <charconv>
#include <cmath>
#include <string>

#include <fmt/format.h>
#include <muParser.h>

#include "base/value.h"

namespace fieldway::mapping {

namespace {

double without_noise(double number) {
    constexpr int significant_digits = 15;                 // DBL_DIG
    constexpr double exact_integers = 9007199254740992.0;  // 2^53
    if (std::trunc(number) == number && std::fabs(number) <= exact_integers) return number;
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific,
                                   significant_digits - 1)
                         .ptr;
    double rounded = number;
    std::from_chars(text, end, rounded);
    return rounded;
}

/// muParser would let `value = 3` set the variable; whoever writes it means `==`.
bool assigns(std::string_view text) {
    constexpr std::string_view comparisons = "=<>!";
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') continue;
        if (i + 1 < text.size() && text[i + 1] == '=') {
            ++i;
        } else if (i == 0 || comparisons.find(text[i - 1]) == std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::string in_quotes(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

struct Expression::Compiled {
    mu::Parser parser;
    double value = 0;  ///< the parser holds its address
};

Expression::Expression(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

Result<Expression> Expression::compile(std::string_view text) {
    const auto bad = [&](const std::string& why) {
        return Error::stop_device(fmt::format("the expression {} {}", in_quotes(text), why));
    };
    if (text.size() > longest) {
        return Error::stop_device(fmt::format(
            "the expression has {} bytes; the most is {}; do part of it with scale and offset",
            text.size(), longest));
    }
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        return bad("is empty; write one such as value / 100, or leave it out");
    }
    if (assigns(text)) return bad("assigns with '='; compare with '=='");
    auto compiled = std::make_unique<Compiled>();
    try {
        compiled->parser.SetExpr(std::string(text));
        // Names that are used but unknown come back here, before evaluation complains in muParser's
        // words.
        for (const auto& [name, unused] : compiled->parser.GetUsedVar()) {
            if (name != "value") {
                return bad(fmt::format("uses {}; the only name is value", in_quotes(name)));
            }
        }
        compiled->parser.DefineVar("value", &compiled->value);
        int results = 0;
        compiled->parser.Eval(results);
        if (results != 1) {
            return bad(fmt::format("gives {} results; write one without commas", results));
        }
    } catch (const mu::ParserError& error) {
        return bad(fmt::format("does not parse: {}", error.GetMsg()));
    }
    return Expression(std::move(compiled));
}

std::optional<Expression::Line> Expression::as_line() const {
    const auto at_0 = (*this)(0);
    constexpr double far = 1 << 20;  // so that a small slope beside a large intercept is exact
    const auto high = (*this)(far);
    const auto low = (*this)(-far);
    if (!at_0 || !high || !low) return std::nullopt;
    const Line line{without_noise((*high - *low) / (2 * far)), *at_0};
    if (line.slope == 0) return std::nullopt;
    // Between and beyond the corners that formulas of registers have: signs, bytes, words.
    constexpr double probes[] = {
        -2147483648.0, -32769, -1000.25, -1,        -0.125, 0.5,          2,   3, 7.75, 127.5, 255,
        256,           999.9,  32768,    65535.625, 1e6,    4294967296.0, 1e12};
    for (const double value : probes) {
        const auto result = (*this)(value);
        const double expected = line.slope * value + line.intercept;
        const double size = std::fabs(line.slope * value) + std::fabs(line.intercept) + 1;
        if (!result || std::fabs(*result - expected) > 1e-9 * size) return std::nullopt;
    }
    return line;
}

std::optional<double> Expression::operator()(double value) const {
    compiled_->value = value;
    try {
        const double result = compiled_->parser.Eval();
        if (!std::isfinite(result)) return std::nullopt;
        return without_noise(result);
    } catch (const mu::ParserError&) {
        return std::nullopt;  // a function that refuses its argument
    }
}

}  // namespace fieldway::mapping
