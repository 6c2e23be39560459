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
    return value_in(point, data.subspan(offset * 2, std::size_t{registers_of(point.layout)} * 2));
}

Result<Value> value_in(const PointOptions& point, ByteView registers) {
    if (is_bit_area(point.area)) return Value((registers[0] & 1U) != 0);
    if (!point.bits) return decode(point.layout, registers);
    const unsigned bits = register_of(point, registers) & point.bits->mask();
    if (point.layout.type == RegisterType::boolean) return Value(bits != 0);
    return Value(std::uint64_t{bits >> point.bits->first});
}

std::uint16_t register_of(const PointOptions& point, ByteView registers) {
    BigEndianReader reader(registers);
    const auto word = reader.number<std::uint16_t>();
    const bool swapped = point.layout.byte_order == PartOrder::little;
    return swapped ? static_cast<std::uint16_t>((word << 8U) | (word >> 8U)) : word;
}

Request request_for(const PointOptions& point, std::uint8_t unit) {
    return {unit, read_function_of(point.area), point.address, registers_of(point.layout)};
}

}  // namespace fieldway::modbus
