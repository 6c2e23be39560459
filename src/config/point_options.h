// A point: what mapping does with its raw value, and when it is polled.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// Device values that mean "no value", compared with the raw value before anything else is done to
/// it.
using NoValueCodes = std::vector<std::int64_t>;

struct BitRange {
    std::uint8_t first = 0;
    std::uint8_t last = 0;  ///< inclusive
    friend bool operator==(const BitRange&, const BitRange&) = default;
};

/// What mapping does with the raw value, in this order: no-value codes, bits, enum | scale, offset,
/// expression, round.
struct PointOptions {
    std::string name;
    std::string unit;
    std::optional<double> scale;
    std::optional<double> offset;
    std::string expression;  ///< muParser, of `value`; empty: none
    std::map<std::int64_t, std::string> enumeration;
    std::optional<BitRange> bits;
    std::optional<int> round;  ///< decimal places
    NoValueCodes no_value;
    bool writable = false;
    std::string write_expression;  ///< raw value of the `value` that is written; empty: none
    std::optional<double> min;     ///< of what may be written, after mapping
    std::optional<double> max;
    Verify verify = Verify::read_back;
    Duration every{};  ///< the point's own, or the device's; zero: not polled by the gateway

    friend bool operator==(const PointOptions&, const PointOptions&) = default;
};

/// What is asked about expressions of the one who will use them. Without an answerer they are taken
/// as they are.
struct ExpressionCheck {
    /// A sentence, empty where there is nothing to say.
    using Why = std::function<std::string(std::string_view)>;
    Why why_not_usable;  ///< mapping::check_expression
    Why why_no_inverse;  ///< mapping::check_inverse
};

OptionTable point_table();

/// `3` or `3-5`: bits of 0 to 63.
std::optional<BitRange> parse_bits(std::string_view text);

/// The typed point at `path` (points.3) of a checked device. Combinations that would make a wrong
/// value are errors.
PointOptions make_point(const boost::json::object& values, const CheckedMap& device,
                        const std::string& path, Duration device_every,
                        const ExpressionCheck& check_expression, Diagnostics& diagnostics);

}  // namespace fieldway::config
