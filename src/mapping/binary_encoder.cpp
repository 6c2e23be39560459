#include "mapping/binary_encoder.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/bytes.h"

namespace fieldway::mapping {

namespace {

using config::BinaryField;
using config::BinaryType;

template <class T>
std::optional<T> whole_number(const Value& value, double scale) {
    // Without arithmetic a 64-bit integer keeps all its digits.
    if (scale == 1) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            return std::in_range<T>(*number) ? std::optional(static_cast<T>(*number))
                                             : std::nullopt;
        }
        if (const auto* number = std::get_if<std::uint64_t>(&value)) {
            return std::in_range<T>(*number) ? std::optional(static_cast<T>(*number))
                                             : std::nullopt;
        }
    }
    const auto number = as_number(value);
    if (!number) return std::nullopt;
    const double rounded = std::round(*number * scale);
    // The largest of a 64-bit type is no double: 2^63 and 2^64 are the first that do not fit.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
    const double least = std::is_signed_v<T> ? -end : 0.0;
    if (!(rounded >= least && rounded < end)) return std::nullopt;
    return static_cast<T>(rounded);
}

template <class T>
T number_of(const Value& value, const BinaryField& field) {
    if constexpr (std::is_floating_point_v<T>) {
        constexpr T no_value = std::numeric_limits<T>::quiet_NaN();
        const auto number = as_number(value);
        if (!number) return no_value;
        const double scaled = *number * field.scale;
        const bool fits = std::abs(scaled) <= static_cast<double>(std::numeric_limits<T>::max());
        return fits ? static_cast<T>(scaled) : no_value;
    } else {
        constexpr T usual =
            std::is_signed_v<T> ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
        const T no_value = field.no_value ? static_cast<T>(*field.no_value) : usual;
        return whole_number<T>(value, field.scale).value_or(no_value);
    }
}

template <class Writer>
void pack(Writer& writer, const BinaryField& field, const Value& value) {
    switch (field.type) {
        case BinaryType::int8:
            return writer.number(number_of<std::int8_t>(value, field));
        case BinaryType::uint8:
            return writer.number(number_of<std::uint8_t>(value, field));
        case BinaryType::int16:
            return writer.number(number_of<std::int16_t>(value, field));
        case BinaryType::uint16:
            return writer.number(number_of<std::uint16_t>(value, field));
        case BinaryType::int32:
            return writer.number(number_of<std::int32_t>(value, field));
        case BinaryType::uint32:
            return writer.number(number_of<std::uint32_t>(value, field));
        case BinaryType::int64:
            return writer.number(number_of<std::int64_t>(value, field));
        case BinaryType::uint64:
            return writer.number(number_of<std::uint64_t>(value, field));
        case BinaryType::float32:
            return writer.number(number_of<float>(value, field));
        case BinaryType::float64:
            return writer.number(number_of<double>(value, field));
    }
}

/// How a time is filled in later; a field that has another shape, or a scale, stays without.
std::optional<TimePlace::Form> form_of(const BinaryField& field, bool little_endian) {
    using Form = TimePlace::Form;
    if (field.scale != 1) return std::nullopt;
    if (field.type == BinaryType::int64 || field.type == BinaryType::uint64)
        return little_endian ? Form::little_ms : Form::big_ms;
    if (field.type == BinaryType::int32 || field.type == BinaryType::uint32)
        return little_endian ? Form::little_s : Form::big_s;
    return std::nullopt;
}

/// Milliseconds where 64 bits hold them, else seconds.
Value time_for(BinaryType type, WallTime time) {
    const bool wide =
        type == BinaryType::int64 || type == BinaryType::uint64 || type == BinaryType::float64;
    const std::int64_t milliseconds = time.time_since_epoch().count();
    if (wide) return milliseconds;
    return std::int64_t{std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()};
}

template <class Writer>
std::string packed(const config::BinaryOptions& options, const Content& content) {
    static const Value none;
    Bytes bytes;
    Writer writer(bytes);
    for (const BinaryField& field : options.fields) {
        if (field.point == config::timestamp_name) {
            const std::size_t at = bytes.size();
            pack(writer, field,
                 content.time.settled ? time_for(field.type, content.time.wall) : none);
            const auto form = form_of(field, options.little_endian);
            if (content.time.settled || !form || content.lacks == nullptr) continue;
            content.lacks->push_back({*form, static_cast<std::uint32_t>(at),
                                      static_cast<std::uint8_t>(bytes.size() - at),
                                      content.time.monotonic});
            continue;
        }
        const Value* value = content.find(field.point);
        pack(writer, field, value == nullptr ? none : *value);
    }
    return std::string(as_text(bytes));
}

std::optional<std::string> raw(const Value* value) {
    if (value == nullptr) return std::nullopt;
    if (const auto* bytes = std::get_if<Bytes>(value)) return std::string(as_text(*bytes));
    if (const auto* text = std::get_if<std::string>(value)) return *text;
    return plain_text(*value);
}

}  // namespace

std::optional<std::string> encode_binary(const config::BinaryOptions& options,
                                         const Content& content) {
    if (!options.point.empty()) return raw(content.find(options.point));
    return options.little_endian ? packed<LittleEndianWriter>(options, content)
                                 : packed<BigEndianWriter>(options, content);
}

}  // namespace fieldway::mapping
