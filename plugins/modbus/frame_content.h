// What one frame carries, under names that people read. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "modbus/frame_scanner.h"

namespace fieldway::modbus {

enum class Direction : std::uint8_t { unknown, request, response };

/// unit, function, transaction (TCP), and of address, quantity, value, registers, bits, and_mask,
/// or_mask, exception, meaning, identification what the function has. An error says what is wrong:
/// checksum, length, or a PDU that its function does not have. A frame of unknown direction that is
/// whole as both has the response's members, and `as_request` with what it asks for otherwise.
Result<boost::json::object> frame_content(Framing framing, Direction direction, ByteView bytes);

/// function, exception, meaning: of the two bytes by which a device refuses a request; nothing of
/// all other bytes.
std::optional<boost::json::object> refusal_content(ByteView pdu);

}  // namespace fieldway::modbus
