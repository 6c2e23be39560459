// How much of a line an input will need, before anything is asked: what `check` shows, and its
// warnings. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "modbus/modbus_options.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus {

struct DeviceLoad {
    std::size_t requests = 0;
    double requests_per_second = 0;
    Duration cycle{};  ///< of the line, for one of each request
    double share = 0;  ///< of the line's time; above 1 it has not so much
    double own = 0;    ///< of the time in which the unit may be asked: its pauses count too
};

/// By the line's cost model with the turn-around that is assumed until it is measured.
struct LineLoad {
    DeviceLoad all;                   ///< own is the largest of the devices
    std::vector<DeviceLoad> devices;  ///< as in the options
};
LineLoad predict(const InputOptions& options);

/// As `plan` answers. `bus` and `load` let the gateway add up the inputs of one line.
boost::json::object to_json(const InputOptions& options, const LineLoad& load);

/// Warnings where the intervals cannot be kept.
std::vector<Problem> problems_of(const InputOptions& options, const LineLoad& load);

}  // namespace fieldway::modbus
