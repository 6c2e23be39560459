// CRC-32C (Castagnoli): polynomial 0x1EDC6F41 reflected, start and end inverted (RFC 3720, B.4).
// Debian has no package with a fast one for C++; Boost.CRC goes a byte at a time.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace fieldway::queue {

/// `before` is the checksum of what stands in front of these bytes.
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

}  // namespace fieldway::queue
