#include "modbus/point_value.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "modbus/register_codec.h"

namespace fieldway::modbus {
namespace {

/// What SunSpec sends where it has no scale factor.
constexpr std::uint16_t no_scale_factor = 0x8000;
constexpr int most_scale_factor = 10;

Result<> check_expected(const PointOptions& point, std::uint16_t found) {
    const std::vector<std::uint16_t>& wanted = point.expect->values;
    if (std::find(wanted.begin(), wanted.end(), found) != wanted.end()) return {};
    return Error::drop_item(fmt::format(
        "{}:{} is {} where `expect` has {}: the device's map is another one than that of the "
        "configuration; `fieldway scan` finds it",
        name_of(point.area), point.expect->address, found, fmt::join(wanted, ", ")));
}

/// The point's own registers, as they are.
Result<Value> own_value(const PointOptions& point, ByteView registers) {
    if (!point.bits) return decode(point.layout, registers);
    const unsigned bits = register_of(point, registers) & point.bits->mask();
    if (point.layout.type == RegisterType::boolean) return Value(bits != 0);
    return Value(std::uint64_t{bits >> point.bits->first});
}

/// The code by which SunSpec says that a value is not implemented: the least of a signed type, the
/// greatest of an unsigned one.
bool is_not_implemented(RegisterType type, const Value& value) {
    switch (type) {
        case RegisterType::int16:
            return value == Value(std::int64_t{INT16_MIN});
        case RegisterType::int32:
            return value == Value(std::int64_t{INT32_MIN});
        case RegisterType::int64:
            return value == Value(std::int64_t{INT64_MIN});
        case RegisterType::uint16:
            return value == Value(std::uint64_t{UINT16_MAX});
        case RegisterType::uint32:
            return value == Value(std::uint64_t{UINT32_MAX});
        case RegisterType::uint64:
            return value == Value(std::uint64_t{UINT64_MAX});
        default:
            return false;
    }
}

/// Dividing by a power of ten is rounded once, to the double that prints as the decimal.
Result<Value> scaled(const PointOptions& point, const Value& value, std::uint16_t factor) {
    if (factor == no_scale_factor || is_not_implemented(point.layout.type, value)) {
        return Value(NoValue{});
    }
    const auto exponent = static_cast<std::int16_t>(factor);
    if (std::abs(exponent) > most_scale_factor) {
        return Error::drop_item(
            fmt::format("the scale factor at {}:{} is {}: -10 to 10 are "
                        "possible",
                        name_of(point.area), *point.scale_factor, exponent));
    }
    if (exponent == 0) return value;
    const double power = std::pow(10.0, std::abs(exponent));
    const std::optional<double> number = as_number(value);
    if (!number) return Value(NoValue{});
    return Value(exponent < 0 ? *number / power : *number * power);
}

}  // namespace

PointSpan span_of(const PointOptions& point) {
    std::uint32_t first = point.address;
    std::uint32_t end = first + registers_of(point.layout);
    const auto take = [&](std::uint16_t address) {
        first = std::min<std::uint32_t>(first, address);
        end = std::max<std::uint32_t>(end, address + 1U);
    };
    if (point.scale_factor) take(*point.scale_factor);
    if (point.expect) take(point.expect->address);
    return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(end - first)};
}

bool is_of_value(const PointOptions& point, std::uint16_t address) {
    const bool own =
        address >= point.address && address - point.address < registers_of(point.layout);
    return own || point.scale_factor == address ||
           (point.expect && point.expect->address == address);
}

Result<Value> value_of(const PointOptions& point, const Request& request, ByteView data) {
    const PointSpan span = span_of(point);
    assert(span.address >= request.address && read_function_of(point.area) == request.function);
    const std::size_t offset = span.address - std::size_t{request.address};
    if (is_bit_area(point.area)) {
        return Value(((unsigned{data[offset / 8]} >> (offset % 8)) & 1U) != 0);
    }
    return value_in(point, data.subspan(offset * 2, std::size_t{span.count} * 2));
}

Result<Value> value_in(const PointOptions& point, ByteView registers) {
    if (is_bit_area(point.area)) return Value((registers[0] & 1U) != 0);
    const PointSpan span = span_of(point);
    const auto word_at = [&](std::uint16_t address) {
        return BigEndianReader(registers.subspan((address - std::size_t{span.address}) * 2))
            .number<std::uint16_t>();
    };
    if (point.expect) {
        if (const Result<> met = check_expected(point, word_at(point.expect->address)); !met)
            return met.error();
    }
    const ByteView own = registers.subspan((point.address - std::size_t{span.address}) * 2,
                                           std::size_t{registers_of(point.layout)} * 2);
    if (!point.scale_factor) return own_value(point, own);
    Result<Value> value = own_value(point, own);
    if (!value) return value;
    return scaled(point, *value, word_at(*point.scale_factor));
}

std::uint16_t register_of(const PointOptions& point, ByteView registers) {
    BigEndianReader reader(registers);
    const auto word = reader.number<std::uint16_t>();
    const bool swapped = point.layout.byte_order == PartOrder::little;
    return swapped ? static_cast<std::uint16_t>((word << 8U) | (word >> 8U)) : word;
}

Request request_for(const PointOptions& point, std::uint8_t unit) {
    const PointSpan span = span_of(point);
    return {unit, read_function_of(point.area), span.address, span.count};
}

}  // namespace fieldway::modbus
