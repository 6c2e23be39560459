#include "modbus/simulator/simulator_options.h"

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "modbus/option_parts.h"
#include "modbus/simulator/keys.h"

namespace fieldway::modbus::simulator {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t most_identification_text = 240;  // of a PDU of 253 bytes

Value constant_of(const json::value& value) {
    if (value.is_bool()) return value.as_bool();
    if (value.is_int64()) return value.as_int64();
    if (value.is_uint64()) return value.as_uint64();
    if (value.is_double()) return value.as_double();
    if (value.is_string()) return std::string(value.as_string());
    return NoValue{};
}

SignalOptions read_signal(Keys& keys, Wave wave) {
    constexpr double any = 1e308;
    SignalOptions signal;
    signal.wave = wave;
    signal.min = keys.number("min", 0, -any, any);
    signal.max = keys.number("max", 100, -any, any);
    signal.step = keys.number("step", 1, 0, any);
    signal.period = keys.duration("period", signal.period, 1ms);
    signal.every = keys.duration("every", signal.every, 1ms);
    if (signal.max < signal.min)
        keys.fail("max", fmt::format("max is {}, below min, which is {}", signal.max, signal.min));
    return signal;
}

PointOptions read_point(std::string_view place, const json::value& value, Keys& registers) {
    PointOptions point;
    const Result<RegisterAddress> address = parse_register(place);
    if (!address) {
        registers.fail(place, address.error().sentence());
    } else if (address->bits) {
        registers.fail(place, "bits are no register of their own: give the register its value");
    } else {
        point.area = address->area;
        point.address = address->address;
    }
    Keys keys(value, registers.place_of(place), registers.problems());
    const std::string type = keys.text("type", is_bit_area(point.area) ? "bool" : "uint16");
    if (const auto known = register_type_of(type)) {
        point.layout.type = *known;
    } else {
        keys.fail("type", fmt::format("{} is no type of register: {}", type,
                                      fmt::join(register_type_names(), ", ")));
    }
    if (is_bit_area(point.area) && point.layout.type != RegisterType::boolean)
        keys.fail("type", "a coil holds a bool");
    const auto order = [&keys](std::string_view key) {
        const std::string name = keys.text(key, "big");
        if (name != "big" && name != "little")
            keys.fail(key, fmt::format("{} is {}: big or little is expected", key, name));
        return name == "little" ? PartOrder::little : PartOrder::big;
    };
    point.layout.word_order = order("word_order");
    point.layout.byte_order = order("byte_order");
    if (point.layout.type == RegisterType::string)
        point.layout.length = keys.integer<std::uint16_t>("length", 8, 1, 125);
    point.writable = keys.boolean("writable", true);
    point.count = keys.integer<std::uint16_t>("count", 1, 1, 65535);
    const json::value* constant = keys.get("value");
    const std::string wave_name = keys.text("wave", "constant");
    const auto wave = wave_of(wave_name);
    if (!wave)
        keys.fail(
            "wave",
            fmt::format("{} is no wave: constant, sine, ramp, square, counter or walk", wave_name));
    if (constant != nullptr || wave.value_or(Wave::constant) == Wave::constant) {
        point.shows = constant == nullptr ? Value(std::int64_t{0}) : constant_of(*constant);
    } else {
        point.shows = read_signal(keys, *wave);
    }
    keys.end();
    return point;
}

/// As in the gateway's configuration, but for port 0, which only who listens may ask for.
Result<Endpoint> read_endpoint(std::string url) {
    const bool any_port = url.find("://") != std::string::npos && url.ends_with(":0");
    if (any_port) url.back() = '1';
    auto endpoint = parse_endpoint(url);
    if (endpoint && any_port) endpoint->port = 0;
    return endpoint;
}

FaultOptions read_faults(const json::value& value, Keys& above) {
    FaultOptions options;
    Keys keys(value, above.place_of("faults"), above.problems());
    double sum = 0;
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        const json::value* entry = keys.get(name_of(kind));
        if (entry == nullptr) continue;
        FaultOptions::Fault& fault = options[kind];
        if (entry->is_number()) {
            fault.rate = keys.number(name_of(kind), 0, 0, 1);
        } else {
            Keys inner(*entry, keys.place_of(name_of(kind)), keys.problems());
            fault.rate = inner.number("rate", 1, 0, 1);
            fault.wait = inner.duration("for", fault.wait, 0s);
            fault.most = inner.duration("to", fault.most, 0s);
            fault.code = inner.integer<std::uint8_t>("code", fault.code, 1, 255);
            inner.end();
        }
        sum += fault.rate;
    }
    if (sum > 1 + 1e-9)
        above.fail("faults",
                   fmt::format("the rates make {}: together they must not be above 1", sum));
    keys.end();
    return options;
}

std::map<std::uint8_t, std::string> read_identification(const json::value& value, Keys& above) {
    constexpr std::array names = {"vendor",       "product_code", "revision",   "vendor_url",
                                  "product_name", "model_name",   "application"};
    std::map<std::uint8_t, std::string> objects;
    Keys keys(value, above.place_of("identification"), above.problems());
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::string text = keys.text(names[i], "");
        if (text.size() > most_identification_text) {
            keys.fail(names[i], fmt::format("{} has {} characters: {} at most", names[i],
                                            text.size(), most_identification_text));
        }
        if (!text.empty()) objects.emplace(static_cast<std::uint8_t>(i), std::move(text));
    }
    keys.end();
    return objects;
}

