#include "modbus/option_parts.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

Error about(std::string_view option, std::string sentence) {
    return Error::stop_device(std::move(sentence)).within(option);
}

PartOrder order_of(const boost::json::object& options, std::string_view name) {
    return optional_of<std::string>(options, name).value_or("big") == "little" ? PartOrder::little
                                                                               : PartOrder::big;
}

Result<Layout> read_layout(const boost::json::object& options, Area area) {
    Layout layout;
    const std::optional<std::string> name = optional_of<std::string>(options, "type");
    layout.type = is_bit_area(area) ? RegisterType::boolean : RegisterType::uint16;
    if (name) {
        const std::optional<RegisterType> type = register_type_of(*name);
        if (!type) return about("type", fmt::format("type {} is not known", *name));
        layout.type = *type;
    }
    if (is_bit_area(area) && layout.type != RegisterType::boolean) {
        return about("type", fmt::format("type {} is not possible for a {}: it is one bit, bool",
                                         name_of(layout.type), name_of(area)));
    }
    layout.word_order = order_of(options, "word_order");
    layout.byte_order = order_of(options, "byte_order");
    const std::optional<std::int64_t> length = optional_of<std::int64_t>(options, "length");
    if (layout.type == RegisterType::string) {
        if (!length) return about("type", "a string needs a length in registers: length: 8");
        layout.length = static_cast<std::uint16_t>(*length);
    } else if (length) {
        return about("length",
                     fmt::format("length is only for type string; {} has {}", name_of(layout.type),
                                 is_bit_area(area) ? "one bit" : "a length of its own"));
    }
    return layout;
}

}  // namespace

Result<RegisterAddress> parse_register(std::string_view text) {
    const auto bad = [text](std::string_view what) {
        return about("register", fmt::format("register \"{}\" {}", text, what));
    };
    const std::size_t colon = text.find(':');
    const std::string_view area = text.substr(0, colon);
    std::optional<RegisterAddress> address;
    for (const Area known : {Area::coil, Area::discrete, Area::input, Area::holding}) {
        if (area == name_of(known)) address = RegisterAddress{known, 0};
    }
    if (!address || colon == std::string_view::npos) {
        return bad("is not AREA:ADDRESS with the area coil, discrete, input or holding");
    }
    std::string_view digits = text.substr(colon + 1);
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex) digits.remove_prefix(2);
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
        if (error != std::errc::result_out_of_range) {
            return bad("has no address after its colon: decimal, or 0x and hexadecimal");
        }
        number = 0x10000;
    }
    if (number > 0xFFFF) {
        return bad(
            "has an address above 65535: the address on the wire is asked for, not a "
            "notation such as 400001");
    }
    address->address = static_cast<std::uint16_t>(number);
    return *address;
}

Result<PointOptions> read_point(const InputPoint& point) {
    PointOptions options;
    options.number = point.number;
    options.name = point.name;
    options.every = point.every;
    options.writable = point.writable;
    options.verify = point.verify;
    const Result<RegisterAddress> address =
        parse_register(option_of<std::string>(point.options, "register"));
    if (!address) return address.error();
    options.area = address->area;
    options.address = address->address;
    const Result<Layout> layout = read_layout(point.options, options.area);
    if (!layout) return layout.error();
    options.layout = *layout;
    const unsigned last = options.address + registers_of(options.layout) - 1U;
    if (last > 0xFFFF) {
        return about("register",
                     fmt::format("{} at address {} ends at {}: the last register is 65535",
                                 name_of(options.layout.type), options.address, last));
    }
    if (options.writable && (options.area == Area::input || options.area == Area::discrete)) {
        return about("register",
                     fmt::format("a point of area {} cannot be writable: the standard has no "
                                 "function for it; a holding register can be",
                                 name_of(options.area)));
    }
    if (options.writable && options.area == Area::coil) {
        return about("register",
                     "a coil cannot be written yet: only one holding register (function code 6) is "
                     "possible so far; take `writable` away");
    }
    if (options.writable) {
        const auto encoded = encode_single(options.layout, Value(std::int64_t{0}));
        if (!encoded) return about("type", encoded.error().sentence() + "; take `writable` away");
    }
    return options;
}

Result<LineOptions> read_line(const boost::json::object& options) {
    LineOptions line;
    const Result<Endpoint> endpoint = parse_endpoint(option_of<std::string>(options, "url"));
    if (!endpoint) return endpoint.error().within("url");
    line.endpoint = *endpoint;
    line.baud = option_of<int>(options, "baud");
    const auto parity = option_of<std::string>(options, "parity");
    line.parity = parity == "even" ? Parity::even : parity == "odd" ? Parity::odd : Parity::none;
    line.data_bits = option_of<int>(options, "data_bits");
    line.stop_bits = option_of<int>(options, "stop_bits");
    line.rs485 = option_of<bool>(options, "rs485");
    line.timeout = option_of<Duration>(options, "timeout");
    line.pause = option_of<Duration>(options, "pause");
    line.connect_timeout = option_of<Duration>(options, "connect_timeout");
    if (line.endpoint.kind == Endpoint::Kind::serial) {
        if (line.data_bits != 8) {
            return about("data_bits", "data_bits is 7: Modbus RTU sends bytes of 8 bits");
        }
        line.late_window = option_of<Duration>(options, "late_window");
        if (line.late_window == Duration::zero()) {
            line.late_window = std::max<Duration>(std::chrono::seconds(1), 2 * line.timeout);
        }
    }
    return line;
}

}  // namespace fieldway::modbus
