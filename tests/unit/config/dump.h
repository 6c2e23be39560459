// A typed configuration as text, for expectations in files.
#pragma once

#include <string>

#include "config/gateway_config.h"

namespace fieldway::config::testing {

/// JSON, one value a line. Paths below `folder` are shown relative to it.
std::string dump(const GatewayConfig& config, const std::string& folder);

}  // namespace fieldway::config::testing
