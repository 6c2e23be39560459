// Modbus RTU or ASCII on a serial port that we opened: the port and the waiting around an exchange.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "common/serial_port.h"
#include "modbus/bus.h"
#include "modbus/exchange.h"
#include "modbus/libmodbus_sender.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

common::SerialSettings serial_settings_of(const LineOptions& options);

/// Thread: the line's, but for what the stop descriptor does.
class SerialBus {
  public:
    /// While `stop_descriptor` (an eventfd) is readable, ask() returns at once.
    SerialBus(const LineOptions& options, int stop_descriptor, const Clock& clock,
              LineFigures& figures);
    ~SerialBus();
    SerialBus(SerialBus&&) = delete;

    Result<> open();
    void close();
    [[nodiscard]] bool is_open() const { return port_.is_open(); }

    /// Sends once the line is silent, and waits for `timeout` from the end of the request to the
    /// begin of its answer; no longer in all than that and the answer's time on the wire. `lost`:
    /// the port is gone, or the wait was stopped; close() is the caller's.
    Reply ask(const Request& request, Duration timeout);
    /// Answers that came when nobody waited for them any more, since the last call.
    std::vector<LateAnswer> take_late() { return exchange_->take_late(); }
    [[nodiscard]] int descriptor() const { return port_.descriptor(); }

  private:
    enum class Wake : std::uint8_t { readable, time_over, stopped, gone };
    [[nodiscard]] Wake wait_for_bytes(MonotonicTime until) const;
    Result<> send(ByteView frame);
    /// False: the port is gone.
    bool read();
    Reply lost(std::string reason);

    common::SerialPort port_;
    int stop_descriptor_;
    const Clock& clock_;
    Framing framing_;
    std::unique_ptr<Exchange> exchange_;
    LibmodbusSender sender_;
    std::array<std::uint8_t, FrameScanner::most_added> buffer_{};
};

}  // namespace fieldway::modbus
