// The option tables of `fieldway scan|read|write URL`: those of an input and a point, and what only
// a person at a prompt asks for.
#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string_view>

#include "modbus/probe/probe_options.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int last_unit = 255;
constexpr int registers_of_decodings = 4;
/// What devices leave the works with, the usual first.
constexpr const char* usual_bauds = "9600,19200,38400,115200,57600,4800,2400";
constexpr const char* usual_parities = "none,even,odd";

OptionTable without(OptionTable table, std::initializer_list<std::string_view> names) {
    std::erase_if(table, [names](const Option& option) {
        return std::find(names.begin(), names.end(), option.name) != names.end();
    });
    return table;
}

OptionTable joined(OptionTable first, const OptionTable& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

OptionTable line_table() {
    return without(option_tables().input, {"url", "idle_timeout", "keepalive"});
}

OptionTable access_table() {
    return {option("unit", OptionType::integer,
                   "The unit (slave) number; it may also stand before the registers. 1 where none "
                   "is given.")
                .within(0, last_unit)};
}

OptionTable read_table() {
    const OptionTable own = {
        option("decodings", OptionType::boolean,
               "Show what the registers from there on are in each type, word and byte order.")
            .preset(false),
        option("count", OptionType::integer, "How many registers --decodings reads.")
            .preset(registers_of_decodings)
            .unit("registers")
            .within(1, most_registers_read),
    };
    const OptionTable value = without(
        option_tables().point, {"register", "write_by", "priority", "scale_factor", "expect"});
    return joined(joined(joined(access_table(), own), value), line_table());
}

OptionTable write_table() {
    const OptionTable own = {
        option("write_bits", OptionType::choice,
               "How bits of a register are written: mask (function 22), or read-modify-write.")
            .preset("refuse")
            .choices({"refuse", "mask", "read-modify-write"}),
        option("verify", OptionType::choice,
               "How it is confirmed: read again and compared, by the answer alone, or not at all.")
            .preset("read-back")
            .choices({"read-back", "echo", "none"}),
    };
    const OptionTable value =
        without(option_tables().point, {"register", "priority", "scale_factor", "expect"});
    return joined(joined(joined(access_table(), own), value), line_table());
}

OptionTable scan_table() {
    const OptionTable own = {
        option("units", OptionType::text,
               "The unit numbers that are asked, in this order: 1-10,100. Nothing: 1-247 on a "
               "serial line, 1,255,0,2-254 on TCP and UDP."),
        option("baud", OptionType::text, "The speeds of a serial line that are tried.")
            .preset(usual_bauds),
        option("parity", OptionType::text, "The parities of a serial line that are tried.")
            .preset(usual_parities),
        option("ports", OptionType::text,
               "The ports of a host that are tried: 502,1502. Nothing: that of the url."),
        option("wait", OptionType::duration,
               "How long each number has to answer. An answer that is late counts all the same.")
            .preset(milliseconds(200))
            .within(milliseconds(1), seconds(10)),
        option("thorough", OptionType::boolean,
               "Ask a number that is silent by functions 4, 1 and 2 too: for devices that ignore "
               "what they do not have.")
            .preset(false),
        option("identify", OptionType::boolean,
               "Find out what each unit is: its identification, a SunSpec map, the profiles whose "
               "registers it has. Takes some hundred reads a unit.")
            .preset(true),
        option("all", OptionType::boolean,
               "Go on with other speeds and parities, or ports, when units were found with one.")
            .preset(false),
    };
    return joined(own, without(line_table(), {"baud", "parity"}));
}

}  // namespace

boost::json::object point_presets() {
    boost::json::object presets;
    const OptionTable table = option_tables().point;
    for (const Option& option : table) {
        if (!option.preset.is_null()) presets[option.name] = option.preset;
    }
    return presets;
}

ProbeTables probe_tables() {
    return {{"rtu:", "ascii:", "tcp://", "rtu+tcp://", "udp://"},
            {{"read", read_table()}, {"write", write_table()}, {"scan", scan_table()}}};
}

}  // namespace fieldway::modbus
