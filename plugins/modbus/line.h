// One serial line or TCP connection with the inputs that share it.
#pragma once

#include "base/clock.h"
#include "modbus/modbus_options.h"
#include "modbus/poller.h"
#include "plugin_api/sdk.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// Thread: the plugin's control thread calls; the line works on a thread or loop of its own.
class Line {
  public:
    virtual ~Line() = default;
    [[nodiscard]] virtual const LineOptions& options() const = 0;
    virtual void join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) = 0;
    virtual void update(InputKey key, std::vector<DeviceOptions> devices) = 0;
    virtual void submit(InputKey key, wire::Command command) = 0;
    /// False: the deadline passed first. After true nothing is told to the input's host any more.
    virtual bool leave(InputKey key, MonotonicTime deadline) = 0;
};

}  // namespace fieldway::modbus
