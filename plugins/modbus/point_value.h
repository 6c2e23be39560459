// A point's value out of the answer to a request that covers it. Pure.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/value.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// `data` as in Reply; the point lies within the request. Errors as decode() has them.
Result<Value> value_of(const PointOptions& point, const Request& request, ByteView data);

/// The value in the registers (or the packed bits) of the point alone.
Result<Value> value_in(const PointOptions& point, ByteView registers);

/// The first register as a number, its bytes in the point's order.
std::uint16_t register_of(const PointOptions& point, ByteView registers);

/// The request that reads this point alone.
Request request_for(const PointOptions& point, std::uint8_t unit);

}  // namespace fieldway::modbus
