// How long things take on a serial line. Pure. Source: Modbus over Serial Line V1.02, 2.5.1.1.
#pragma once

#include <cstddef>

#include "base/clock.h"
#include "common/serial_settings.h"

namespace fieldway::common {

/// Above this rate the standard's silences no longer shrink: 750 us and 1.75 ms.
inline constexpr std::uint32_t last_proportional_baud = 19200;

/// Start bit, data, parity, stop: 10 for 8N1, 11 for 8E1 and 8N2.
constexpr unsigned bits_per_character(const LineFormat& format) {
    return 1U + format.data_bits + (format.parity == Parity::none ? 0U : 1U) + format.stop_bits;
}

/// `count` characters back to back, rounded up to the nanosecond.
constexpr Duration characters_time(const LineFormat& format, std::size_t count) {
    const auto bits = static_cast<std::int64_t>(bits_per_character(format) * count);
    const std::int64_t nanoseconds = bits * 1'000'000'000;
    return Duration((nanoseconds + format.baud - 1) / format.baud);
}

constexpr Duration character_time(const LineFormat& format) {
    return characters_time(format, 1);
}

/// The silence that ends a frame: t3.5.
constexpr Duration frame_silence(const LineFormat& format) {
    if (format.baud > last_proportional_baud) return std::chrono::microseconds(1750);
    return characters_time(format, 7) / 2;
}

/// The longest silence inside a frame: t1.5. User space sees it on no USB adapter; frame by length
/// and checksum.
constexpr Duration character_silence(const LineFormat& format) {
    if (format.baud > last_proportional_baud) return std::chrono::microseconds(750);
    return characters_time(format, 3) / 2;
}

}  // namespace fieldway::common
