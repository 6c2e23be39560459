// Devices and readings of tests/cases/mapping, from JSON.
#pragma once

#include <boost/json.hpp>

#include "base/value.h"
#include "config/gateway_config.h"

namespace fieldway::mapping::test {

/// The keys that mapping knows of one entry of `devices:` (docs/configuration.md), as JSON. Throws
/// where it is wrong: a case is ours.
config::DeviceOptions device_of(const boost::json::object& text);

/// 215 is an int64, 21.5 a double; {"float32": 0.1}, {"uint64": "18446744073709551615"}, {"hex":
/// "0a1b"} say more.
Value raw_value_of(const boost::json::value& text);

}  // namespace fieldway::mapping::test
