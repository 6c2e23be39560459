#include "modbus/frame_content.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "modbus/ascii_frame.h"
#include "modbus/pdu.h"
#include "modbus/rtu_frame.h"
#include "modbus/tcp_codec.h"

namespace fieldway::modbus {
namespace {

namespace json = boost::json;

constexpr std::uint8_t mei_identification = 14;

json::array registers_in(ByteView bytes) {
    json::array registers;
    BigEndianReader reader(bytes);
    while (reader.left() >= 2)
        registers.push_back(reader.number<std::uint16_t>());
    return registers;
}

json::array bits_in(ByteView bytes, std::size_t count) {
    json::array bits;
    for (std::size_t i = 0; i < std::min(count, bytes.size() * 8); ++i)
        bits.push_back(((bytes[i / 8] >> (i % 8)) & 1) != 0);
    return bits;
}

/// One PDU read field by field; content() is an error when it did not end where the bytes do.
class Pdu {
  public:
    explicit Pdu(ByteView pdu) : pdu_(pdu), reader_(pdu.subspan(1)) {}

    std::optional<json::object> request() {
        switch (pdu_[0]) {
            case 1:
            case 2:
            case 3:
            case 4:
                address("address");
                word("quantity");
                break;
            case 5:
            case 6:
                address("address");
                value();
                break;
            case 15:
            case 16:
                address("address");
                word("quantity");
                counted(pdu_[0] == 15);
                break;
            case 22:
                masks();
                break;
            case 23:
                address("address");
                word("quantity");
                address("write_address");
                word("write_quantity");
                counted(false);
                break;
            case 43:
                byte("mei_type");
                byte("kind");
                byte("object");
                break;
            default:
                return std::nullopt;
        }
        return content();
    }
    std::optional<json::object> response() {
        if ((pdu_[0] & exception_flag) != 0) {
            const auto code = reader_.number<std::uint8_t>();
            content_["exception"] = code;
            content_["meaning"] = exception_text(code);
            return content();
        }
        switch (pdu_[0]) {
            case 1:
            case 2:
                counted(true);
                break;
            case 3:
            case 4:
            case 23:
                counted(false);
                break;
            case 5:
            case 6:
                address("address");
                value();
                break;
            case 15:
            case 16:
                address("address");
                word("quantity");
                break;
            case 22:
                masks();
                break;
            case 43:
                return identification();
            default:
                return std::nullopt;
        }
        return content();
    }

  private:
    void byte(const char* name) { content_[name] = reader_.number<std::uint8_t>(); }
    void word(const char* name) { content_[name] = reader_.number<std::uint16_t>(); }
    void address(const char* name) { word(name); }
    void value() {
        const auto raw = reader_.number<std::uint16_t>();
        if (pdu_[0] == 6) {
            content_["value"] = raw;
            return;
        }
        constexpr std::uint16_t coil_on = 0xFF00;
        content_["value"] = raw == coil_on;
        sound_ = sound_ && (raw == 0 || raw == coil_on);
    }
    void masks() {
        address("address");
        word("and_mask");
        word("or_mask");
    }
    /// A byte count and so many bytes.
    void counted(bool bits) {
        const auto size = reader_.number<std::uint8_t>();
        const ByteView bytes = reader_.raw(size);
        // Registers are whole, and a quantity that was told before agrees.
        const auto* told = content_.if_contains(pdu_[0] == 23 ? "write_quantity" : "quantity");
        const std::size_t count = told != nullptr ? told->to_number<std::size_t>()
                                  : bits          ? bytes.size() * 8
                                                  : bytes.size() / 2;
        const std::size_t expected = bits ? (count + 7) / 8 : count * 2;
        sound_ = sound_ && expected == bytes.size();
        if (bits) {
            content_["bits"] = bits_in(bytes, count);
        } else {
            content_["registers"] = registers_in(bytes);
        }
    }
    std::optional<json::object> identification() {
        if (pdu_.size() < 3 || pdu_[1] != mei_identification) return std::nullopt;
        const auto found = parse_identification(pdu_.subspan(2));
        if (!found) return std::nullopt;
        json::object objects;
        for (const Identification::Object& object : found->objects)
            objects[std::to_string(object.number)] = object.text;
        content_["identification"] = std::move(objects);
        if (found->more_from) content_["more_from"] = *found->more_from;
        return std::move(content_);
    }
    std::optional<json::object> content() {
        if (!sound_ || !reader_.ok() || reader_.left() != 0) return std::nullopt;
        return std::move(content_);
    }

