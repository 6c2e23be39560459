// A line that one caller asks and waits for: a serial port or a socket, with the exchange of its
// transport. For probes; inputs have lines of their own.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "modbus/bus.h"
#include "modbus/exchange.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// Thread: the caller's.
class AskingLine {
  public:
    virtual ~AskingLine() = default;
    /// Opens the port, or connects; also again, after `lost`.
    virtual Result<> open() = 0;
    [[nodiscard]] virtual bool is_open() const = 0;
    /// The reply, once it is known or its time is over. `lost`: the line is closed.
    virtual Reply ask(const Request& request, Duration timeout) = 0;
    virtual std::vector<LateAnswer> take_late() = 0;
};

/// By the endpoint of the options. The clock outlives the line.
std::unique_ptr<AskingLine> make_asking_line(const LineOptions& options, const Clock& clock);

}  // namespace fieldway::modbus
