// The options of a point about registers that are read along with it: scale_factor and expect.
// Pure.
#pragma once

#include <boost/json.hpp>

#include "base/error.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// Fills them in, of a point whose other options are known. An error has the option's name as its
/// place.
Result<> read_companions(const boost::json::object& options, PointOptions& point);

}  // namespace fieldway::modbus
