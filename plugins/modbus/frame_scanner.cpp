#include "modbus/frame_scanner.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "modbus/ascii_frame.h"
#include "modbus/rtu_frame.h"

namespace fieldway::modbus {
namespace {

/// The frame of this length is not there yet, and may come.
bool may_grow(const std::optional<std::size_t>& length, ByteView start) {
    if (start.size() < 2) return true;
    if (!length) return start.size() < longest_rtu_frame;
    return *length > start.size() && *length <= longest_rtu_frame;
}

}  // namespace

void RtuScanner::add(ByteView bytes) {
    assert(bytes.size() <= most_added);
    if (bytes_.empty()) ended_ = false;
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void RtuScanner::clear() {
    skip(bytes_.size());
    bytes_.clear();
    ended_ = false;
    at_start_ = true;
}

ScannedFrame RtuScanner::taken(std::size_t size) {
    const auto pdu_end = static_cast<std::ptrdiff_t>(size) - 2;
    ScannedFrame frame;
    frame.unit = bytes_.front();
    frame.pdu.assign(bytes_.begin() + 1, bytes_.begin() + pdu_end);
    return frame;
}

std::optional<ScannedFrame> RtuScanner::next() {
    while (!bytes_.empty()) {
        const ByteView start(bytes_);
        const auto reply = rtu_reply_length(start);
        const auto request = rtu_request_length(start);
        for (const auto& length : {reply, request}) {
            if (!length || *length > start.size() || !rtu_content(start.first(*length))) continue;
            ScannedFrame frame = taken(*length);
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(*length));
            at_start_ = true;
            return frame;
        }
        const bool is_known = start.size() < 2 || has_known_length(start[1]);
        if (!ended_ && (!is_known ? start.size() < longest_rtu_frame
                                  : may_grow(reply, start) || may_grow(request, start))) {
            return std::nullopt;
        }
        if (!is_known && rtu_content(start)) {  // a function of a maker: the silence ends it
            ScannedFrame frame = taken(start.size());
            bytes_.clear();
            clear();
            return frame;
        }
        std::optional<ScannedFrame> damaged;
        if (std::exchange(at_start_, false) && reply && *reply <= start.size() &&
            *reply >= shortest_rtu_frame) {
            damaged = taken(*reply);
            damaged->damaged = true;
        }
        bytes_.erase(bytes_.begin());
        skip(1);
        if (damaged) return damaged;
    }
    clear();
    return std::nullopt;
}

void AsciiScanner::add(ByteView bytes) {
    assert(bytes.size() <= most_added);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void AsciiScanner::clear() {
    skip(bytes_.size());
    bytes_.clear();
}

void AsciiScanner::drop(std::size_t bytes) {
    skip(bytes);
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(bytes));
}

std::optional<ScannedFrame> AsciiScanner::next() {
    for (;;) {
        drop(static_cast<std::size_t>(std::find(bytes_.begin(), bytes_.end(), ':') -
                                      bytes_.begin()));
        const auto end = std::find_if(bytes_.begin() + (bytes_.empty() ? 0 : 1), bytes_.end(),
                                      [](std::uint8_t c) { return c == ':' || c == '\n'; });
        if (end == bytes_.end()) {
            if (bytes_.size() >= longest_ascii_frame) clear();
            return std::nullopt;
        }
        const auto size = static_cast<std::size_t>(end - bytes_.begin());
        if (*end == ':') {
            drop(size);
            continue;
        }
        Bytes characters(bytes_.begin() + 1, end);
        if (!characters.empty() && characters.back() == '\r') characters.pop_back();
        if (auto content = ascii_content(characters)) {
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size) + 1);
            return ScannedFrame{content->unit, std::move(content->pdu), false};
        }
        drop(size + 1);
        // Whose it was can still be told from its first two bytes.
        const auto head = bytes_from_hex(as_text(characters).substr(0, 4));
        if (head && head->size() == 2) return ScannedFrame{head->front(), {head->back()}, true};
    }
}

std::unique_ptr<FrameScanner> make_scanner(Framing framing) {
    assert(framing != Framing::tcp);
    if (framing == Framing::ascii) return std::make_unique<AsciiScanner>();
    return std::make_unique<RtuScanner>();
}

Bytes make_frame(Framing framing, std::uint8_t unit, ByteView pdu) {
    return framing == Framing::ascii ? ascii_frame(unit, pdu) : rtu_frame(unit, pdu);
}

}  // namespace fieldway::modbus
