// What a serial line is set to. Pure: serial_port.h applies it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fieldway::common {

enum class Parity : std::uint8_t { none, even, odd };
std::string_view name_of(Parity parity);
std::optional<Parity> parity_from_name(std::string_view name);

/// How characters stand on the wire. 8N1 is 10 bits a character; the Modbus standard asks for 11
/// (8E1 or 8N2).
struct LineFormat {
    std::uint32_t baud = 9600;
    Parity parity = Parity::none;
    std::uint8_t data_bits = 8;  ///< 5 to 8
    std::uint8_t stop_bits = 1;  ///< 1 or 2

    friend bool operator==(const LineFormat&, const LineFormat&) = default;
};
/// `9600 8N1`
std::string to_text(const LineFormat& format);

struct SerialSettings {
    std::string
        path;  ///< /dev/ttyUSB0, or better a link of /dev/serial/by-id: it survives replugging
    LineFormat format;
    /// The driver switches the transmitter of a half-duplex line (TIOCSRS485). Adapters with
    /// automatic direction do not need it.
    bool kernel_rs485 = false;

    friend bool operator==(const SerialSettings&, const SerialSettings&) = default;
};

/// The rates that Linux has names for, 50 to 4,000,000, rising.
const std::vector<std::uint32_t>& standard_bauds();
/// The standard rate next to `baud`, for an error sentence.
std::uint32_t nearest_standard_baud(std::uint32_t baud);

}  // namespace fieldway::common
