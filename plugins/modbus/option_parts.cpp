#include "modbus/option_parts.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "modbus/companion_registers.h"

namespace fieldway::modbus {
namespace {

Error about(std::string_view option, std::string sentence) {
    return Error::stop_device(std::move(sentence)).within(option);
}

PartOrder order_of(const boost::json::object& options, std::string_view name) {
    return optional_of<std::string>(options, name).value_or("big") == "little" ? PartOrder::little
                                                                               : PartOrder::big;
}

std::optional<RegisterBits> parse_bits(std::string_view text) {
    constexpr int last_bit = 15;
    int first = -1;
    int last = -1;
    const char* end = text.data() + text.size();
    const char* at = std::from_chars(text.data(), end, first).ptr;
    last = first;
    if (at != end && *at == '-') at = std::from_chars(at + 1, end, last = -1).ptr;
    if (at != end || first < 0 || last < first || last > last_bit) return std::nullopt;
    return RegisterBits{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(last)};
}

Result<Layout> read_layout(const boost::json::object& options, const RegisterAddress& place) {
    Layout layout;
    const Area area = place.area;
    const std::optional<std::string> name = optional_of<std::string>(options, "type");
    const bool one_bit = is_bit_area(area) || (place.bits && place.bits->first == place.bits->last);
    layout.type = one_bit ? RegisterType::boolean : RegisterType::uint16;
    if (name) {
        const std::optional<RegisterType> type = register_type_of(*name);
        if (!type) return about("type", fmt::format("type {} is not known", *name));
        layout.type = *type;
    }
    if (is_bit_area(area) && layout.type != RegisterType::boolean) {
        return about("type", fmt::format("type {} is not possible for a {}: it is one bit, bool",
                                         name_of(layout.type), name_of(area)));
    }
    if (place.bits && layout.type != RegisterType::uint16 && !(one_bit && !name) &&
        !(one_bit && layout.type == RegisterType::boolean)) {
        return about("type", fmt::format("type {} is not possible for bits of a register: bool for "
                                         "one bit, uint16",
                                         name_of(layout.type)));
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

WriteBy write_by_of(std::string_view name) {
    return name == "single"     ? WriteBy::single
           : name == "multiple" ? WriteBy::multiple
           : name == "exchange" ? WriteBy::exchange
                                : WriteBy::automatic;
}

Priority priority_of(std::string_view name) {
    return name == "high" ? Priority::high : name == "low" ? Priority::low : Priority::normal;
}

Result<> check_write_by(const PointOptions& point) {
    const bool coil = point.area == Area::coil;
    if (point.bits && point.write_by != WriteBy::automatic) {
        return about("write_by", "bits of a register are written as write_bits of the device says");
    }
    if (point.write_by == WriteBy::exchange && coil) {
        return about("write_by",
                     "exchange is function code 23, which writes registers and not coils");
    }
    if (point.write_by == WriteBy::single && registers_of(point.layout) > 1) {
        return about("write_by",
                     fmt::format("single writes one register, {} takes {}",
                                 name_of(point.layout.type), registers_of(point.layout)));
    }
    const std::uint16_t most =
        point.write_by == WriteBy::exchange ? most_registers_exchanged : most_registers_written;
    if (registers_of(point.layout) > most) {
        return about("length", fmt::format("one request writes {} registers at most", most));
    }
    return {};
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
        if (area == name_of(known)) address = RegisterAddress{known, 0, std::nullopt};
    }
    if (!address || colon == std::string_view::npos) {
        return bad("is not AREA:ADDRESS with the area coil, discrete, input or holding");
    }
    std::string_view digits = text.substr(colon + 1);
    if (const std::size_t point = digits.find('.'); point != std::string_view::npos) {
        address->bits = parse_bits(digits.substr(point + 1));
        if (!address->bits || is_bit_area(address->area)) {
            return bad(
                "has no bits of a register behind its point: holding:51.3, or .3-5, of 0 "
                "to 15");
        }
        digits = digits.substr(0, point);
    }
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex) digits.remove_prefix(2);
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) {
        if (digits.find('-', 1) != std::string_view::npos) {
            return bad(
                "names a range: name the first address; how many registers belong to it is told by "
                "its type, and every other value is named for itself");
        }
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
    options.priority = priority_of(option_of<std::string>(point.options, "priority"));
    options.writable = point.writable;
    options.verify = point.verify;
    const Result<RegisterAddress> address =
        parse_register(option_of<std::string>(point.options, "register"));
    if (!address) return address.error();
    options.area = address->area;
    options.address = address->address;
    options.bits = address->bits;
    const Result<Layout> layout = read_layout(point.options, *address);
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
    if (Result<> read = read_companions(point.options, options); !read) return read.error();
    options.write_by = write_by_of(option_of<std::string>(point.options, "write_by"));
    if (options.writable) {
        if (Result<> possible = check_write_by(options); !possible) return possible.error();
    }
    return options;
}

BitWrites read_bit_writes(const boost::json::object& options) {
    const auto how = option_of<std::string>(options, "write_bits");
    return how == "mask"     ? BitWrites::mask
           : how == "refuse" ? BitWrites::refused
                             : BitWrites::read_modify_write;
}

Result<> check_bits(const PointOptions& point, BitWrites how) {
    if (!point.writable || !point.bits || how != BitWrites::refused) return {};
    return about(
        "register",
        "bits of a register cannot be written by a function of their own: give the device "
        "`write_bits: mask` where it has function code 22, or `read-modify-write`, or take "
        "`writable` away");
}

Result<> check_broadcast(const PointOptions& point) {
    const std::string_view what = "unit 0 reaches every unit of the line and none answers: ";
    if (!point.writable) {
        return about("register",
                     fmt::format("{}its points can only be written (writable: true)", what));
    }
    if (point.verify != Verify::none) {
        return about("", fmt::format("{}nothing can be verified (verify: none)", what));
    }
    if (point.write_by == WriteBy::exchange) {
        return about("write_by", fmt::format("{}nothing can be read back by exchange", what));
    }
    return {};
}

Result<LineOptions> read_line(const boost::json::object& options) {
    LineOptions line;
    const Result<Endpoint> endpoint = parse_endpoint(option_of<std::string>(options, "url"));
    if (!endpoint) return endpoint.error().within("url");
    line.endpoint = *endpoint;
    line.baud = option_of<int>(options, "baud");
    const auto parity = option_of<std::string>(options, "parity");
    line.parity = parity == "even" ? Parity::even : parity == "odd" ? Parity::odd : Parity::none;
    const bool ascii = line.endpoint.kind == Endpoint::Kind::ascii;
    line.data_bits = optional_of<int>(options, "data_bits").value_or(ascii ? 7 : 8);
    if (line.data_bits != 8 && !ascii) {
        return about("data_bits", "data_bits is 7: Modbus RTU sends bytes of 8 bits");
    }
    line.stop_bits = option_of<int>(options, "stop_bits");
    line.rs485 = option_of<bool>(options, "rs485");
    const auto echo = option_of<std::string>(options, "echo");
    if (echo != "auto") line.echo = echo == "on";
    line.timeout = option_of<Duration>(options, "timeout");
    line.pause = option_of<Duration>(options, "pause");
    line.turn_around = option_of<Duration>(options, "turn_around");
    line.connect_timeout = option_of<Duration>(options, "connect_timeout");
    line.idle_timeout = option_of<Duration>(options, "idle_timeout");
    line.keepalive = option_of<Duration>(options, "keepalive");
    line.match_transaction = option_of<bool>(options, "match_transaction");
    if (!has_numbers(line.endpoint.kind) || !line.match_transaction) {
        line.late_window = option_of<Duration>(options, "late_window");
        if (line.late_window == Duration::zero()) {
            line.late_window = std::max<Duration>(std::chrono::seconds(1), 2 * line.timeout);
        }
    }
    return line;
}

}  // namespace fieldway::modbus
