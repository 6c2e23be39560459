// A point's value out of the answer to a request that covers it. Pure.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/value.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// What is read for a point: its own registers, and those of scale_factor and expect where it has
/// them. One answer holds them all, or the value could be of one moment and its scale of another.
struct PointSpan {
    std::uint16_t address = 0;
    std::uint16_t count = 0;

    friend bool operator==(const PointSpan&, const PointSpan&) = default;
};
PointSpan span_of(const PointOptions& point);
/// Whether the value depends on this register of the span, or it only lies in between.
bool is_of_value(const PointOptions& point, std::uint16_t address);

/// `data` as in Reply; the point's span lies within the request. Errors as decode() has them, and
/// where the device says by `expect` that these registers are something else.
Result<Value> value_of(const PointOptions& point, const Request& request, ByteView data);

/// The value in the registers (or the packed bits) of the point's span alone.
Result<Value> value_in(const PointOptions& point, ByteView registers);

/// The first register as a number, its bytes in the point's order.
std::uint16_t register_of(const PointOptions& point, ByteView registers);

/// The request that reads this point alone.
Request request_for(const PointOptions& point, std::uint8_t unit);

}  // namespace fieldway::modbus
