// Values into registers, for writing: exactly, or not at all.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "modbus/register_codec.h"

namespace fieldway::modbus {
namespace {

template <class Number>
Error does_not_fit(const Value& value, RegisterType type, Number least, Number most) {
    return Error::drop_item(
        fmt::format("the register would be {}, which does not fit {}: {} to {} are possible",
                    to_json_text(value), name_of(type), least, most));
}

Error no_number(const Value& value, RegisterType type) {
    if (type == RegisterType::boolean) {
        return Error::drop_item(fmt::format("{} is neither true nor false", to_json_text(value)));
    }
    return Error::drop_item(
        fmt::format("{} is no number; the type {} needs one", to_json_text(value), name_of(type)));
}

/// Whoever says true of a register that is a number means another point, and not 1.
std::optional<double> number_for(RegisterType type, const Value& value) {
    if (std::holds_alternative<bool>(value) && type != RegisterType::boolean) return std::nullopt;
    return as_number(value);
}

/// The value as a whole number of the type, within its limits.
template <class Integer>
Result<Integer> whole_number(RegisterType type, const Value& value,
                             Integer least = std::numeric_limits<Integer>::min(),
                             Integer most = std::numeric_limits<Integer>::max()) {
    const auto within = [&](auto number) -> Result<Integer> {
        if (std::cmp_less(number, least) || std::cmp_greater(number, most)) {
            return does_not_fit(value, type, least, most);
        }
        return static_cast<Integer>(number);
    };
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return within(*integer);
    if (const auto* natural = std::get_if<std::uint64_t>(&value)) return within(*natural);
    const std::optional<double> number = number_for(type, value);
    if (!number || std::isnan(*number)) return no_number(value, type);
    // 2^63 and 2^64 are doubles, the largest integers below them are not: so the limits come first.
    if (*number < -0x1p63 || *number >= 0x1p64) return does_not_fit(value, type, least, most);
    if (*number != std::trunc(*number)) {
        return Error::drop_item(fmt::format(
            "the register would be {}, and {} has whole numbers only: give a multiple of "
            "the point's scale (1 where it has none)",
            *number, name_of(type)));
    }
    if (*number < 0) return within(static_cast<std::int64_t>(*number));
    return within(static_cast<std::uint64_t>(*number));
}

/// `count` registers, high word and high byte first.
Bytes words_of(std::uint64_t bits, unsigned count) {
    Bytes bytes;
    for (unsigned i = count * 2; i-- > 0;)
        bytes.push_back(static_cast<std::uint8_t>((bits >> (8 * i)) & 0xFFU));
    return bytes;
}

template <class Integer>
Result<Bytes> integer_words(RegisterType type, const Value& value) {
    const Result<Integer> number = whole_number<Integer>(type, value);
    if (!number) return number.error();
    return words_of(static_cast<std::uint64_t>(*number), sizeof(Integer) / 2);
}

Result<Bytes> bcd_words(RegisterType type, const Value& value, unsigned digits) {
    const std::uint64_t most = digits == 4 ? 9999 : 99'999'999;
    Result<std::uint64_t> number = whole_number<std::uint64_t>(type, value, 0, most);
    if (!number) return number.error();
    std::uint64_t bcd = 0;
    for (unsigned shift = 0; shift < digits * 4; shift += 4, *number /= 10)
        bcd |= (*number % 10) << shift;
    return words_of(bcd, digits / 4);
}

template <class Float, class Bits>
Result<Bytes> float_words(RegisterType type, const Value& value) {
    const std::optional<double> number = number_for(type, value);
    if (!number || !std::isfinite(*number)) return no_number(value, type);
    if (std::abs(*number) > static_cast<double>(std::numeric_limits<Float>::max())) {
        return does_not_fit(value, type, std::numeric_limits<Float>::lowest(),
                            std::numeric_limits<Float>::max());
    }
    const auto* exact = std::get_if<Float>(&value);
    const Float written = exact != nullptr ? *exact : static_cast<Float>(*number);
    return words_of(std::bit_cast<Bits>(written), sizeof(Float) / 2);
}

Result<Bytes> text_words(const Layout& layout, const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return Error::drop_item(fmt::format("{} is no text", to_json_text(value)));
    const std::size_t room = layout.length * std::size_t{2};
    if (text->size() > room) {
        return Error::drop_item(fmt::format("{} has {} characters: {} registers hold {}",
                                            to_json_text(value), text->size(), layout.length,
                                            room));
    }
    Bytes bytes(text->begin(), text->end());
    bytes.resize(room);  // NUL behind it, where reading ends
    return bytes;
}

Result<Bytes> ordered_words(const Layout& layout, const Value& value) {
    switch (layout.type) {
        case RegisterType::boolean: {
            const auto number = whole_number<std::uint16_t>(layout.type, value, 0, 1);
            if (!number) return number.error();
            return words_of(*number, 1);
        }
        case RegisterType::int16:
            return integer_words<std::int16_t>(layout.type, value);
        case RegisterType::uint16:
            return integer_words<std::uint16_t>(layout.type, value);
        case RegisterType::int32:
            return integer_words<std::int32_t>(layout.type, value);
        case RegisterType::uint32:
            return integer_words<std::uint32_t>(layout.type, value);
        case RegisterType::int64:
            return integer_words<std::int64_t>(layout.type, value);
        case RegisterType::uint64:
            return integer_words<std::uint64_t>(layout.type, value);
        case RegisterType::float32:
            return float_words<float, std::uint32_t>(layout.type, value);
        case RegisterType::float64:
            return float_words<double, std::uint64_t>(layout.type, value);
        case RegisterType::bcd16:
            return bcd_words(layout.type, value, 4);
        case RegisterType::bcd32:
            return bcd_words(layout.type, value, 8);
        case RegisterType::string:
            break;
    }
    return text_words(layout, value);
}

}  // namespace

Result<Bytes> encode(const Layout& layout, const Value& value) {
    Result<Bytes> bytes = ordered_words(layout, value);
    if (!bytes) return bytes;
    const std::size_t size = bytes->size();
    if (layout.word_order == PartOrder::little && layout.type != RegisterType::string) {
        for (std::size_t i = 0; i < size / 2; i += 2) {
            std::swap((*bytes)[i], (*bytes)[size - 2 - i]);
            std::swap((*bytes)[i + 1], (*bytes)[size - 1 - i]);
        }
    }
    if (layout.byte_order == PartOrder::little) {
        for (std::size_t i = 0; i < size; i += 2)
            std::swap((*bytes)[i], (*bytes)[i + 1]);
    }
    return bytes;
}

Result<std::uint16_t> encode_bits(const RegisterBits& bits, const Value& value) {
    const auto most = static_cast<std::uint16_t>(bits.mask() >> bits.first);
    const auto type = bits.first == bits.last ? RegisterType::boolean : RegisterType::uint16;
    const auto number = whole_number<std::uint16_t>(type, value, 0, most);
    if (!number) return number.error();
    return static_cast<std::uint16_t>(*number << bits.first);
}

}  // namespace fieldway::modbus
