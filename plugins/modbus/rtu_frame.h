// Modbus RTU frames: unit, PDU, CRC. Pure. Source: Modbus over Serial Line V1.02, 2.5.1.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "modbus/pdu.h"

namespace fieldway::modbus {

inline constexpr std::size_t shortest_rtu_frame = 4;  ///< unit, function, CRC
inline constexpr std::size_t longest_rtu_frame = 256;

/// CRC-16/MODBUS: polynomial A001 (reflected), initial FFFF; sent low byte first.
std::uint16_t rtu_crc(ByteView bytes);

/// The frame on the wire.
Bytes rtu_frame(std::uint8_t unit, ByteView pdu);

struct RtuContent {
    std::uint8_t unit = 0;
    ByteView pdu;  ///< borrowed from the frame
};
/// What a whole frame carries; nothing when it is too short, too long or its CRC is wrong.
std::optional<RtuContent> rtu_content(ByteView frame);

/// The length of the frame that starts with these bytes, as far as they tell: nothing when more are
/// needed, or the function is none of the public ones and only a silence ends the frame.
std::optional<std::size_t> rtu_request_length(ByteView start);
std::optional<std::size_t> rtu_reply_length(ByteView start);
/// Whether the two above tell a length for this function, once they have bytes enough.
bool has_known_length(std::uint8_t function);

}  // namespace fieldway::modbus
