// What a device profile's example registers mean: the way from registers to raw values, without a
// line. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace fieldway::modbus {

/// The kind of the plugin border's `decode` (abi.h) that device profiles are tested with.
inline constexpr const char* example_kind = "modbus-example";

/// `words`: the kind; an input's settings as JSON (input_config.h) with the points that are asked
/// for; the example as JSON:
///     { "registers": { "input:0x0000": "4366 3333", "coil:3": "1 0" } }
/// registers as four hexadecimal digits each, as they stand on the wire; bits as 0 or 1; both
/// from the address upwards.
///
/// An object a line: {"point": "count", "value": 7}, of a float32 with "type": "float32" (its
/// digits are not those of the double that JSON has), a point that has no value in the example
/// {"point": "voltage", "error": "..."}, and what is wrong with the example itself
/// {"pointer": "/registers/input:0x0000", "error": "..."}, a JSON pointer into the example.
Result<std::string> decode_example(const std::vector<std::string>& words);

}  // namespace fieldway::modbus
