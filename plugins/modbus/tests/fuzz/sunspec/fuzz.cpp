// The bytes are the registers of a device from one of the bases on; all others are refused. However
// mad its map is, the walk ends, its models lie one behind another within the registers, and each
// point that is made of it is one that an input takes, within its model.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <boost/json.hpp>

#include "modbus/option_parts.h"
#include "modbus/pdu.h"
#include "modbus/point_value.h"
#include "modbus/probe/probe_options.h"
#include "modbus/probe/sunspec_points.h"
#include "modbus/probe/sunspec_walk.h"

namespace {

using namespace fieldway;
using namespace fieldway::modbus;

/// Bases, headers, and two reads more for each model.
constexpr std::size_t most_reads = SunspecWalk::bases.size() + 4 * SunspecWalk::most_blocks;

void demand(bool claim) {
    if (!claim) std::abort();
}

void check_blocks(const SunspecWalk& walk) {
    std::uint32_t behind = walk.base() ? *walk.base() + 2U : 0;
    for (const SunspecBlock& block : walk.blocks()) {
        demand(block.address == behind && block.model != 0 && block.length != 0);
        behind += 2U + block.length;
        demand(behind <= 0x10000);
    }
}

void check_points(const SunspecWalk& walk) {
    for (const boost::json::value& made : sunspec_points(walk.blocks())) {
        InputPoint point;
        point.options = point_presets();
        for (const auto& option : made.as_object())
            point.options[option.key()] = option.value();
        point.name = made.at("name").as_string();
        const Result<PointOptions> options = read_point(point);
        demand(options.has_value() && options->expect.has_value());
        const PointSpan span = span_of(*options);
        // Its model's number is the first register that is read.
        demand(span.address == options->expect->address);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::uint32_t base = SunspecWalk::bases.at(data[0] % SunspecWalk::bases.size());
    const ByteView registers = ByteView(data + 1, size - 1);
    SunspecWalk walk(1);
    std::size_t reads = 0;
    while (const auto request = walk.next()) {
        demand(++reads <= most_reads && request->count <= most_registers_read);
        Reply reply;
        reply.kind = Reply::Kind::exception;
        reply.exception = 2;
        const std::size_t begin = (request->address - std::size_t{base}) * 2;
        const std::size_t bytes = std::size_t{request->count} * 2;
        if (request->address >= base && begin + bytes <= registers.size()) {
            reply.kind = Reply::Kind::answer;
            reply.data = registers.subspan(begin, bytes);
        }
        walk.take(reply);
    }
    check_blocks(walk);
    check_points(walk);
    return 0;
}
