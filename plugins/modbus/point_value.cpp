#include "modbus/point_value.h"

#include <cassert>
#include <cstddef>

#include "modbus/register_codec.h"

namespace fieldway::modbus {

Result<Value> value_of(const PointOptions& point, const Request& request, ByteView data) {
    assert(point.address >= request.address && read_function_of(point.area) == request.function);
    const std::size_t offset = point.address - std::size_t{request.address};
    if (is_bit_area(point.area)) {
        return Value(((unsigned{data[offset / 8]} >> (offset % 8)) & 1U) != 0);
    }
    return decode(point.layout,
                  data.subspan(offset * 2, std::size_t{registers_of(point.layout)} * 2));
}

Request request_for(const PointOptions& point, std::uint8_t unit) {
    return {unit, read_function_of(point.area), point.address, registers_of(point.layout), 0};
}

}  // namespace fieldway::modbus
