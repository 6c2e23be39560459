#include "modbus/modbus_options.h"

#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "modbus/option_parts.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

OptionTable input_table() {
    return {
        option("url", OptionType::text,
               "The line or server: rtu:PATH for a serial port, tcp://HOST:PORT for Modbus TCP "
               "(port 502 where none is given). Inputs with the same url share one line.")
            .required(),
        option("timeout", OptionType::duration, "How long an answer may take.")
            .preset(milliseconds(500))
            .within(milliseconds(1), minutes(1)),
        option("baud", OptionType::integer, "Speed of a serial line.")
            .preset(19200)
            .unit("baud")
            .within(300, 4'000'000),
        option("parity", OptionType::choice, "Parity of a serial line.")
            .preset("even")
            .choices({"none", "even", "odd"}),
        option("data_bits", OptionType::integer, "Data bits of a serial line; RTU has 8.")
            .preset(8)
            .within(7, 8),
        option("stop_bits", OptionType::integer,
               "Stop bits of a serial line. The standard has 2 with parity none; most devices "
               "have 1.")
            .preset(1)
            .within(1, 2),
        option("rs485", OptionType::boolean,
               "Whether the kernel drives the transceiver by RTS (not needed with adapters that "
               "switch by themselves).")
            .preset(false),
        option("pause", OptionType::duration,
               "Silence on the line after each answer, beside what the standard asks for.")
            .preset(Duration::zero())
            .within(Duration::zero(), seconds(10)),
        option("late_window", OptionType::duration,
               "Serial lines: for how long after a timeout a unit is not asked again, since a late "
               "answer could pass for the next one. 0s: the larger of 1s and twice the timeout.")
            .preset(Duration::zero())
            .within(Duration::zero(), minutes(1)),
        option("connect_timeout", OptionType::duration,
               "How long looking up and connecting to a TCP server may take.")
            .preset(seconds(5))
            .within(milliseconds(10), minutes(2)),
    };
}

OptionTable device_table() {
    return {
        option("max_registers", OptionType::integer, "The most registers that one request reads.")
            .preset(most_registers_read)
            .unit("registers")
            .within(1, most_registers_read),
        option("max_bits", OptionType::integer, "The most coils or inputs that one request reads.")
            .preset(most_bits_read)
            .unit("bits")
            .within(1, most_bits_read),
        option("max_gap", OptionType::integer,
               "Points of one interval are read by one request when not more registers than this "
               "(or sixteen times as many bits) lie between them. 0: only neighbours.")
            .preset(16)
            .unit("registers")
            .within(0, most_registers_read),
        option("pause", OptionType::duration,
               "Between an answer of this device and the next request to it.")
            .preset(Duration::zero())
            .within(Duration::zero(), seconds(10)),
    };
}

OptionTable address_table() {
    return {option("unit", OptionType::integer,
                   "The unit (slave) number: 1 to 247 on a serial line, 0 to 255 on TCP, where 1 "
                   "or 255 is usual for a device without others behind it.")
                .required()
                .within(0, 255)};
}

OptionTable point_table() {
    return {
        option("register", OptionType::text,
               "AREA:ADDRESS with the area coil, discrete, input or holding, and the address on "
               "the wire: 0 to 65535, decimal or 0x and hexadecimal. A manual that counts from 1 "
               "or writes 40001 means address 0.")
            .required(),
        option("type", OptionType::choice,
               "How the value lies in its registers. Coils and discrete inputs are bool, which is "
               "their default; that of registers is uint16.")
            .choices({"bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
                      "float64", "bcd16", "bcd32", "string"}),
        option("length", OptionType::integer, "Of a string: two characters a register.")
            .unit("registers")
            .within(1, most_registers_read),
        option("word_order", OptionType::choice,
               "big: the high register comes first; little: the low one.")
            .preset("big")
            .choices({"big", "little"}),
        option("byte_order", OptionType::choice,
               "big: the high byte of each register comes first, as the standard has it.")
            .preset("big")
            .choices({"big", "little"}),
    };
}

Error bad_url(std::string_view url, std::string_view what) {
    return Error::stop_device(fmt::format("url \"{}\" {}", url, what));
}

Result<Endpoint> parse_tcp(std::string_view url, std::string_view rest) {
    Endpoint endpoint;
    std::string_view port;
    if (rest.starts_with('[')) {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos) return bad_url(url, "lacks the ] of its address");
        endpoint.host = rest.substr(1, close - 1);
        port = rest.substr(close + 1);
    } else {
        const std::size_t colon = rest.find(':');
        endpoint.host = rest.substr(0, colon);
        if (colon != std::string_view::npos) port = rest.substr(colon);
    }
    if (endpoint.host.empty() || endpoint.host.find_first_of("/@ ") != std::string::npos) {
        return bad_url(url, "has no host name or address: tcp://HOST:PORT is possible");
    }
    if (port.empty()) return endpoint;
    int number = 0;
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
    if (port[0] != ':' || error != std::errc() || end != port.data() + port.size() || number < 1 ||
        number > 65535) {
        return bad_url(url, "has no port from 1 to 65535 after its host: tcp://HOST:PORT");
    }
    endpoint.port = static_cast<std::uint16_t>(number);
    return endpoint;
}

}  // namespace

PluginTables option_tables() {
    return {input_table(), device_table(), address_table(), point_table()};
}

Result<Endpoint> parse_endpoint(std::string_view url) {
    if (url.starts_with("rtu:")) {
        Endpoint endpoint;
        endpoint.kind = Endpoint::Kind::serial;
        endpoint.port = 0;
        endpoint.path = url.substr(4);
        if (!endpoint.path.starts_with('/')) {
            return bad_url(url, "has no absolute path of a serial port: rtu:/dev/ttyUSB0");
        }
        return endpoint;
    }
    if (url.starts_with("tcp://")) return parse_tcp(url, url.substr(6));
    for (const std::string_view known : {"ascii:", "rtu+tcp://", "udp://"}) {
        if (url.starts_with(known)) {
            return bad_url(url, "cannot be used yet: rtu:PATH and tcp://HOST:PORT are possible");
        }
    }
    return bad_url(url, "is none of rtu:PATH and tcp://HOST:PORT");
}

std::string to_text(const Endpoint& endpoint) {
    if (endpoint.kind == Endpoint::Kind::serial) return "rtu:" + endpoint.path;
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return v6 ? fmt::format("tcp://[{}]:{}", endpoint.host, endpoint.port)
              : fmt::format("tcp://{}:{}", endpoint.host, endpoint.port);
}

}  // namespace fieldway::modbus
