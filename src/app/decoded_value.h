// A raw value as plugins tell it in JSON: {"value": 7}, {"value": 0.1, "type": "float32"}. Pure.
#pragma once

#include <boost/json.hpp>

#include "base/value.h"

namespace fieldway::app {

/// JSON has one kind of number: `type` says where it was a float32. Without a value, NoValue.
Value decoded_value(const boost::json::object& line);

}  // namespace fieldway::app
