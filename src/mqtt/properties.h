// The property lists of MQTT 5 (clause 2.2.2): read whole, kept where somebody asks.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace fieldway::mqtt {

/// Those that this client looks at; table 2-4 has all.
enum class Property : std::uint8_t {
    server_keepalive = 0x13,
    assigned_client_id = 0x12,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    maximum_packet_size = 0x27,
};

struct Properties {
    std::map<Property, std::uint32_t> numbers;
    std::map<Property, std::string> texts;

    [[nodiscard]] std::string text(Property property) const {
        const auto found = texts.find(property);
        return found == texts.end() ? std::string() : found->second;
    }
};

/// A variable byte integer (clause 1.5.5); with an error `reader` is not ok().
std::uint32_t read_variable(BigEndianReader& reader);

/// The list at the reader's place, with its length. An unknown identifier, a value that does not
/// fit, or one that may stand once and stands twice is an error: the packet is malformed.
Result<Properties> read_properties(BigEndianReader& reader);

}  // namespace fieldway::mqtt
