#include "mapping/point_map.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace fieldway::mapping {

namespace {

bool is_float(const Value& value) {
    return std::holds_alternative<float>(value) || std::holds_alternative<double>(value);
}

/// The integer that a number is, if it is one: also of a float without a fraction.
std::optional<std::int64_t> whole_number(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return std::nullopt;
        }
        return static_cast<std::int64_t>(*number);
    }
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? 1 : 0;
    const auto number = as_number(value);
    constexpr double limit = 9223372036854775808.0;  // 2^63
    if (!number || std::trunc(*number) != *number || std::fabs(*number) >= limit) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*number);
}

/// The double nearest to what a person reads: a float32 of 0.1 is 0.1.
double readable_double(const Value& number) {
    const auto decimal = Decimal::of(number);
    return decimal ? decimal->to_double() : std::numeric_limits<double>::quiet_NaN();
}

Value finite_or_none(double number) {
    if (!std::isfinite(number)) return NoValue{};
    return number;
}

std::string number_text(double number) {
    return to_json_text(Value(number));
}

}  // namespace

PointMap::PointMap(const config::PointOptions& options) : options_(options) {
    if (options.scale) scale_ = Decimal::of(*options.scale);
    if (options.offset) offset_ = Decimal::of(*options.offset);
}

Result<PointMap> PointMap::make(const config::PointOptions& options) {
    PointMap map(options);
    if (!options.expression.empty()) {
        auto expression = Expression::compile(options.expression);
        if (!expression) return expression.error().within(options.name);
        map.expression_ = std::move(*expression);
        if (options.writable) map.line_ = map.expression_->as_line();
    }
    if (!options.write_expression.empty()) {
        auto expression = Expression::compile(options.write_expression);
        if (!expression) return expression.error().within(options.name);
        map.write_expression_ = std::move(*expression);
    }
    return map;
}

Value PointMap::map(const Value& raw) const {
    if (!has_value(raw) || is_no_value(raw)) return NoValue{};
    const Value number = options_.bits ? bits_of(raw) : raw;
    if (!options_.enumeration.empty()) return named(number);
    return rounded(scaled(number));
}

bool PointMap::is_no_value(const Value& raw) const {
    if (is_float(raw) && !std::isfinite(*as_number(raw))) return true;
    if (options_.no_value.empty() || std::holds_alternative<bool>(raw)) return false;
    auto number = whole_number(raw);
    // A code is an int64: of what is larger it is the same bits.
    if (const auto* large = std::get_if<std::uint64_t>(&raw)) {
        number = static_cast<std::int64_t>(*large);
    }
    const auto& codes = options_.no_value;
    return number && std::find(codes.begin(), codes.end(), *number) != codes.end();
}

Value PointMap::bits_of(const Value& raw) const {
    std::uint64_t word = 0;
    if (const auto* number = std::get_if<std::uint64_t>(&raw)) {
        word = *number;
    } else if (const auto signed_word = whole_number(raw)) {
        word = static_cast<std::uint64_t>(*signed_word);  // two's complement, as in the register
    } else {
        return NoValue{};
    }
    const unsigned width = options_.bits->last - options_.bits->first + 1U;
    const std::uint64_t mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
    if (options_.bits->first >= 64) return NoValue{};
    return word >> options_.bits->first & mask;
}

Value PointMap::named(const Value& number) const {
    if (const auto code = whole_number(number)) {
        const auto name = options_.enumeration.find(*code);
        if (name != options_.enumeration.end()) return name->second;
    }
    return number;
}

Value PointMap::scaled(const Value& number) const {
    if (!scale_ && !offset_ && !expression_) return number;
    auto exact = Decimal::of(number);
    if (!exact) return NoValue{};
    if (scale_) exact = exact->times(*scale_);
    if (offset_ && exact) exact = exact->plus(*offset_);
    Value result;
    if (exact) {
        result = exact->to_value();
    } else {  // more than 38 digits: a double's 17 are all that anyone could use
        result = finite_or_none(readable_double(number) * options_.scale.value_or(1.0) +
                                options_.offset.value_or(0.0));
    }
    if (!expression_ || !has_value(result)) return result;
    const auto computed = (*expression_)(readable_double(result));
    return computed ? Value(*computed) : Value(NoValue{});
}

Value PointMap::rounded(const Value& number) const {
    if (!options_.round) return number;
    const auto exact = Decimal::of(number);
    // What has no more places than asked for stays as it is, and of its type.
    if (!exact || exact->exponent() >= -*options_.round) return number;
    return exact->rounded(*options_.round).to_value();
}

Result<Value> PointMap::to_raw(const Value& value) const {
    const auto refuse = [&](const std::string& why) {
        return Error::drop_item(why).within(options_.name);
    };
    if (!options_.writable) return refuse("is not writable; set writable: true to allow it");
    if (expression_ && !line_ && !write_expression_) {
        return refuse("cannot be written: its expression has no inverse; give write_expression");
    }
    if (options_.bits) {
        return refuse("cannot be written: it is some bits of a register; write the whole register");
    }
    if (!has_value(value)) return refuse("null cannot be written; give a value");
    if (is_float(value) && !std::isfinite(*as_number(value))) {
        return refuse("the value is no finite number; give one");
    }
    if (!options_.enumeration.empty()) return code_of(value);
    if (const auto range = check_range(value); !range) return range.error();
    if (write_expression_) return by_write_expression(value);
    return expression_ ? back_through_line(value) : unscaled(value);
}

