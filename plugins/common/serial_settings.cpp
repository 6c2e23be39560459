#include "common/serial_settings.h"

#include <algorithm>

#include <fmt/format.h>

namespace fieldway::common {

std::string_view name_of(Parity parity) {
    switch (parity) {
        case Parity::none:
            return "none";
        case Parity::even:
            return "even";
        case Parity::odd:
            return "odd";
    }
    return "?";
}

std::optional<Parity> parity_from_name(std::string_view name) {
    for (const Parity parity : {Parity::none, Parity::even, Parity::odd}) {
        if (name_of(parity) == name) return parity;
    }
    return std::nullopt;
}

std::string to_text(const LineFormat& format) {
    const char parity = format.parity == Parity::none   ? 'N'
                        : format.parity == Parity::even ? 'E'
                                                        : 'O';
    return fmt::format("{} {}{}{}", format.baud, format.data_bits, parity, format.stop_bits);
}

const std::vector<std::uint32_t>& standard_bauds() {
    static const std::vector<std::uint32_t> bauds = {
        50,     75,     110,     134,     150,     200,     300,     600,     1200,    1800,
        2400,   4800,   9600,    19200,   38400,   57600,   115200,  230400,  460800,  500000,
        576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};
    return bauds;
}

std::uint32_t nearest_standard_baud(std::uint32_t baud) {
    const auto distance = [baud](std::uint32_t other) {
        return other > baud ? other - baud : baud - other;
    };
    return *std::min_element(
        standard_bauds().begin(), standard_bauds().end(),
        [&distance](std::uint32_t a, std::uint32_t b) { return distance(a) < distance(b); });
}

}  // namespace fieldway::common