    ByteView pdu_;
    BigEndianReader reader_;
    json::object content_;
    bool sound_ = true;
};

struct Unframed {
    std::optional<std::uint16_t> transaction;
    std::uint8_t unit = 0;
    Bytes pdu;
};

Result<Unframed> unframe_tcp(ByteView bytes) {
    if (bytes.size() > longest_tcp_frame) {
        return Error::drop_item(
            fmt::format("{} bytes: a frame has {} at most", bytes.size(), longest_tcp_frame));
    }
    TcpDecoder decoder;
    std::copy(bytes.begin(), bytes.end(), decoder.space().begin());
    decoder.commit(bytes.size());
    const auto frame = decoder.next();
    if (!frame) return frame.error();
    if (!*frame || (*frame)->pdu.size() + mbap_size != bytes.size()) {
        return Error::drop_item(
            fmt::format("the header's length does not agree with {} bytes", bytes.size()));
    }
    return Unframed{(*frame)->transaction, (*frame)->unit,
                    Bytes((*frame)->pdu.begin(), (*frame)->pdu.end())};
}

Result<Unframed> unframe_rtu(ByteView bytes) {
    if (bytes.size() < shortest_rtu_frame || bytes.size() > longest_rtu_frame) {
        return Error::drop_item(fmt::format("{} bytes: a frame has {} to {}", bytes.size(),
                                            shortest_rtu_frame, longest_rtu_frame));
    }
    const auto content = rtu_content(bytes);
    if (!content) {
        const std::uint16_t crc = rtu_crc(bytes.first(bytes.size() - 2));
        return Error::drop_item(
            fmt::format("the checksum is {:02X} {:02X}, these bytes have {:02X} {:02X}",
                        bytes[bytes.size() - 2], bytes.back(), crc & 0xFFU, crc >> 8U));
    }
    return Unframed{std::nullopt, content->unit, Bytes(content->pdu.begin(), content->pdu.end())};
}

Result<Unframed> unframe_ascii(ByteView bytes) {
    std::string_view text = as_text(bytes);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    if (!text.starts_with(':')) return Error::drop_item("an ASCII frame begins with a colon");
    auto content = ascii_content(as_bytes(text.substr(1)));
    if (!content) {
        return Error::drop_item(
            "no frame: hexadecimal pairs are expected, and a checksum (LRC) that makes all of them "
            "zero");
    }
    return Unframed{std::nullopt, content->unit, std::move(content->pdu)};
}

Result<Unframed> unframe(Framing framing, ByteView bytes) {
    switch (framing) {
        case Framing::tcp:
            return unframe_tcp(bytes);
        case Framing::rtu:
            return unframe_rtu(bytes);
        case Framing::ascii:
            break;
    }
    return unframe_ascii(bytes);
}

/// Whether a device could answer with one frame; so a response of 24 bits is hardly ever one.
bool can_be_asked(std::uint8_t function, const json::object& request) {
    const json::value* quantity = request.if_contains("quantity");
    if (quantity == nullptr) return true;
    const std::size_t most = function <= 2 ? 2000 : 125;  // bits, registers
    const auto count = quantity->to_number<std::size_t>();
    return count > 0 && count <= most;
}

/// What the standard calls the functions that are not decoded; "" where it has none.
std::string_view name_of_other(std::uint8_t function) {
    switch (function) {
        case 7:
            return " (read exception status)";
        case 8:
            return " (diagnostics)";
        case 11:
            return " (communication event counter)";
        case 12:
            return " (communication event log)";
        case 17:
            return " (report server id)";
        case 20:
            return " (read file record)";
        case 21:
            return " (write file record)";
        case 24:
            return " (read FIFO queue)";
        default:
            return "";
    }
}

bool is_decoded(ByteView pdu) {
    constexpr std::array decoded{1, 2, 3, 4, 5, 6, 15, 16, 22, 23};
    if ((pdu[0] & exception_flag) != 0) return true;
    if (pdu[0] == 43) return pdu.size() < 2 || pdu[1] == mei_identification;
    return std::find(decoded.begin(), decoded.end(), pdu[0]) != decoded.end();
}

Error no_content(Direction direction, ByteView pdu) {
    if (!is_decoded(pdu)) {
        return Error::drop_item(fmt::format(
            "the frame is whole, but function {}{}{} is not decoded: 1 to 6, 15, 16, "
            "22, 23 and 43/14 are",
            pdu[0], pdu[0] == 43 ? fmt::format("/{}", pdu[1]) : "", name_of_other(pdu[0])));
    }
    return Error::drop_item(fmt::format(
        "the frame is whole, but these {} bytes are no {} of function code {}", pdu.size(),
        direction == Direction::request    ? "request"
        : direction == Direction::response ? "response"
                                           : "request or response",
        pdu[0] & ~exception_flag));
}

}  // namespace

std::optional<json::object> refusal_content(ByteView pdu) {
    constexpr std::size_t size = 2;
    constexpr std::uint8_t last_exception = 11;
    if (pdu.size() != size || (pdu[0] & exception_flag) == 0) return std::nullopt;
    const std::uint8_t function = pdu[0] & ~exception_flag;
    if (!is_decoded(ByteView(&function, 1)) || pdu[1] == 0 || pdu[1] > last_exception)
        return std::nullopt;
    json::object content{{"function", function}};
    const auto response = Pdu(pdu).response();
    content.insert(response->begin(), response->end());
    return content;
}

Result<json::object> frame_content(Framing framing, Direction direction, ByteView bytes) {
    const Result<Unframed> frame = unframe(framing, bytes);
    if (!frame) return frame.error();
    const Bytes& pdu = frame->pdu;
    std::optional<json::object> response;
    std::optional<json::object> request;
    if (direction != Direction::request) response = Pdu(pdu).response();
    if (direction != Direction::response) request = Pdu(pdu).request();
    if (!response && !request) return no_content(direction, pdu);
    json::object shown;
    if (frame->transaction) shown["transaction"] = *frame->transaction;
    shown["unit"] = frame->unit;
    shown["function"] = pdu[0] & ~exception_flag;
    const json::object& content = response ? *response : *request;
    shown.insert(content.begin(), content.end());
    // Writes are answered by what they asked: that is one meaning.
    const bool ambiguous = response && request && *request != *response;
    if (ambiguous && can_be_asked(pdu[0], *request)) shown["as_request"] = *request;
    return shown;
}

}  // namespace fieldway::modbus
