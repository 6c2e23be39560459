// MQTT control packets as bytes, 3.1.1 and 5: what a client sends, and what it is answered. Pure:
// no socket, no time. Sources: OASIS MQTT 3.1.1 and MQTT 5.0, whose clauses are named below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace fieldway::mqtt {

/// As the protocol level of CONNECT says it (clause 3.1.2.2).
enum class Version : std::uint8_t { v3_1_1 = 4, v5 = 5 };

/// The first four bits of a packet (clause 2.1.2).
enum class PacketType : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    subscribe = 8,
    suback = 9,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
};

struct Connect {
    Version version = Version::v5;
    std::string client_id;
    std::string username;  ///< empty: none
    std::string password;  ///< empty: none; a secret
    std::uint16_t keepalive_seconds = 60;
    bool clean = true;
};
Bytes encode(const Connect& packet);

struct Subscribe {
    Version version = Version::v5;
    std::uint16_t packet_id = 1;  ///< never 0 (clause 2.2.1)
    std::string filter;
    std::uint8_t qos = 1;
};
Bytes encode(const Subscribe& packet);

/// A normal end: reason 0.
Bytes encode_disconnect(Version version);

/// One whole packet at the front of a stream of bytes.
struct Frame {
    PacketType type = PacketType::connack;
    std::uint8_t flags = 0;  ///< the lower four bits
    ByteView body;           ///< behind the remaining length; borrowed
    std::size_t size = 0;    ///< of all of it
};

/// The packet at the front of `stream`, nothing while it is not whole. An error: the length is none
/// (clause 1.5.5), or above `most`.
Result<std::optional<Frame>> first_frame(ByteView stream, std::size_t most);

/// What a CONNACK says (clause 3.2). The codes of the two versions do not overlap: 1 to 5 in 3.1.1,
/// 0x80 and above in 5.
struct ConnectAnswer {
    bool session_present = false;
    std::uint8_t reason = 0;  ///< 0: accepted
    std::string reason_string;
    std::string assigned_client_id;
    std::uint16_t receive_maximum = 65535;
    std::uint32_t maximum_packet_size = 0;  ///< 0: none told
    std::optional<std::uint16_t> server_keepalive_seconds;
};
Result<ConnectAnswer> decode_connack(const Frame& frame, Version version);

/// What a SUBACK says (clause 3.9): a reason for each filter, 0 to 2 the granted QoS, 0x80 and
/// above a refusal.
struct SubscribeAnswer {
    std::uint16_t packet_id = 0;
    std::vector<std::uint8_t> reasons;
    std::string reason_string;
};
Result<SubscribeAnswer> decode_suback(const Frame& frame, Version version);

}  // namespace fieldway::mqtt
