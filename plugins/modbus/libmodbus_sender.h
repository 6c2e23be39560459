// Sends RTU frames through libmodbus, on a descriptor that we opened. libmodbus_sender.cpp is the
// only file that includes modbus.h.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "base/error.h"

struct _modbus;  // NOLINT(bugprone-reserved-identifier): libmodbus's own name

namespace fieldway::modbus {

/// libmodbus 3.1.6 puts the checksum to what is sent. It does not receive here: its wait has a
/// limit for each byte and none for a frame (a slave that trickles held it for 12 s), cannot be
/// interrupted, drops a frame of another unit together with what follows it, and is one answer
/// behind for ever after a late one. So bytes are read by serial_bus and judged by the exchange.
/// Thread: the line's.
class LibmodbusSender {
  public:
    LibmodbusSender();
    ~LibmodbusSender();
    LibmodbusSender(LibmodbusSender&&) = delete;

    /// `frame` ends with its checksum, which libmodbus makes itself.
    Result<> send(int descriptor, ByteView frame);

  private:
    struct Free {
        void operator()(_modbus* context) const;
    };
    std::unique_ptr<_modbus, Free> context_;
};

}  // namespace fieldway::modbus
