// The seam between what is asked (poller, pure) and who asks it (sockets on Asio, serial ports):
// requests and replies of Modbus Application Protocol 1.1b3, without any framing. Their bytes are
// in pdu.h, frames and matching in exchange.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
    write_single_coil = 5,
    write_single_register = 6,
    write_coils = 15,
    write_registers = 16,
    mask_write_register = 22,
    read_write_registers = 23,
    read_identification = 43,  ///< MEI type 14
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
/// The device changes something, and so must not be told twice without being looked at.
inline constexpr bool is_write(Function function) {
    switch (function) {
        case Function::write_single_coil:
        case Function::write_single_register:
        case Function::write_coils:
        case Function::write_registers:
        case Function::mask_write_register:
        case Function::read_write_registers:
            return true;
        default:
            return false;
    }
}

inline constexpr std::uint16_t most_registers_read = 125;       // clause 6.3
inline constexpr std::uint16_t most_bits_read = 2000;           // clause 6.1
inline constexpr std::uint16_t most_registers_written = 123;    // clause 6.12
inline constexpr std::uint16_t most_bits_written = 1968;        // clause 6.11
inline constexpr std::uint16_t most_registers_exchanged = 121;  // clause 6.17, written

/// Reaches every unit of a serial line; nobody answers (Modbus over Serial Line 2.1). A server on
/// TCP may answer to it as to any other number.
inline constexpr std::uint8_t broadcast_unit = 0;

/// One request. Addresses are those on the wire: 0 to 65535.
struct Request {
    std::uint8_t unit = 0;
    Function function = Function::read_holding_registers;
    std::uint16_t address = 0;  ///< of FC 43 the first object
    /// Registers or bits, read or written (read, of FC 23); 1 for FC 5, 6, 22; of FC 43 the kind of
    /// identification: 1 basic, 2 regular, 3 extended, 4 the one object.
    std::uint16_t count = 1;
    std::uint16_t value = 0;          ///< FC 5: 0 or 1; FC 6; FC 22: the AND mask
    std::uint16_t or_mask = 0;        ///< FC 22
    std::uint16_t write_address = 0;  ///< FC 23
    Bytes data{};  ///< FC 15, 16, 23: what is written, as on the wire (registers or packed bits)

    friend bool operator==(const Request&, const Request&) = default;
};

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
    /// first), bits packed from the lowest bit of the first byte; of a write what follows the
    /// echoed address (echo_of() in pdu.h); of FC 43 what follows the MEI type.
    ByteView data;
    std::string reason;
    /// Of timeout and bad_answer: the right answer may still come, and would then look like the
    /// answer to a later request.
    bool late_possible = true;
    /// What was on the line, where it was something else than the request: see ask_before() in
    /// exchange.h.
    std::optional<Request> sent;
    Timestamp time;  ///< when the last byte came, or when waiting ended
};

/// `exception 02, illegal data address`. 0A and 0B are a gateway's own words about the unit behind
/// it, and say so.
std::string exception_text(std::uint8_t code);

/// A gateway answered instead of the device: it has no path to the unit (0A), or the unit was
/// silent (0B). It says nothing about what was asked for.
inline constexpr bool is_gateway_exception(std::uint8_t code) {
    return code == 0x0A || code == 0x0B;
}

}  // namespace fieldway::modbus