Result<Value> PointMap::by_write_expression(const Value& value) const {
    const auto given = as_number(value);
    if (!given || std::holds_alternative<bool>(value)) {
        return Error::drop_item(to_json_text(value) +
                                " is no number; the point has a write_expression, so give one")
            .within(options_.name);
    }
    const auto raw = (*write_expression_)(*given);
    if (!raw) {
        return Error::drop_item("the write_expression gives no number for " + to_json_text(value))
            .within(options_.name);
    }
    const auto whole = whole_number(*raw);
    return whole ? Value(*whole) : Value(*raw);
}

/// What is written must be what will be read: the way back is tried, as the line is an assumption.
Result<Value> PointMap::back_through_line(const Value& value) const {
    const auto given = as_number(value);
    if (!given || std::holds_alternative<bool>(value)) {
        return Error::drop_item(to_json_text(value) +
                                " is no number; the point has an expression, so give one")
            .within(options_.name);
    }
    auto raw = unscaled(Value((*given - line_->intercept) / line_->slope));
    if (!raw) return raw;
    const auto reads_as_given = [&](const Value& tried) {
        constexpr double relative = 1e-9;
        const auto again = as_number(scaled(tried));
        return again && std::fabs(*again - *given) <= relative * (std::fabs(*given) + 1);
    };
    // A third of three registers is 0.99...: the whole number beside it is what is meant.
    const double rough = *as_number(*raw);
    if (const auto whole = whole_number(std::round(rough)); whole && reads_as_given(*whole)) {
        return Value(*whole);
    }
    if (reads_as_given(*raw)) return raw;
    return Error::drop_item("the expression cannot be undone at " + to_json_text(value) +
                            "; give the point a write_expression")
        .within(options_.name);
}

Result<Value> PointMap::code_of(const Value& value) const {
    std::vector<std::string> names;
    const auto* wanted = std::get_if<std::string>(&value);
    // true is the 1 of two states, such as a coil's, and not the second of many.
    const bool two_states =
        std::all_of(options_.enumeration.begin(), options_.enumeration.end(),
                    [](const auto& entry) { return entry.first == 0 || entry.first == 1; });
    const auto code =
        std::holds_alternative<bool>(value) && !two_states ? std::nullopt : whole_number(value);
    for (const auto& [number, name] : options_.enumeration) {
        if ((wanted && name == *wanted) || (code && number == *code)) return Value(number);
        names.push_back(name);
    }
    std::string sentence = to_json_text(value) + " is no name of this point; it knows ";
    sentence += fmt::format("{}", fmt::join(names, ", "));
    if (const auto near = wanted ? nearest_name(*wanted, names) : std::string(); !near.empty()) {
        sentence += "; did you mean " + near + "?";
    }
    return Error::drop_item(std::move(sentence)).within(options_.name);
}

Result<> PointMap::check_range(const Value& value) const {
    if (!options_.min && !options_.max) return {};
    const auto number = as_number(value);
    const bool too_low = number && options_.min && *number < *options_.min;
    const bool too_high = number && options_.max && *number > *options_.max;
    std::string sentence;
    if (!number || ((too_low || too_high) && std::holds_alternative<bool>(value))) {
        sentence = to_json_text(value) + " is no number; the point has a range, so give one";
    } else if (too_low) {
        sentence = fmt::format("{} is too low; the least is {}", to_json_text(value),
                               number_text(*options_.min));
    } else if (too_high) {
        sentence = fmt::format("{} is too high; the most is {}", to_json_text(value),
                               number_text(*options_.max));
    }
    if (sentence.empty()) return {};
    return Error::drop_item(std::move(sentence)).within(options_.name);
}

Result<Value> PointMap::unscaled(const Value& value) const {
    const bool arithmetic = scale_ || offset_;
    if (!arithmetic) {
        // 21.0 and 21 are one number to who writes it; a register wants the integer.
        if (is_float(value)) {
            if (const auto whole = whole_number(value)) return Value(*whole);
        }
        return value;
    }
    const auto given = Decimal::of(value);
    if (!given || std::holds_alternative<bool>(value)) {
        return Error::drop_item(to_json_text(value) +
                                " is no number; the point has a scale or an "
                                "offset, so give one")
            .within(options_.name);
    }
    const auto moved = offset_ ? given->plus(offset_->negated()) : given;
    const auto whole = moved ? moved->whole_quotient(scale_.value_or(Decimal(1, 0))) : std::nullopt;
    if (whole) {
        if (const Value raw = whole->to_value(); !is_float(raw) && has_value(raw)) return raw;
    }
    const double raw =
        (readable_double(value) - options_.offset.value_or(0.0)) / options_.scale.value_or(1.0);
    if (!std::isfinite(raw)) {
        return Error::drop_item(fmt::format("{} cannot be undone through a scale of {}; give the "
                                            "point another scale",
                                            to_json_text(value),
                                            number_text(options_.scale.value_or(1.0))))
            .within(options_.name);
    }
    return Value(raw);
}

}  // namespace fieldway::mapping
