#include "modbus/companion_registers.h"

#include <charconv>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "modbus/option_parts.h"
#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

Error about(std::string_view option, std::string sentence) {
    return Error::stop_device(std::move(sentence)).within(option);
}

/// A register beside the point: of its area, whole.
Result<std::uint16_t> read_companion(std::string_view option, std::string_view text, Area area) {
    const Result<RegisterAddress> place = parse_register(text);
    if (!place) return about(option, place.error().sentence());
    if (place->area != area || place->bits) {
        return about(option, fmt::format("{} {} is no whole register of area {}, in which the "
                                         "point is: one request reads both",
                                         option, text, name_of(area)));
    }
    return place->address;
}

Result<Expectation> read_expectation(std::string_view text, Area area) {
    const std::size_t equals = text.find('=');
    const Result<std::uint16_t> address = read_companion("expect", text.substr(0, equals), area);
    if (!address) return address.error();
    Expectation expectation;
    expectation.address = *address;
    for (std::size_t at = equals; at != std::string_view::npos; at = text.find(',', at + 1)) {
        const std::string_view rest = text.substr(at + 1);
        const std::string_view digits = rest.substr(0, rest.find(','));
        std::uint16_t value = 0;
        const char* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, value);
        if (digits.empty() || read.ec != std::errc() || read.ptr != end) {
            return about("expect", fmt::format("expect has \"{}\" where a number from 0 to 65535 "
                                               "belongs",
                                               digits));
        }
        expectation.values.push_back(value);
    }
    if (expectation.values.empty()) {
        return about("expect", "expect has no value behind its register: holding:40069=103");
    }
    return expectation;
}

bool is_integer(RegisterType type) {
    switch (type) {
        case RegisterType::int16:
        case RegisterType::uint16:
        case RegisterType::int32:
        case RegisterType::uint32:
        case RegisterType::int64:
        case RegisterType::uint64:
            return true;
        default:
            return false;
    }
}

}  // namespace

Result<> read_companions(const boost::json::object& options, PointOptions& point) {
    const auto factor = optional_of<std::string>(options, "scale_factor");
    const auto expect = optional_of<std::string>(options, "expect");
    if (!factor && !expect) return {};
    const char* first = factor ? "scale_factor" : "expect";
    if (is_bit_area(point.area)) {
        return about(first, fmt::format("{} is not possible for a {}: it is about registers", first,
                                        name_of(point.area)));
    }
    if (point.writable) {
        return about(first, fmt::format("a point with {} cannot be writable", first));
    }
    if (factor) {
        if (!is_integer(point.layout.type) || point.bits) {
            return about("scale_factor", "scale_factor is for whole numbers (int16 to uint64)");
        }
        const Result<std::uint16_t> address = read_companion("scale_factor", *factor, point.area);
        if (!address) return address.error();
        point.scale_factor = *address;
    }
    if (expect) {
        Result<Expectation> expectation = read_expectation(*expect, point.area);
        if (!expectation) return expectation.error();
        point.expect = std::move(*expectation);
    }
    const int span = span_of(point).count;
    if (span > most_registers_read) {
        return about(first, fmt::format("the point and its {} lie {} registers apart; one request "
                                        "reads {}",
                                        first, span, most_registers_read));
    }
    return {};
}

}  // namespace fieldway::modbus
