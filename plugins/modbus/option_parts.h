// The steps from checked JSON to the structs of modbus_options.h, shared by reading and checking.
// Internal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "modbus/modbus_options.h"
#include "plugin_api/input_config.h"

namespace fieldway::modbus {

struct RegisterAddress {
    Area area = Area::holding;
    std::uint16_t address = 0;
    std::optional<RegisterBits> bits;
};
/// holding:40, input:0x28, holding:51.3, holding:51.3-5.
Result<RegisterAddress> parse_register(std::string_view text);

/// An error with the name of the option that it is about as its place ("" for several).
Result<LineOptions> read_line(const boost::json::object& options);
Result<PointOptions> read_point(const InputPoint& point);
/// Of a point of a device that nobody answers for (unit 0 of a serial line); an error says what is
/// not possible there.
Result<> check_broadcast(const PointOptions& point);
/// Whether the device can do what its point asks; an error says what it lacks.
Result<> check_bits(const PointOptions& point, BitWrites how);
BitWrites read_bit_writes(const boost::json::object& options);

}  // namespace fieldway::modbus
