// The steps from checked JSON to the structs of modbus_options.h, shared by reading and checking.
// Internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "modbus/modbus_options.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus {

struct RegisterAddress {
    Area area = Area::holding;
    std::uint16_t address = 0;
};
/// holding:40, input:0x28.
Result<RegisterAddress> parse_register(std::string_view text);

/// An error with the name of the option that it is about as its place ("" for several).
Result<LineOptions> read_line(const boost::json::object& options);
Result<PointOptions> read_point(const InputPoint& point);

}  // namespace fieldway::modbus
