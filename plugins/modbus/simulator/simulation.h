// `fieldway simulate` of the modbus plugin: one entry of the file, running.
#pragma once

#include <memory>

#include <boost/json.hpp>

#include "base/error.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus::simulator {

/// Listens, and answers on a thread of its own until it is destroyed. The address has `url`, and
/// `urls` when there are several; of RTU also `device`, the pseudo-terminal behind the link.
Result<std::unique_ptr<sdk::Simulation>> simulate(const boost::json::object& entry);

}  // namespace fieldway::modbus::simulator