FaultyUnitOptions read_unit(const json::value& value, std::string pointer,
                            std::vector<Problem>& problems) {
    FaultyUnitOptions options;
    Keys keys(value, std::move(pointer), problems);
    options.unit.unit = keys.integer<std::uint8_t>("unit", 1, 0, 255);
    const json::value* registers = keys.get("registers");
    if (registers != nullptr && !registers->is_object()) {
        keys.fail("registers", "registers is no mapping: { \"holding:0\": { value: 7 } }");
    } else if (registers != nullptr) {
        Keys places(*registers, keys.place_of("registers"), problems);
        for (const auto& member : registers->as_object())
            options.unit.points.push_back(read_point(member.key(), member.value(), places));
    }
    if (const json::value* texts = keys.get("identification"))
        options.unit.identification = read_identification(*texts, keys);
    if (const json::value* faults = keys.get("faults")) options.faults = read_faults(*faults, keys);
    keys.end();
    return options;
}

common::LineFormat read_format(Keys& keys, bool ascii) {
    common::LineFormat format;
    format.baud = keys.integer<std::uint32_t>("baud", 19200, 50, 4'000'000);
    const std::string parity = keys.text("parity", "even");
    if (const auto known = common::parity_from_name(parity)) {
        format.parity = *known;
    } else {
        keys.fail("parity", fmt::format("parity is {}: none, even or odd is expected", parity));
    }
    format.data_bits = keys.integer<std::uint8_t>("data_bits", ascii ? 7 : 8, 5, 8);
    format.stop_bits = keys.integer<std::uint8_t>("stop_bits", 1, 1, 2);
    return format;
}

}  // namespace

OptionTable simulate_table() {
    return {
        option("url", OptionType::text,
               "where to answer: tcp://127.0.0.1:0, rtu+tcp:// or udp:// (0: a free port), or "
               "rtu:PATH or ascii:PATH, a link that is made to a pseudo-terminal")
            .required(),
        option("count", OptionType::integer,
               "so many of them: consecutive ports, or PATH-1, PATH-2 and so on")
            .preset(1)
            .within(1, most_listeners),
        option("seed", OptionType::integer, "of walks and faults: the same seed gives the same run")
            .preset(1)
            .at_least(0),
        option("baud", OptionType::integer, "RTU, ASCII: the rate that its pace comes from")
            .unit("baud")
            .preset(19200)
            .within(50, 4e6),
        option("parity", OptionType::choice, "RTU, ASCII: counts as a bit of each character")
            .preset("even")
            .choices({"none", "even", "odd"}),
        option("data_bits", OptionType::integer,
               "RTU, ASCII: bits of a character; 8, of ASCII 7, where none are given")
            .within(5, 8),
        option("stop_bits", OptionType::integer, "RTU, ASCII: stop bits of a character")
            .preset(1)
            .within(1, 2),
        option("paced", OptionType::boolean, "RTU, ASCII: bytes take as long as on a wire")
            .preset(true),
        option("echo", OptionType::boolean,
               "RTU, ASCII: what is sent comes back, as from some RS-485 adapters")
            .preset(false),
        option("connections", OptionType::integer, "TCP: so many at once; others are hung up on")
            .preset(1000)
            .within(1, 10'000),
        option("turn_around", OptionType::duration,
               "how long a unit thinks before it answers; 2ms, of TCP and UDP 0s, where nothing is "
               "given"),
        option("units", OptionType::any,
               "the devices: a list of { unit, registers, identification, faults }")
            .required(),
        option("faults", OptionType::any,
               "what goes wrong in all units, by rate: silent, delay, late, exception, wrong_unit, "
               "wrong_function, wrong_length, wrong_crc, wrong_transaction, truncated, byte_loss, "
               "noise, duplicated, glued, foreign, other_master, trickle, closed, stuck, "
               "unplugged"),
    };
}

SimulationOptions read_simulation(const json::object& entry, std::vector<Problem>& problems) {
    SimulationOptions options;
    Keys keys(entry, problems);
    (void)keys.get("plugin");
    if (auto endpoint = read_endpoint(keys.text("url", ""))) {
        options.endpoint = *endpoint;
    } else {
        keys.fail("url", endpoint.error().sentence());
    }
    const Endpoint::Kind kind = options.endpoint.kind;
    options.format = read_format(keys, kind == Endpoint::Kind::ascii);
    options.paced = keys.boolean("paced", true);
    options.echo = keys.boolean("echo", false);
    options.connections = keys.integer<std::uint32_t>("connections", 1000, 1, 10'000);
    options.turn_around = keys.duration("turn_around", has_numbers(kind) ? 0ms : 2ms, 0s);
    options.count = keys.integer<std::uint32_t>("count", 1, 1, most_listeners);
    options.seed = keys.integer<std::uint64_t>("seed", 1, 0, 1e15);
    if (const json::value* faults = keys.get("faults")) options.faults = read_faults(*faults, keys);
    const json::value* units = keys.get("units");
    if (units == nullptr || !units->is_array()) {
        keys.fail("units",
                  "units is no list of devices: write units: [{ unit: 1, registers: "
                  "{ \"holding:0\": { value: 7 } } }]");
    } else {
        for (std::size_t i = 0; i < units->as_array().size(); ++i) {
            options.units.push_back(read_unit(
                units->as_array()[i], fmt::format("{}/{}", keys.place_of("units"), i), problems));
        }
    }
    keys.end();
    return options;
}

std::vector<Problem> check_simulation(const json::object& entry) {
    std::vector<Problem> problems;
    (void)read_simulation(entry, problems);
    return problems;
}

}  // namespace fieldway::modbus::simulator
