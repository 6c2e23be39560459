#include "modbus/rtu_frame.h"

#include <array>

namespace fieldway::modbus {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc_table() {
    std::array<std::uint16_t, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        auto crc = static_cast<std::uint16_t>(i);
        for (int bit = 0; bit < 8; ++bit) {
            const bool odd = (crc & 1U) != 0;
            crc = static_cast<std::uint16_t>(crc >> 1U);
            if (odd) crc = static_cast<std::uint16_t>(crc ^ 0xA001U);
        }
        table[i] = crc;
    }
    return table;
}
constexpr std::array<std::uint16_t, 256> crc_table = make_crc_table();

constexpr std::size_t crc_size = 2;

/// An answer to FC 43 counts its objects, and each of them its bytes (clause 6.21).
std::optional<std::size_t> identification_length(ByteView start) {
    constexpr std::size_t count_at = 7;
    if (start.size() <= count_at) return std::nullopt;
    std::size_t end = count_at + 1;
    for (unsigned i = 0; i < start[count_at]; ++i) {
        if (end > longest_rtu_frame) return end;
        if (start.size() <= end + 1) return std::nullopt;
        end += std::size_t{2} + start[end + 1];
    }
    return end + crc_size;
}

/// The rest of a frame whose byte at `place` counts the bytes behind it.
std::optional<std::size_t> counted(ByteView start, std::size_t place) {
    if (start.size() <= place) return std::nullopt;
    return place + 1 + start[place] + crc_size;
}

}  // namespace

std::uint16_t rtu_crc(ByteView bytes) {
    std::uint16_t crc = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
        crc = static_cast<std::uint16_t>((crc >> 8U) ^ crc_table[(crc ^ byte) & 0xFFU]);
    }
    return crc;
}

Bytes rtu_frame(std::uint8_t unit, ByteView pdu) {
    Bytes frame;
    frame.reserve(1 + pdu.size() + crc_size);
    frame.push_back(unit);
    frame.insert(frame.end(), pdu.begin(), pdu.end());
    const std::uint16_t crc = rtu_crc(frame);
    frame.push_back(static_cast<std::uint8_t>(crc & 0xFFU));
    frame.push_back(static_cast<std::uint8_t>(crc >> 8U));
    return frame;
}

std::optional<RtuContent> rtu_content(ByteView frame) {
    if (frame.size() < shortest_rtu_frame || frame.size() > longest_rtu_frame) return std::nullopt;
    const ByteView checked = frame.first(frame.size() - crc_size);
    const auto sent =
        static_cast<std::uint16_t>(frame[frame.size() - 2] | (frame[frame.size() - 1] << 8U));
    if (rtu_crc(checked) != sent) return std::nullopt;
    return RtuContent{frame[0], checked.subspan(1)};
}

std::optional<std::size_t> rtu_request_length(ByteView start) {
    if (start.size() < 2) return std::nullopt;
    switch (start[1]) {
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
            return 8;  // unit, function, address, quantity or value, CRC
        case 15:
        case 16:
            return counted(start, 6);
        case 22:
            return 10;
        case 23:
            return counted(start, 10);
        case 43:
            return 7;
        default:
            return std::nullopt;
    }
}

std::optional<std::size_t> rtu_reply_length(ByteView start) {
    if (start.size() < 2) return std::nullopt;
    if ((start[1] & exception_flag) != 0) return 5;
    switch (start[1]) {
        case 1:
        case 2:
        case 3:
        case 4:
        case 23:
            return counted(start, 2);
        case 5:
        case 6:
        case 15:
        case 16:
            return 8;
        case 22:
            return 10;
        case 43:
            return identification_length(start);
        default:
            return std::nullopt;
    }
}

bool has_known_length(std::uint8_t function) {
    switch (function & static_cast<std::uint8_t>(~exception_flag)) {
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
        case 15:
        case 16:
        case 22:
        case 23:
        case 43:
            return true;
        default:
            return false;
    }
}

}  // namespace fieldway::modbus
