// What the codes of CONNACK, PUBACK and DISCONNECT mean for us, and as sentences. Pure.
// Sources: MQTT 3.1.1 table 3.1; MQTT 5 clauses 3.2.2.2, 3.4.2.1, 3.14.2.1. The numbers of the two
// versions do not overlap (1-5 against 128 and above), so no version is needed beside a code.
#pragma once

#include <cstdint>
#include <string>

#include "uplink/engine.h"

namespace fieldway::uplink {

namespace reason {
inline constexpr std::uint8_t success = 0x00;
inline constexpr std::uint8_t no_matching_subscribers = 0x10;
inline constexpr std::uint8_t not_authorized = 0x87;
inline constexpr std::uint8_t session_taken_over = 0x8E;
inline constexpr std::uint8_t topic_name_invalid = 0x90;
inline constexpr std::uint8_t packet_id_in_use = 0x91;
inline constexpr std::uint8_t packet_too_large = 0x95;
inline constexpr std::uint8_t quota_exceeded = 0x97;
inline constexpr std::uint8_t administrative_action = 0x98;
inline constexpr std::uint8_t payload_format_invalid = 0x99;
inline constexpr std::uint8_t maximum_connect_time = 0xA0;
}  // namespace reason

/// `not authorized (0x87)`; an unknown code is given as a number.
std::string reason_text(std::uint8_t code);

/// A CONNACK or DISCONNECT that trying again soon cannot cure: the credentials, the client id or
/// the protocol version are wrong, or the client is banned.
bool is_credential_fault(std::uint8_t code);

/// What a DISCONNECT from the server says of the connection's end. Those that have nothing to do
/// with what was published have another reason: the server shuts down, is busy ...
Ending ending_of(std::uint8_t code);

enum class Verdict : std::uint8_t {
    delivered,  ///< success; 0x10 (nobody subscribed) is one
    bury,       ///< this message can never pass
    suspect,    ///< refused: the message or the device is at fault; what happens to others decides
    pause,      ///< not now: again later, as a new message
};
/// What a PUBACK says about its message.
Verdict verdict_of(std::uint8_t code);

}  // namespace fieldway::uplink
