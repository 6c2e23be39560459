// The same registers in every type and order that makes sense: for finding out what a manual does
// not say. Pure.
#pragma once

#include <boost/json.hpp>

#include "base/bytes.h"

namespace fieldway::modbus {

/// One reading of registers that stand at one address.
/// {"type": "float32", "word_order": "little", "byte_order": "big", "registers": 2, "value": 21.5},
/// the narrow types first, orders left out where the type has only one. Left out are readings that
/// are no value (BCD digits above 9, NaN), numbers that no instrument gives (a float of 1e-30), and
/// a second order that gives the same value.
boost::json::array decodings_of(ByteView registers);

}  // namespace fieldway::modbus
