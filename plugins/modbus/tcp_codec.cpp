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
    writer.number(
        std::uint16_t{6});  // unit and the five bytes of a PDU that reads or writes one register
    writer.number(request.unit);
    writer.number(static_cast<std::uint8_t>(request.function));
    writer.number(request.address);
    writer.number(is_write(request.function) ? request.value : request.count);
}

namespace {

Reply bad_answer(std::string reason) {
    Reply reply;
    reply.kind = Reply::Kind::bad_answer;
    reply.reason = std::move(reason);
    return reply;
}

}  // namespace

Reply match_pdu(const Request& request, ByteView pdu) {
    const auto function = static_cast<std::uint8_t>(request.function);
    if (pdu.empty()) return bad_answer("an answer without a function code");
    Reply reply;
    if (pdu[0] == (function | 0x80U)) {
        if (pdu.size() != 2) {
            return bad_answer(
                fmt::format("an exception of {} bytes, the standard has 2", pdu.size()));
        }
        reply.kind = Reply::Kind::exception;
        reply.exception = pdu[1];
        return reply;
    }
    if (pdu[0] != function) {
        return bad_answer(
            fmt::format("function code {} in the answer to function code {}", pdu[0], function));
    }
    reply.kind = Reply::Kind::answer;
    if (is_write(request.function)) {
        BigEndianReader reader(pdu.subspan(1));
        const auto address = reader.number<std::uint16_t>();
        reply.data = reader.raw(2);
        if (!reader.ok() || reader.left() != 0) {
            return bad_answer(
                fmt::format("an answer of {} bytes to a write, the standard has 5", pdu.size()));
        }
        if (address != request.address) {
            return bad_answer(fmt::format("address {} in the answer to a write of address {}",
                                          address, request.address));
        }
        return reply;
    }
    const std::size_t expected = data_bytes_of(request);
    if (pdu.size() != expected + 2 || pdu[1] != expected) {
        return bad_answer(
            fmt::format("{} data bytes (byte count {}) in the answer, {} are asked for",
                        pdu.size() - std::min<std::size_t>(pdu.size(), 2),
                        pdu.size() > 1 ? int{pdu[1]} : 0, expected));
    }
    reply.data = pdu.subspan(2);
    return reply;
}

Reply match_frame(const Request& request, const TcpFrame& frame) {
    if (frame.unit != request.unit) {
        return bad_answer(
            fmt::format("unit {} in the answer of unit {}", frame.unit, request.unit));
    }
    return match_pdu(request, frame.pdu);
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
