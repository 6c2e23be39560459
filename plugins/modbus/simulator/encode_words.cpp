// Values into registers; register_codec.h goes the other way.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "modbus/simulator/simulated_unit.h"

namespace fieldway::modbus::simulator {
namespace {

/// The nearest whole number of the type. Doubles reach beyond every integer type, so the limits
/// come first.
template <class Integer>
Integer whole(const Value& value) {
    if (const auto* small = std::get_if<std::int64_t>(&value)) {
        return std::in_range<Integer>(*small) ? static_cast<Integer>(*small)
               : *small < 0                   ? std::numeric_limits<Integer>::min()
                                              : std::numeric_limits<Integer>::max();
    }
    if (const auto* large = std::get_if<std::uint64_t>(&value)) {
        return std::in_range<Integer>(*large) ? static_cast<Integer>(*large)
                                              : std::numeric_limits<Integer>::max();
    }
    const double number = std::round(as_number(value).value_or(0));
    if (!(number > static_cast<double>(std::numeric_limits<Integer>::min())))
        return std::numeric_limits<Integer>::min();
    if (number >= static_cast<double>(std::numeric_limits<Integer>::max()))
        return std::numeric_limits<Integer>::max();
    return static_cast<Integer>(number);
}

std::uint64_t binary_coded(std::uint64_t number, unsigned digits) {
    std::uint64_t coded = 0;
    for (unsigned i = 0; i < digits; ++i, number /= 10)
        coded |= (number % 10) << (4 * i);
    return coded;
}

std::vector<std::uint16_t> words_of(std::uint64_t bits, unsigned count) {
    std::vector<std::uint16_t> words;
    for (unsigned i = count; i-- > 0;)
        words.push_back(static_cast<std::uint16_t>((bits >> (16 * i)) & 0xFFFFU));
    return words;
}

std::vector<std::uint16_t> number_words(RegisterType type, const Value& value) {
    switch (type) {
        case RegisterType::boolean:
            return {static_cast<std::uint16_t>(as_number(value).value_or(0) != 0 ? 1 : 0)};
        case RegisterType::int16:
            return words_of(static_cast<std::uint16_t>(whole<std::int16_t>(value)), 1);
        case RegisterType::uint16:
            return words_of(whole<std::uint16_t>(value), 1);
        case RegisterType::int32:
            return words_of(static_cast<std::uint32_t>(whole<std::int32_t>(value)), 2);
        case RegisterType::uint32:
            return words_of(whole<std::uint32_t>(value), 2);
        case RegisterType::int64:
            return words_of(static_cast<std::uint64_t>(whole<std::int64_t>(value)), 4);
        case RegisterType::uint64:
            return words_of(whole<std::uint64_t>(value), 4);
        case RegisterType::float32: {
            const auto number = static_cast<float>(
                as_number(value).value_or(std::numeric_limits<double>::quiet_NaN()));
            return words_of(std::bit_cast<std::uint32_t>(number), 2);
        }
        case RegisterType::float64: {
            const double number =
                as_number(value).value_or(std::numeric_limits<double>::quiet_NaN());
            return words_of(std::bit_cast<std::uint64_t>(number), 4);
        }
        case RegisterType::bcd16:
            return words_of(binary_coded(whole<std::uint64_t>(value), 4), 1);
        case RegisterType::bcd32:
            return words_of(binary_coded(whole<std::uint64_t>(value), 8), 2);
        case RegisterType::string:
            break;
    }
    return {};
}

}  // namespace

Result<std::vector<std::uint16_t>> encode_words(const Layout& layout, const Value& value) {
    std::vector<std::uint16_t> words;
    if (layout.type == RegisterType::string) {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr)
            return Error::drop_item("the value of a string is not text: put it in quotes");
        const std::size_t room = layout.length * std::size_t{2};
        if (text->size() > room) {
            return Error::drop_item(fmt::format("'{}' has {} characters: {} registers hold {}",
                                                *text, text->size(), layout.length, room));
        }
        std::string padded = *text;
        padded.resize(room);
        for (std::size_t i = 0; i < room; i += 2) {
            words.push_back(
                static_cast<std::uint16_t>((static_cast<std::uint8_t>(padded[i]) << 8U) |
                                           static_cast<std::uint8_t>(padded[i + 1])));
        }
    } else {
        if (std::holds_alternative<std::string>(value)) {
            return Error::drop_item(fmt::format("'{}' is no number", std::get<std::string>(value)));
        }
        words = number_words(layout.type, value);
        if (layout.word_order == PartOrder::little) std::reverse(words.begin(), words.end());
    }
    if (layout.byte_order == PartOrder::little && layout.type != RegisterType::boolean) {
        for (std::uint16_t& word : words)
            word = static_cast<std::uint16_t>((word << 8U) | (word >> 8U));
    }
    return words;
}

}  // namespace fieldway::modbus::simulator
