// Bytes of an RTU line into requests, and an answer into bytes at the line's pace. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/clock.h"
#include "common/serial_settings.h"

namespace fieldway::modbus::simulator {

/// Frames by length and checksum; a silence ends what has no known length and throws away what is
/// none.
class RtuReceiver {
  public:
    void add(ByteView bytes);
    /// The next whole request frame, its CRC right.
    std::optional<Bytes> take();
    /// The line was silent for 3.5 characters: what is there is a request of an unknown function,
    /// or nothing.
    std::optional<Bytes> take_at_silence();
    [[nodiscard]] bool empty() const { return bytes_.empty(); }

  private:
    Bytes bytes_;
};

/// How many bytes of an answer are on the wire `elapsed` after its first bit.
std::size_t bytes_due(const common::LineFormat& format, Duration elapsed);

}  // namespace fieldway::modbus::simulator
