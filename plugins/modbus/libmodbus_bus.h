// Modbus RTU on a serial port that we opened: libmodbus sends frames and puts answers together, we
// own the port, the waiting and the matching. libmodbus_bus.cpp is the only file that includes
// modbus.h.
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

struct _modbus;  // NOLINT(bugprone-reserved-identifier): libmodbus's own name

namespace fieldway::modbus {

/// What is settled here and not in libmodbus 3.1.6, which neither waits 3.5 characters before a
/// request, nor goes on waiting after a frame that is not for it, nor can be interrupted while it
/// waits:
/// - nothing is sent before the line was silent for 3.5 characters; what came until then is read
/// first, and a whole
///   frame in it is somebody's late answer (take_late_units);
/// - the answer must match unit, function, length (match_pdu) and checksum; anything else is let go
/// by, and waiting
///   goes on within the timeout; only a damaged frame of the right unit and function ends it at
///   once;
/// - what stays of a bad frame is read away until the line is silent.
/// libmodbus reads only when there is something to read, so that it never blocks longer than a gap
/// inside a frame.
///
/// Thread: the line's, but for what the stop descriptor does.
class LibmodbusBus {
  public:
    /// While `stop_descriptor` (an eventfd) is readable, exchange() and wait() return at once.
    LibmodbusBus(const common::SerialSettings& settings, int stop_descriptor, const Clock& clock);
    ~LibmodbusBus();
    LibmodbusBus(LibmodbusBus&&) = delete;

    Result<> open();
    void close();
    [[nodiscard]] bool is_open() const { return port_.is_open(); }

    /// Sends and waits for `timeout` from the end of the request to the first byte of its answer.
    /// `lost`: the port is gone, or the wait was stopped; close() is the caller's.
    Reply exchange(const Request& request, Duration timeout);
    /// Units whose answer came when nobody waited for it any more, since the last call.
    std::vector<std::uint8_t> take_late_units();
    [[nodiscard]] int descriptor() const { return port_.descriptor(); }

  private:
    enum class Wake : std::uint8_t { readable, time_over, stopped, gone };
    Wake wait_for_bytes(MonotonicTime until) const;
    /// `time_over` is silence; `readable` is noise that did not end.
    Wake wait_for_silence(MonotonicTime until);
    std::size_t read_stray(Bytes& stray);
    /// True when these bytes start with whole frames: their units are remembered as having
    /// answered late.
    bool note_late(ByteView bytes);
    Result<> send(const Request& request);
    /// One frame was received, or what was no frame; nothing: go on waiting.
    bool take_frame(const Request& request, Reply& reply, MonotonicTime until);
    Reply ended(Reply::Kind kind, std::string reason) const;

    common::SerialPort port_;
    int stop_descriptor_;
    const Clock& clock_;
    struct Free {
        void operator()(_modbus* context) const;
    };
    std::unique_ptr<_modbus, Free> context_;
    std::array<std::uint8_t, 260> buffer_{};  ///< MODBUS_MAX_ADU_LENGTH: what libmodbus may write
    MonotonicTime last_activity_{};
    std::vector<std::uint8_t> late_units_;
};

}  // namespace fieldway::modbus
