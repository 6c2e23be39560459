#include "modbus/tcp_codec.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <fmt/format.h>

namespace fieldway::modbus {

std::span<std::uint8_t> TcpDecoder::space() {
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    // What is left is less than one frame, once next() has been called until it gave nothing.
    assert(end_ < buffer_.size());
    return std::span(buffer_).subspan(end_);
}

void TcpDecoder::commit(std::size_t count) {
    assert(count <= buffer_.size() - end_);
    end_ += count;
}

Result<std::optional<TcpFrame>> TcpDecoder::next() {
    const ByteView bytes(buffer_.data() + begin_, end_ - begin_);
    BigEndianReader reader(bytes);
    TcpFrame frame;
    frame.transaction = reader.number<std::uint16_t>();
    const auto protocol = reader.number<std::uint16_t>();
    // Judged as soon as it is there: a peer that is no Modbus server may send nothing more.
    if (reader.ok() && protocol != 0) {
        return Error::retry(fmt::format(
            "protocol identifier {} in the answer, Modbus TCP has 0: is this a Modbus TCP port?",
            protocol));
    }
    const auto length = reader.number<std::uint16_t>();
    if (reader.ok() && (length < 2 || length > longest_pdu + 1)) {
        return Error::retry(fmt::format(
            "length {} in the answer, Modbus TCP has 2 to {}: is this a Modbus TCP port?", length,
            longest_pdu + 1));
    }
    frame.unit = reader.number<std::uint8_t>();
    if (!reader.ok()) return std::optional<TcpFrame>();
    frame.pdu = reader.raw(length - std::size_t{1});
    if (!reader.ok()) return std::optional<TcpFrame>();
    begin_ += mbap_size + frame.pdu.size();
    return std::optional(frame);
}

void encode_request(Bytes& out, std::uint16_t transaction, const Request& request) {
    out.clear();
    BigEndianWriter writer(out);
    writer.number(transaction);
    writer.number(std::uint16_t{0});  // protocol
    writer.number(std::uint16_t{0});  // length, when it is known
    writer.number(request.unit);
    append_pdu(out, request);
    const auto length = static_cast<std::uint16_t>(out.size() - mbap_size + 1);
    out[4] = static_cast<std::uint8_t>(length >> 8U);
    out[5] = static_cast<std::uint8_t>(length & 0xFFU);
}

std::uint16_t TransactionNumbers::next() {
    const auto end = abandoned_.begin() + static_cast<std::ptrdiff_t>(count_);
    do {
        ++last_;
    } while (std::find(abandoned_.begin(), end, last_) != end);
    return last_;
}

void TransactionNumbers::abandon(std::uint16_t number) {
    if (count_ == most_abandoned) late(abandoned_[0]);
    abandoned_[count_++] = number;
}

bool TransactionNumbers::late(std::uint16_t number) {
    const auto end = abandoned_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto found = std::find(abandoned_.begin(), end, number);
    if (found == end) return false;
    std::move(found + 1, end, found);
    --count_;
    return true;
}

}  // namespace fieldway::modbus
