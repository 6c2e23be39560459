#include "queue/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

namespace fieldway::queue {

namespace {

using Table = std::array<std::uint32_t, 256>;

/// tables[k][b] is the effect of byte b with k more bytes behind it: eight bytes at a step
/// ("slicing by eight", Kounavis and Berry 2005).
constexpr std::array<Table, 8> make_tables() {
    std::array<Table, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
        tables[0][byte] = crc;
    }
    for (std::size_t k = 1; k < tables.size(); ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr auto tables = make_tables();
static_assert(std::endian::native == std::endian::little, "the eight bytes are taken as they lie");

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
    std::uint32_t crc = ~before;
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, 8);
        eight ^= crc;
        crc = 0;
        for (std::size_t k = 0; k < 8; ++k)
            crc ^= tables[7 - k][(eight >> (8 * k)) & 0xFF];
    }
    for (; left > 0; --left, ++at)
        crc = (crc >> 8) ^ tables[0][(crc ^ *at) & 0xFF];
    return ~crc;
}

}  // namespace fieldway::queue
