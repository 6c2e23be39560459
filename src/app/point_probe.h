// A point of the configuration as something that its bus can be asked. Pure.
#pragma once

#include <string>

#include "base/error.h"
#include "config/gateway_config.h"
#include "plugin_api/probe.h"

namespace fieldway::app {

struct PointProbe {
    std::string plugin;
    ProbeRequest request;  ///< of verb read; its options are the caller's
};

/// An error names the nearest device or point.
Result<PointProbe> probe_of_point(const config::GatewayConfig& config, const std::string& device,
                                  const std::string& point);

}  // namespace fieldway::app
