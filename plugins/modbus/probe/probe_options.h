// What can be said on the command line about a bus that no input holds: the option tables of
// `fieldway scan|read|write URL`, and the structs that they fill. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/error.h"
#include "base/value.h"
#include "modbus/modbus_options.h"
#include "plugin_api/probe.h"

namespace fieldway::modbus {

ProbeTables probe_tables();
/// Of a point's options those that have a default.
boost::json::object point_presets();

/// One shot at one unit: the points are named as they are written, `holding:40`.
struct ProbeAccess {
    LineOptions line;
    DeviceOptions device;
    std::vector<Value> values;  ///< of a write, one for each point
    bool decodings = false;
    std::uint16_t count = 1;  ///< registers whose decodings are shown
};
/// Of read and write. The words are [UNIT] REGISTER... or [UNIT] REGISTER=VALUE..., or a point of
/// the configuration is in their place; an error (stop_device) says which word cannot be.
Result<ProbeAccess> read_access(const ProbeRequest& request);

struct ScanOptions {
    std::vector<LineOptions> lines;   ///< to try, the likely ones first
    std::vector<std::uint8_t> units;  ///< in the order in which they are asked
    Duration wait{};                  ///< of each number
    bool thorough = false;            ///< also other functions than 3
    bool identify = true;             ///< finds out what each unit is
    bool all = false;                 ///< goes on with other settings after one that has units
};
Result<ScanOptions> read_scan(const ProbeRequest& request);

/// `1-10,100` as numbers in that order, no number twice; an error says what it may be.
Result<std::vector<int>> parse_numbers(std::string_view text, int least, int most);

}  // namespace fieldway::modbus
