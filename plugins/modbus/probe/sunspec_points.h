// The points of the SunSpec models that we know, as a device's `points:` has them, at the addresses
// that a walk found. Pure.
//
// Each point has `expect`: it is read together with the number of its model, so that a map that
// moved (other firmware, another option fitted) gives no value instead of another one's.
#pragma once

#include <vector>

#include <boost/json.hpp>

#include "modbus/probe/sunspec_walk.h"

namespace fieldway::modbus {

/// [{"name": "power", "register": "holding:40083", "type": "int16", "scale_factor":
/// "holding:40084", "expect": "holding:40069=103", "unit": "W"}, ...]; of two models with points
/// of one name (a meter and a second one) the later one's are numbered: power_2.
boost::json::array sunspec_points(const std::vector<SunspecBlock>& blocks);

/// `inverter, three phases`; null where we know nothing of the model.
const char* sunspec_name(std::uint16_t model);

}  // namespace fieldway::modbus
