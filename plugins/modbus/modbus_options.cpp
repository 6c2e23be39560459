#include "modbus/modbus_options.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "modbus/option_parts.h"

namespace fieldway::modbus {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

OptionTable input_table() {
    return {
        option(
            "url", OptionType::text,
            "The line or server: rtu:PATH or ascii:PATH for a serial port, tcp://HOST:PORT for "
            "Modbus TCP, udp://HOST:PORT (port 502 where none is given), rtu+tcp://HOST:PORT for "
            "a converter that passes the bytes of a serial line through. Inputs with the same "
            "url share one line.")
            .required(),
        option("timeout", OptionType::duration, "How long an answer may take.")
            .preset(milliseconds(500))
            .within(milliseconds(1), minutes(1)),
        option("baud", OptionType::integer,
               "Speed of a serial line, also of the one behind rtu+tcp://, where it only tells how "
               "long things take.")
            .preset(19200)
            .unit("baud")
            .within(300, 4'000'000),
        option("parity", OptionType::choice, "Parity of a serial line.")
            .preset("even")
            .choices({"none", "even", "odd"}),
        option("data_bits", OptionType::integer,
               "Data bits of a serial line. RTU has 8; ASCII has 7 where nothing is given.")
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
        option("echo", OptionType::choice,
               "Whether the line gives back what is sent on it, as some RS-485 adapters do. auto: "
               "found out by reads.")
            .preset("auto")
            .choices({"auto", "on", "off"}),
        option("pause", OptionType::duration,
               "Silence on the line after each answer, beside what the standard asks for.")
            .preset(Duration::zero())
            .within(Duration::zero(), seconds(10)),
        option(
            "late_window", OptionType::duration,
            "Where answers have no number (all but tcp:// and udp://): for how long after a "
            "timeout a unit is not asked anything whose answer would look like the late one. 0s: "
            "the larger of 1s and twice the timeout.")
            .preset(Duration::zero())
            .within(Duration::zero(), minutes(1)),
        option("turn_around", OptionType::duration,
               "Silence after a broadcast (unit 0), in which the devices do as they were told.")
            .preset(milliseconds(100))
            .within(Duration::zero(), seconds(10)),
        option("match_transaction", OptionType::boolean,
               "tcp:// and udp://: false for a server that answers with another transaction number "
               "than it was asked with; late_window then keeps late answers apart.")
            .preset(true),
        option("connect_timeout", OptionType::duration,
               "How long looking up and connecting to a TCP server may take.")
            .preset(seconds(5))
            .within(milliseconds(10), minutes(2)),
        option("idle_timeout", OptionType::duration,
               "A connection that asks nothing for so long is closed, and made again when "
               "something is due: for devices that take one client at a time. 0s: it stays.")
            .preset(Duration::zero())
            .within(Duration::zero(), hours(24)),
        option("keepalive", OptionType::duration,
               "How often a connection on which nothing is asked is tested, so that a server that "
               "went away without a word is found out. 0s: never.")
            .preset(seconds(30))
            .within(Duration::zero(), hours(2)),
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
               "(or sixteen times as many bits) lie between them, and reading those along takes "
               "less time than another request. 0: only neighbours.")
            .preset(16)
            .unit("registers")
            .within(0, most_registers_read),
        option("write_bits", OptionType::choice,
               "How bits of a register are written: mask, by function code 22, which the device "
               "must have; read-modify-write, where what somebody else changes in between is lost. "
               "refuse: points that are bits cannot be writable.")
            .preset("refuse")
            .choices({"refuse", "mask", "read-modify-write"}),
        option("pause", OptionType::duration,
               "Between an answer of this device and the next request to it.")
            .preset(Duration::zero())
            .within(Duration::zero(), seconds(10)),
    };
}

OptionTable address_table() {
    return {option("unit", OptionType::integer,
                   "The unit (slave) number: 1 to 247 on a serial line, where 0 reaches every unit "
                   "by writes alone; 0 to 255 on TCP and UDP, where 1 or 255 is usual for a "
                   "device without others behind it.")
                .required()
                .within(0, 255)};
}

OptionTable point_table() {
    return {
        option("register", OptionType::text,
               "AREA:ADDRESS with the area coil, discrete, input or holding, and the address on "
               "the wire: 0 to 65535, decimal or 0x and hexadecimal. A manual that counts from 1 "
               "or writes 40001 means address 0. Bits of a register stand behind a point: "
               "holding:51.3, holding:51.3-5.")
            .required(),
        option("type", OptionType::choice,
               "How the value lies in its registers. Coils and discrete inputs are bool, which is "
               "their default; that of registers is uint16.")
            .choices({"bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32",
                      "float64", "bcd16", "bcd32", "string"}),
        option("write_by", OptionType::choice,
               "The function that writes it: single (5, 6), multiple (15, 16; coils of one command "
               "that are neighbours go together), exchange (23: written and read back at once). "
               "auto: single where one register or coil holds it, multiple otherwise.")
            .preset("auto")
            .choices({"auto", "single", "multiple", "exchange"}),
        option("priority", OptionType::choice,
               "Of what is due at the same time: high goes first (alarms), low gives way to all "
               "else, for 10s at most. Points of different priority are read by different "
               "requests.")
            .preset("normal")
            .choices({"high", "normal", "low"}),
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
        option("scale_factor", OptionType::text,
               "AREA:ADDRESS of a register of the same area that holds a power of ten, -10 to 10: "
               "the value is multiplied by it. Both are read by one request. As SunSpec has it: "
               "8000 there, or in the value its not-implemented code (8000, FFFF, 80000000, "
               "FFFFFFFF), is no value."),
        option("expect", OptionType::text,
               "AREA:ADDRESS=VALUE or =VALUE,VALUE: a register of the same area that must hold one "
               "of these numbers, or the point has no value. It is read with the point, so that a "
               "map that moved cannot give another value. A SunSpec model's number is such a "
               "register."),
    };
}

}  // namespace

PluginTables option_tables() {
    return {input_table(), device_table(), address_table(), point_table()};
}

}  // namespace fieldway::modbus
