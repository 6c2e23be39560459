#include "modbus/register_codec.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

struct TypeName {
    RegisterType type;
    std::string_view name;
    std::uint16_t registers;
};
constexpr std::array type_names{
    TypeName{RegisterType::boolean, "bool", 1},    TypeName{RegisterType::int16, "int16", 1},
    TypeName{RegisterType::uint16, "uint16", 1},   TypeName{RegisterType::int32, "int32", 2},
    TypeName{RegisterType::uint32, "uint32", 2},   TypeName{RegisterType::int64, "int64", 4},
    TypeName{RegisterType::uint64, "uint64", 4},   TypeName{RegisterType::float32, "float32", 2},
    TypeName{RegisterType::float64, "float64", 4}, TypeName{RegisterType::bcd16, "bcd16", 1},
    TypeName{RegisterType::bcd32, "bcd32", 2},     TypeName{RegisterType::string, "string", 0},
};

const TypeName& entry_of(RegisterType type) {
    return *std::find_if(type_names.begin(), type_names.end(),
                         [type](const TypeName& entry) { return entry.type == type; });
}

/// The bytes of a number, most significant first, whatever the order on the wire.
std::array<std::uint8_t, 8> ordered_bytes(const Layout& layout, ByteView wire) {
    std::array<std::uint8_t, 8> bytes{};
    const std::size_t registers = wire.size() / 2;
    for (std::size_t i = 0; i < registers; ++i) {
        const std::size_t from = layout.word_order == PartOrder::big ? i : registers - 1 - i;
        const std::size_t swap = layout.byte_order == PartOrder::big ? 0 : 1;
        bytes[2 * i] = wire[2 * from + swap];
        bytes[2 * i + 1] = wire[2 * from + 1 - swap];
    }
    return bytes;
}

template <class T>
T number_in(const Layout& layout, ByteView wire) {
    const auto bytes = ordered_bytes(layout, wire);
    return BigEndianReader(ByteView(bytes).first(sizeof(T))).number<T>();
}

template <class T>
Value float_in(const Layout& layout, ByteView wire) {
    const T value = number_in<T>(layout, wire);
    return std::isnan(value) ? Value(NoValue{}) : Value(value);
}

Result<Value> bcd_in(const Layout& layout, ByteView wire) {
    const auto bytes = ordered_bytes(layout, wire);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < wire.size(); ++i) {
        for (const unsigned shift : {4U, 0U}) {
            const unsigned digit = (unsigned{bytes[i]} >> shift) & 0x0FU;
            if (digit > 9) {
                return Error::drop_item(
                    fmt::format("0x{} is no BCD number: {:X} is no decimal digit",
                                to_hex(ByteView(bytes).first(wire.size())), digit));
            }
            value = value * 10 + digit;
        }
    }
    return Value(value);
}

Value string_in(const Layout& layout, ByteView wire) {
    std::string text(as_text(wire));
    if (layout.byte_order == PartOrder::little) {
        for (std::size_t i = 0; i + 1 < text.size(); i += 2)
            std::swap(text[i], text[i + 1]);
    }
    text.resize(std::min(text.find('\0'), text.size()));
    text.resize(text.find_last_not_of(' ') + 1);
    return Value(std::move(text));
}

}  // namespace

std::vector<std::string> register_type_names() {
    std::vector<std::string> names;
    std::transform(type_names.begin(), type_names.end(), std::back_inserter(names),
                   [](const TypeName& entry) { return std::string(entry.name); });
    return names;
}

std::optional<RegisterType> register_type_of(std::string_view name) {
    for (const TypeName& entry : type_names) {
        if (entry.name == name) return entry.type;
    }
    return std::nullopt;
}

std::string_view name_of(RegisterType type) {
    return entry_of(type).name;
}

std::uint16_t registers_of(const Layout& layout) {
    return layout.type == RegisterType::string ? layout.length : entry_of(layout.type).registers;
}

Result<Value> decode(const Layout& layout, ByteView registers) {
    assert(registers.size() == std::size_t{registers_of(layout)} * 2);
    switch (layout.type) {
        case RegisterType::boolean:
            return Value((registers[0] | registers[1]) != 0);
        case RegisterType::int16:
            return Value(std::int64_t{number_in<std::int16_t>(layout, registers)});
        case RegisterType::uint16:
            return Value(std::uint64_t{number_in<std::uint16_t>(layout, registers)});
        case RegisterType::int32:
            return Value(std::int64_t{number_in<std::int32_t>(layout, registers)});
        case RegisterType::uint32:
            return Value(std::uint64_t{number_in<std::uint32_t>(layout, registers)});
        case RegisterType::int64:
            return Value(number_in<std::int64_t>(layout, registers));
        case RegisterType::uint64:
            return Value(number_in<std::uint64_t>(layout, registers));
        case RegisterType::float32:
            return float_in<float>(layout, registers);
        case RegisterType::float64:
            return float_in<double>(layout, registers);
        case RegisterType::bcd16:
        case RegisterType::bcd32:
            return bcd_in(layout, registers);
        case RegisterType::string:
            break;
    }
    return string_in(layout, registers);
}

}  // namespace fieldway::modbus
