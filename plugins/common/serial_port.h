// A serial port as bytes: opened, set, locked and watched. The only file that includes termios and
// the ioctls of serial lines.
#pragma once

#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "common/serial_settings.h"

namespace fieldway::common {

/// Libraries that wait with select() abort above this: descriptors of ports stay below it.
inline constexpr int select_limit = 1024;

/// One port, open or not. Its descriptor number is taken when the object is made, below
/// select_limit, and kept while the port is closed (it then points at /dev/null): a gateway with a
/// thousand sessions can still reopen its line, and nobody else is ever given the number of a port
/// that was unplugged.
///
/// Raw mode, no flow control, no controlling terminal, non-blocking, exclusive (flock, and TIOCEXCL
/// where it does not outlive us). Thread: one at a time.
class SerialPort {
  public:
    explicit SerialPort(SerialSettings settings);
    SerialPort(SerialPort&&) = delete;
    ~SerialPort();

    /// Opens and sets the port. An error names the remedy; `retry` is what may come right by itself
    /// (not there, busy), `stop_device` what somebody must change (permission, not a serial port, a
    /// rate that it cannot do).
    Result<> open();
    void close();
    [[nodiscard]] bool is_open() const { return open_; }

    /// The same number for life; reads as an empty /dev/null while the port is closed.
    [[nodiscard]] int descriptor() const { return slot_.get(); }
    [[nodiscard]] const SerialSettings& settings() const { return settings_; }

    /// Throws away what has arrived and was not read.
    void discard_input();

  private:
    Result<> configure(int descriptor);
    Result<> lock(int descriptor);

    SerialSettings settings_;
    UniqueFd slot_;
    bool open_ = false;
    bool marked_exclusive_ = false;
};

}  // namespace fieldway::common
