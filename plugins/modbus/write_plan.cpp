#include "modbus/write_plan.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include <fmt/format.h>

#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

Error refused(const PointOptions& point, std::string_view sentence) {
    return Error::drop_item(fmt::format("{}: {}", point.name, sentence));
}

std::uint16_t in_order(const PointOptions& point, std::uint16_t word) {
    const bool swapped = point.layout.byte_order == PartOrder::little;
    return swapped ? static_cast<std::uint16_t>((word << 8U) | (word >> 8U)) : word;
}

Request request_of(const DeviceOptions& device, const PointOptions& point, Function function) {
    Request request;
    request.unit = device.unit;
    request.function = function;
    request.address = point.address;
    return request;
}

Result<PlannedWrite> plan_coil(const DeviceOptions& device, const PointOptions& point,
                               const Value& value) {
    const Result<Bytes> raw = encode(point.layout, value);
    if (!raw) return refused(point, raw.error().sentence());
    PlannedWrite write;
    const bool several = point.write_by == WriteBy::multiple;
    write.request =
        request_of(device, point, several ? Function::write_coils : Function::write_single_coil);
    write.request.value = raw->back();
    if (several) write.request.data = {raw->back()};
    if (several) write.request.value = 0;
    return write;
}

Result<PlannedWrite> plan_bits(const DeviceOptions& device, const PointOptions& point,
                               const Value& value) {
    const Result<std::uint16_t> raw = encode_bits(*point.bits, value);
    if (!raw) return refused(point, raw.error().sentence());
    PlannedWrite write;
    write.changes = in_order(point, point.bits->mask());
    const std::uint16_t set = in_order(point, *raw);
    if (device.bit_writes == BitWrites::mask) {
        write.request = request_of(device, point, Function::mask_write_register);
        write.request.value = static_cast<std::uint16_t>(~write.changes);
        write.request.or_mask = set;
        return write;
    }
    if (device.bit_writes == BitWrites::refused) {
        return refused(point, "write_bits of the device does not allow to write bits");
    }
    write.request = request_of(device, point, Function::write_single_register);
    write.request.value = set;
    write.reads_before = true;
    return write;
}

Result<PlannedWrite> plan_registers(const DeviceOptions& device, const PointOptions& point,
                                    const Value& value) {
    Result<Bytes> raw = encode(point.layout, value);
    if (!raw) return refused(point, raw.error().sentence());
    PlannedWrite write;
    const std::uint16_t count = registers_of(point.layout);
    const bool single =
        point.write_by == WriteBy::single || (point.write_by == WriteBy::automatic && count == 1);
    if (single) {
        write.request = request_of(device, point, Function::write_single_register);
        write.request.value = BigEndianReader(*raw).number<std::uint16_t>();
        return write;
    }
    const bool exchange = point.write_by == WriteBy::exchange;
    write.request = request_of(
        device, point, exchange ? Function::read_write_registers : Function::write_registers);
    write.request.count = count;
    if (exchange) write.request.write_address = point.address;
    write.request.data = std::move(*raw);
    return write;
}

Result<PlannedWrite> plan_write(const DeviceOptions& device, const PointOptions& point,
                                const Value& value) {
    if (!point.writable) return refused(point, "not writable: the point lacks writable: true");
    if (point.area == Area::coil) return plan_coil(device, point, value);
    if (point.area != Area::holding) {
        return refused(point, fmt::format("a {} cannot be written", name_of(point.area)));
    }
    return point.bits ? plan_bits(device, point, value) : plan_registers(device, point, value);
}

/// Takes `next` in when it is the coil behind the last one of `write`.
bool joined(PlannedWrite& write, const PlannedWrite& next) {
    Request& request = write.request;
    if (request.function != Function::write_coils ||
        next.request.function != Function::write_coils || write.verify != next.verify ||
        next.request.address != request.address + request.count ||
        request.count == most_bits_written) {
        return false;
    }
    if (request.count % 8 == 0) request.data.push_back(0);
    request.data.back() = static_cast<std::uint8_t>(
        request.data.back() | (unsigned{next.request.data.front()} << (request.count % 8)));
    ++request.count;
    write.points.push_back(next.points.front());
    return true;
}

/// Coils that may go together by rising address, in the places that they have among the others.
void sort_coils(std::vector<std::pair<PointOptions, Value>>& wanted) {
    const auto is_one = [](const auto& one) {
        return one.first.area == Area::coil && one.first.write_by == WriteBy::multiple;
    };
    std::vector<std::pair<PointOptions, Value>> coils;
    std::copy_if(wanted.begin(), wanted.end(), std::back_inserter(coils), is_one);
    std::stable_sort(coils.begin(), coils.end(), [](const auto& a, const auto& b) {
        return a.first.address < b.first.address;
    });
    auto next = coils.begin();
    for (auto& one : wanted) {
        if (is_one(one)) one = *next++;
    }
}

}  // namespace

Request PlannedWrite::read_request() const {
    Request read;
    read.unit = request.unit;
    read.function = read_function_of(points.front().area);
    read.address = request.address;
    read.count = request.count;
    return read;
}

Request PlannedWrite::merged(ByteView before) const {
    assert(reads_before);
    Request write = request;
    const auto there = BigEndianReader(before).number<std::uint16_t>();
    write.value = static_cast<std::uint16_t>((there & ~changes) | request.value);
    return write;
}

Bytes PlannedWrite::written() const {
    Bytes bytes = request.data;
    BigEndianWriter writer(bytes);
    switch (request.function) {
        case Function::write_single_coil:
            bytes.push_back(static_cast<std::uint8_t>(request.value));
            break;
        case Function::write_single_register:
            writer.number(request.value);
            break;
        case Function::mask_write_register:
            writer.number(request.or_mask);
            break;
        default:
            break;
    }
    return bytes;
}

bool PlannedWrite::confirmed_by(ByteView registers) const {
    const Bytes expected = written();
    if (registers.size() != expected.size()) return false;
    if (changes != 0) {
        const auto there = BigEndianReader(registers).number<std::uint16_t>();
        return (there & changes) == BigEndianReader(expected).number<std::uint16_t>();
    }
    if (points.front().area != Area::coil) {
        return std::equal(expected.begin(), expected.end(), registers.begin());
    }
    for (std::size_t i = 0; i < request.count; ++i) {
        if ((((expected[i / 8] ^ registers[i / 8]) >> (i % 8)) & 1) != 0) return false;
    }
    return true;
}

Result<std::vector<PlannedWrite>> plan_writes(const DeviceOptions& device,
                                              std::vector<std::pair<PointOptions, Value>> wanted) {
    std::vector<PlannedWrite> writes;
    sort_coils(wanted);
    for (const auto& [point, value] : wanted) {
        Result<PlannedWrite> write = plan_write(device, point, value);
        if (!write) return write.error();
        write->points = {point};
        write->verify = point.verify;
        const bool taken = std::any_of(writes.begin(), writes.end(), [&](PlannedWrite& before) {
            return joined(before, *write);
        });
        if (!taken) writes.push_back(std::move(*write));
    }
    return writes;
}

}  // namespace fieldway::modbus
