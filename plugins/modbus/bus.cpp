#include "modbus/bus.h"

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

std::string_view meaning_of(std::uint8_t code) {
    switch (code) {
        case 0x01:
            return "illegal function";
        case 0x02:
            return "illegal data address";
        case 0x03:
            return "illegal data value";
        case 0x04:
            return "server device failure";
        case 0x05:
            return "acknowledge: the device is still at it";
        case 0x06:
            return "server device busy";
        case 0x08:
            return "memory parity error";
        case 0x0A:
            return "from the gateway: it has no path to this unit; compare its routing table with "
                   "the unit's number";
        case 0x0B:
            return "from the gateway: the unit behind it did not answer";
        default:
            return "not in the standard: see the device's manual";
    }
}

}  // namespace

std::string_view name_of(Area area) {
    switch (area) {
        case Area::coil:
            return "coil";
        case Area::discrete:
            return "discrete";
        case Area::input:
            return "input";
        case Area::holding:
            break;
    }
    return "holding";
}

std::string exception_text(std::uint8_t code) {
    return fmt::format("exception {:02X}, {}", code, meaning_of(code));
}

}  // namespace fieldway::modbus
