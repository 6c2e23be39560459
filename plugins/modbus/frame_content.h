// What one frame carries, under names that people read. Pure.
#pragma once

#include <cstdint>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/error.h"
#include "modbus/frame_scanner.h"

namespace fieldway::modbus {

enum class Direction : std::uint8_t { unknown, request, response };

/// unit, function, transaction (TCP), and of address, quantity, value, registers, bits, and_mask,
/// or_mask, exception, meaning, identification what the function has. An error says what is wrong:
/// checksum, length, or a PDU that its function does not have.
Result<boost::json::object> frame_content(Framing framing, Direction direction, ByteView bytes);

}  // namespace fieldway::modbus
