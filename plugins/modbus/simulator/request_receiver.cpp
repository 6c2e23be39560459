#include "modbus/simulator/request_receiver.h"

#include <utility>

#include "common/serial_timing.h"
#include "modbus/rtu_frame.h"

namespace fieldway::modbus::simulator {
namespace {

std::optional<ReceivedRequest> request_in(ByteView frame) {
    const auto content = rtu_content(frame);
    if (!content) return std::nullopt;
    return ReceivedRequest{content->unit, {content->pdu.begin(), content->pdu.end()}, frame.size()};
}

}  // namespace

void RtuReceiver::add(ByteView bytes) {
    // More than a frame without a silence is noise: the newest bytes may still start a request.
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() > 2 * longest_rtu_frame) {
        bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(longest_rtu_frame));
    }
}

std::optional<ReceivedRequest> RtuReceiver::take() {
    const auto length = rtu_request_length(bytes_);
    if (!length || bytes_.size() < *length) return std::nullopt;
    auto request = request_in(ByteView(bytes_).first(*length));
    if (!request) return std::nullopt;  // a silence will clear it
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(*length));
    return request;
}

std::optional<ReceivedRequest> RtuReceiver::take_at_silence() {
    return request_in(std::exchange(bytes_, {}));
}

std::optional<ReceivedRequest> AsciiReceiver::take() {
    while (auto frame = scanner_.next()) {
        if (frame->damaged) continue;
        const std::size_t size = make_frame(Framing::ascii, frame->unit, frame->pdu).size();
        return ReceivedRequest{frame->unit, std::move(frame->pdu), size};
    }
    return std::nullopt;
}

std::unique_ptr<RequestReceiver> make_receiver(Framing framing) {
    if (framing == Framing::ascii) return std::make_unique<AsciiReceiver>();
    return std::make_unique<RtuReceiver>();
}

std::size_t bytes_due(const common::LineFormat& format, Duration elapsed) {
    if (elapsed < Duration::zero()) return 0;
    return static_cast<std::size_t>(elapsed / common::character_time(format));
}

}  // namespace fieldway::modbus::simulator
