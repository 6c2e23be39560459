#include "mqtt/packet.h"

#include <cassert>

#include <fmt/format.h>

#include "mqtt/properties.h"

namespace fieldway::mqtt {

namespace {

constexpr std::size_t longest_text = 65'535;  // clause 1.5.4

void put_text(BigEndianWriter& writer, std::string_view text) {
    assert(text.size() <= longest_text && "limits of the configuration are below");
    writer.number(static_cast<std::uint16_t>(text.size()));
    writer.raw(as_bytes(text));
}

/// First byte, remaining length, body.
Bytes packet_of(PacketType type, std::uint8_t flags, const Bytes& body) {
    Bytes out;
    out.push_back(static_cast<std::uint8_t>(static_cast<std::uint8_t>(type) << 4 | flags));
    std::size_t length = body.size();
    do {
        const auto low = static_cast<std::uint8_t>(length & 0x7F);
        length >>= 7;
        out.push_back(length > 0 ? low | 0x80 : low);
    } while (length > 0);
    out.insert(out.end(), body.begin(), body.end());
    return out;
}

Error malformed(const char* packet, const std::string& what) {
    return Error::retry(fmt::format("the broker sent a malformed {}: {}", packet, what));
}

}  // namespace

Bytes encode(const Connect& packet) {
    constexpr std::uint8_t clean_bit = 0x02;
    constexpr std::uint8_t password_bit = 0x40;
    constexpr std::uint8_t username_bit = 0x80;
    Bytes body;
    BigEndianWriter writer(body);
    put_text(writer, "MQTT");
    writer.number(static_cast<std::uint8_t>(packet.version));
    std::uint8_t flags = packet.clean ? clean_bit : 0;
    if (!packet.username.empty()) flags |= username_bit;
    if (!packet.password.empty()) flags |= password_bit;
    writer.number(flags);
    writer.number(packet.keepalive_seconds);
    if (packet.version == Version::v5) writer.number(std::uint8_t{0});  // no properties
    put_text(writer, packet.client_id);
    if (!packet.username.empty()) put_text(writer, packet.username);
    if (!packet.password.empty()) put_text(writer, packet.password);
    return packet_of(PacketType::connect, 0, body);
}

Bytes encode(const Subscribe& packet) {
    constexpr std::uint8_t reserved_flags = 0x02;  // clause 3.8.1
    Bytes body;
    BigEndianWriter writer(body);
    writer.number(packet.packet_id);
    if (packet.version == Version::v5) writer.number(std::uint8_t{0});
    put_text(writer, packet.filter);
    writer.number(packet.qos);
    return packet_of(PacketType::subscribe, reserved_flags, body);
}

Bytes encode_disconnect(Version) {
    // Without a reason it means 0 in both versions (clause 3.14.2.1).
    return packet_of(PacketType::disconnect, 0, {});
}

Result<std::optional<Frame>> first_frame(ByteView stream, std::size_t most) {
    constexpr std::size_t most_length_bytes = 4;
    std::size_t length = 0;
    for (std::size_t i = 0; i < most_length_bytes; ++i) {
        if (1 + i >= stream.size()) return std::optional<Frame>();
        const std::uint8_t byte = stream[1 + i];
        length |= static_cast<std::size_t>(byte & 0x7F) << (7 * i);
        if ((byte & 0x80) != 0) continue;
        const std::size_t size = 2 + i + length;
        if (size > most) {
            return malformed("packet", fmt::format("{} bytes, of at most {}", size, most));
        }
        if (size > stream.size()) return std::optional<Frame>();
        return std::optional(Frame{static_cast<PacketType>(stream[0] >> 4),
                                   static_cast<std::uint8_t>(stream[0] & 0x0F),
                                   stream.subspan(2 + i, length), size});
    }
    return malformed("packet", "its length has no end");
}

Result<ConnectAnswer> decode_connack(const Frame& frame, Version version) {
    BigEndianReader reader(frame.body);
    const auto flags = reader.number<std::uint8_t>();
    ConnectAnswer answer;
    answer.session_present = (flags & 1) != 0;
    answer.reason = reader.number<std::uint8_t>();
    if (!reader.ok()) return malformed("CONNACK", "it is cut short");
    if ((flags & 0xFE) != 0) return malformed("CONNACK", "reserved flags are set");
    // A broker that does not know version 5 answers in its own way, without properties.
    if (version != Version::v5 || reader.left() == 0) return answer;
    const auto properties = read_properties(reader);
    if (!properties) return malformed("CONNACK", properties.error().sentence());
    const auto number = [&](Property property, std::uint32_t otherwise) {
        const auto found = properties->numbers.find(property);
        return found == properties->numbers.end() ? otherwise : found->second;
    };
    answer.reason_string = properties->text(Property::reason_string);
    answer.assigned_client_id = properties->text(Property::assigned_client_id);
    answer.receive_maximum =
        static_cast<std::uint16_t>(number(Property::receive_maximum, answer.receive_maximum));
    answer.maximum_packet_size = number(Property::maximum_packet_size, 0);
    if (properties->numbers.contains(Property::server_keepalive)) {
        answer.server_keepalive_seconds =
            static_cast<std::uint16_t>(number(Property::server_keepalive, 0));
    }
    return answer;
}

Result<SubscribeAnswer> decode_suback(const Frame& frame, Version version) {
    BigEndianReader reader(frame.body);
    SubscribeAnswer answer;
    answer.packet_id = reader.number<std::uint16_t>();
    if (version == Version::v5 && reader.ok()) {
        const auto properties = read_properties(reader);
        if (!properties) return malformed("SUBACK", properties.error().sentence());
        answer.reason_string = properties->text(Property::reason_string);
    }
    const ByteView reasons = reader.raw(reader.left());
    if (!reader.ok() || reasons.empty()) return malformed("SUBACK", "it is cut short");
    answer.reasons.assign(reasons.begin(), reasons.end());
    return answer;
}

}  // namespace fieldway::mqtt
