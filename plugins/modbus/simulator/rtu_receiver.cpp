#include "modbus/simulator/rtu_receiver.h"

#include <utility>

#include "common/serial_timing.h"
#include "modbus/rtu_frame.h"

namespace fieldway::modbus::simulator {

void RtuReceiver::add(ByteView bytes) {
    // More than a frame without a silence is noise: the newest bytes may still start a request.
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    if (bytes_.size() > 2 * longest_rtu_frame) {
        bytes_.erase(bytes_.begin(), bytes_.end() - static_cast<std::ptrdiff_t>(longest_rtu_frame));
    }
}

std::optional<Bytes> RtuReceiver::take() {
    const auto length = rtu_request_length(bytes_);
    if (!length || bytes_.size() < *length) return std::nullopt;
    Bytes frame(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(*length));
    if (!rtu_content(frame)) return std::nullopt;  // a silence will clear it
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(*length));
    return frame;
}

std::optional<Bytes> RtuReceiver::take_at_silence() {
    Bytes frame = std::exchange(bytes_, {});
    if (!rtu_content(frame)) return std::nullopt;
    return frame;
}

std::size_t bytes_due(const common::LineFormat& format, Duration elapsed) {
    if (elapsed < Duration::zero()) return 0;
    return static_cast<std::size_t>(elapsed / common::character_time(format));
}

}  // namespace fieldway::modbus::simulator
