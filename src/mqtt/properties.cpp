#include "mqtt/properties.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

namespace fieldway::mqtt {

namespace {

enum class Type : std::uint8_t { byte, two_bytes, four_bytes, variable, binary, text, text_pair };

struct Kind {
    std::uint8_t id;
    Type type;
};

/// Table 2-4.
constexpr std::array kinds{
    Kind{0x01, Type::byte},       Kind{0x02, Type::four_bytes}, Kind{0x03, Type::text},
    Kind{0x08, Type::text},       Kind{0x09, Type::binary},     Kind{0x0B, Type::variable},
    Kind{0x11, Type::four_bytes}, Kind{0x12, Type::text},       Kind{0x13, Type::two_bytes},
    Kind{0x15, Type::text},       Kind{0x16, Type::binary},     Kind{0x17, Type::byte},
    Kind{0x18, Type::four_bytes}, Kind{0x19, Type::byte},       Kind{0x1A, Type::text},
    Kind{0x1C, Type::text},       Kind{0x1F, Type::text},       Kind{0x21, Type::two_bytes},
    Kind{0x22, Type::two_bytes},  Kind{0x23, Type::two_bytes},  Kind{0x24, Type::byte},
    Kind{0x25, Type::byte},       Kind{0x26, Type::text_pair},  Kind{0x27, Type::four_bytes},
    Kind{0x28, Type::byte},       Kind{0x29, Type::byte},       Kind{0x2A, Type::byte},
};
constexpr std::uint8_t user_property = 0x26;
constexpr std::uint8_t subscription_identifier = 0x0B;

std::string read_text(BigEndianReader& reader) {
    return std::string(as_text(reader.raw(reader.number<std::uint16_t>())));
}

void read_value(BigEndianReader& reader, const Kind& kind, Properties& into) {
    const auto property = static_cast<Property>(kind.id);
    switch (kind.type) {
        case Type::byte:
            into.numbers[property] = reader.number<std::uint8_t>();
            return;
        case Type::two_bytes:
            into.numbers[property] = reader.number<std::uint16_t>();
            return;
        case Type::four_bytes:
            into.numbers[property] = reader.number<std::uint32_t>();
            return;
        case Type::variable:
            into.numbers[property] = read_variable(reader);
            return;
        case Type::binary:
        case Type::text:
            into.texts[property] = read_text(reader);
            return;
        case Type::text_pair:
            read_text(reader);
            read_text(reader);
            return;
    }
}

}  // namespace

std::uint32_t read_variable(BigEndianReader& reader) {
    constexpr int most_bytes = 4;
    std::uint32_t value = 0;
    for (int i = 0; i < most_bytes; ++i) {
        const auto byte = reader.number<std::uint8_t>();
        value |= static_cast<std::uint32_t>(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) == 0) return value;
    }
    reader.raw(reader.left() + 1);  // a fifth byte: malformed
    return 0;
}

Result<Properties> read_properties(BigEndianReader& reader) {
    const std::uint32_t length = read_variable(reader);
    BigEndianReader list(reader.raw(length));
    if (!reader.ok()) return Error::retry("a property list is longer than its packet");
    Properties properties;
    while (list.left() > 0) {
        const auto id = list.number<std::uint8_t>();
        const auto* const kind =
            std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.id == id; });
        if (kind == kinds.end()) {
            return Error::retry(fmt::format("a property has the unknown identifier 0x{:02x}", id));
        }
        const auto property = static_cast<Property>(id);
        const bool again =
            properties.numbers.contains(property) || properties.texts.contains(property);
        if (again && id != user_property && id != subscription_identifier) {
            return Error::retry(fmt::format("the property 0x{:02x} stands twice", id));
        }
        read_value(list, *kind, properties);
        if (!list.ok()) {
            return Error::retry(fmt::format("the property 0x{:02x} is cut short", id));
        }
    }
    return properties;
}

}  // namespace fieldway::mqtt
