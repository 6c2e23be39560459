#include "modbus/ascii_frame.h"

#include <numeric>

namespace fieldway::modbus {
namespace {

constexpr std::size_t least_bytes = 3;  // unit, function, LRC

}  // namespace

std::uint8_t ascii_lrc(ByteView bytes) {
    const unsigned sum = std::accumulate(bytes.begin(), bytes.end(), 0U);
    return static_cast<std::uint8_t>((0x100U - (sum & 0xFFU)) & 0xFFU);
}

Bytes ascii_frame(std::uint8_t unit, ByteView pdu) {
    static constexpr char digits[] = "0123456789ABCDEF";  // the standard has capitals
    Bytes content{unit};
    content.insert(content.end(), pdu.begin(), pdu.end());
    content.push_back(ascii_lrc(content));
    Bytes frame{':'};
    frame.reserve(content.size() * 2 + 3);
    for (const std::uint8_t byte : content) {
        frame.push_back(static_cast<std::uint8_t>(digits[byte >> 4U]));
        frame.push_back(static_cast<std::uint8_t>(digits[byte & 0x0FU]));
    }
    frame.push_back('\r');
    frame.push_back('\n');
    return frame;
}

std::optional<AsciiContent> ascii_content(ByteView characters) {
    const std::string_view text = as_text(characters);
    if (text.find_first_of(" \t\r\n\v\f") != std::string_view::npos) return std::nullopt;
    std::optional<Bytes> bytes = bytes_from_hex(text);
    if (!bytes || bytes->size() < least_bytes || ascii_lrc(*bytes) != 0) return std::nullopt;
    return AsciiContent{bytes->front(), {bytes->begin() + 1, bytes->end() - 1}};
}

}  // namespace fieldway::modbus
