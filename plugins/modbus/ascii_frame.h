// Modbus ASCII frames: a colon, unit and PDU in hexadecimal, LRC, CR LF. Pure. Source: Modbus over
// Serial Line V1.02, 2.5.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace fieldway::modbus {

inline constexpr std::size_t longest_ascii_frame = 513;

/// Two's complement of the sum: with it, all bytes make zero.
std::uint8_t ascii_lrc(ByteView bytes);

/// The frame on the wire.
Bytes ascii_frame(std::uint8_t unit, ByteView pdu);

struct AsciiContent {
    std::uint8_t unit = 0;
    Bytes pdu;
};
/// What the characters between the colon and CR LF carry; nothing when they are no hexadecimal
/// pairs, too few, or the LRC is wrong.
std::optional<AsciiContent> ascii_content(ByteView characters);

}  // namespace fieldway::modbus
