// The seam between what is asked (poller, pure) and who asks it (TCP on Asio, RTU on libmodbus):
// requests and replies of Modbus Application Protocol 1.1b3, without any framing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"

namespace fieldway::modbus {

/// The four tables of a device (clause 4.3).
enum class Area : std::uint8_t { coil, discrete, input, holding };

/// As in the configuration: coil, discrete, input, holding.
std::string_view name_of(Area area);

inline constexpr bool is_bit_area(Area area) {
    return area == Area::coil || area == Area::discrete;
}

/// Function codes that are sent (clause 6).
enum class Function : std::uint8_t {
    read_coils = 1,
    read_discrete_inputs = 2,
    read_holding_registers = 3,
    read_input_registers = 4,
    write_single_register = 6,
};

inline constexpr Function read_function_of(Area area) {
    switch (area) {
        case Area::coil:
            return Function::read_coils;
        case Area::discrete:
            return Function::read_discrete_inputs;
        case Area::input:
            return Function::read_input_registers;
        case Area::holding:
            break;
    }
    return Function::read_holding_registers;
}
inline constexpr bool is_bit_function(Function function) {
    return function == Function::read_coils || function == Function::read_discrete_inputs;
}
inline constexpr bool is_write(Function function) {
    return function == Function::write_single_register;
}

inline constexpr std::uint16_t most_registers_read = 125;  // clause 6.3
inline constexpr std::uint16_t most_bits_read = 2000;      // clause 6.1

/// One request. Addresses are those on the wire: 0 to 65535.
struct Request {
    std::uint8_t unit = 0;
    Function function = Function::read_holding_registers;
    std::uint16_t address = 0;
    std::uint16_t count = 1;  ///< registers or bits; 1 for FC 6
    std::uint16_t value = 0;  ///< FC 6

    friend bool operator==(const Request&, const Request&) = default;
};

/// The bytes after the byte count of a good answer to a read.
inline constexpr std::size_t data_bytes_of(const Request& request) {
    return is_bit_function(request.function) ? (request.count + std::size_t{7}) / 8
                                             : request.count * std::size_t{2};
}

/// What became of a request, sorted by what follows from it.
struct Reply {
    enum class Kind : std::uint8_t {
        answer,      ///< unit, function, length (and checksum) matched
        exception,   ///< the device refuses: `exception` is the code (clause 7)
        timeout,     ///< nothing that belongs to the request came in time
        bad_answer,  ///< something came that cannot be the answer, and nothing better in time:
                     ///< `reason`
        lost,        ///< the connection or port broke, before or after sending: `reason`
    };
    Kind kind = Kind::timeout;
    std::uint8_t exception = 0;
    /// Of an answer, borrowed for the call: registers as on the wire (two bytes each, high byte
    /// first), bits packed from the lowest bit of the first byte; for FC 6 the two bytes of the
    /// echoed value.
    ByteView data;
    std::string reason;
    Timestamp time;  ///< when the last byte came, or when waiting ended
};

/// `exception 02, illegal data address`.
std::string exception_text(std::uint8_t code);

}  // namespace fieldway::modbus
