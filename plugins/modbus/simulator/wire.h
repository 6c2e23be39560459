// What stands on the wire behind a request: the answer in its frame, or what a fault makes of it.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "modbus/frame_scanner.h"
#include "modbus/simulator/faults.h"

namespace fieldway::modbus::simulator {

/// Bytes that come together; a datagram of its own where there are datagrams.
struct Piece {
    Duration wait{};  ///< since the piece before ended; of the first, since the unit was ready
    Bytes bytes;
};

/// Where a request stood.
struct Asked {
    Framing framing = Framing::tcp;
    std::uint16_t transaction = 0;  ///< of Framing::tcp
    std::uint8_t unit = 0;
    Bytes pdu;
};

/// Faults that are no matter of bytes (silent, exception, closed, stuck, unplugged) are the
/// caller's.
std::vector<Piece> wire_of(const Asked& asked, const Bytes& answer,
                           const std::optional<Faults::Chosen>& fault);

}  // namespace fieldway::modbus::simulator
