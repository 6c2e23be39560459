// The typed configuration: what one YAML file says, checked, with defaults filled in. Plain values
// that compare: reload applies the difference per input, device and uplink. Each part stands next
// to its option table.
#pragma once

#include <vector>

#include "config/device_options.h"
#include "config/gateway_options.h"
#include "config/input_options.h"
#include "config/message_options.h"
#include "config/point_options.h"
#include "config/queue_options.h"
#include "config/uplink_options.h"

namespace fieldway::config {

struct GatewayConfig {
    GatewayOptions gateway;
    LogOptions log;
    QueueOptions queue;
    std::vector<UplinkOptions> uplinks;
    std::vector<InputOptions> inputs;
    std::vector<DeviceOptions> devices;

    friend bool operator==(const GatewayConfig&, const GatewayConfig&) = default;
};

}  // namespace fieldway::config
