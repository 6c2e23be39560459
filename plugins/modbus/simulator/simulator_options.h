// One entry of the `simulate:` file for this plugin: its table and the structs that it fills.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/error.h"
#include "common/serial_settings.h"
#include "modbus/modbus_options.h"
#include "modbus/simulator/responder.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::modbus::simulator {

inline constexpr std::uint32_t most_listeners = 1000;

struct SimulationOptions {
    Endpoint endpoint;
    common::LineFormat format;         ///< of RTU and ASCII: what the pace comes from
    bool paced = true;                 ///< RTU, ASCII: bytes take as long as on a wire
    bool echo = false;                 ///< RTU, ASCII: what is sent comes back
    std::uint32_t connections = 1000;  ///< TCP: at once
    Duration turn_around{};   ///< from the end of a request to the start of its answer, on a
                              ///< line beyond 3.5 characters
    std::uint32_t count = 1;  ///< so many ports or lines, each with its own units
    std::uint64_t seed = 1;
    std::vector<FaultyUnitOptions> units;
    FaultOptions faults;
};

OptionTable simulate_table();

/// Of a checked entry or of one as it was written: durations may be text with a unit. What is wrong
/// is added to `problems`, with its place in the entry.
SimulationOptions read_simulation(const boost::json::object& entry, std::vector<Problem>& problems);
std::vector<Problem> check_simulation(const boost::json::object& entry);

}  // namespace fieldway::modbus::simulator
