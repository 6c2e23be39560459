// What goes wrong on purpose, by rate and by seed. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "base/clock.h"

namespace fieldway::modbus::simulator {

/// One more kind: its name and default in faults.cpp, its effect in wire.cpp, or in the server of
/// the transport that can do it.
enum class FaultKind : std::uint8_t {
    silent,  ///< no answer
    delay,   ///< the answer comes after `wait`, within what a client waits
    late,    ///< the same, but after the client gave up: its default is longer than usual timeouts
    exception,          ///< refused with `code`; 10 and 11 are those of a gateway
    wrong_unit,         ///< the answer carries the number of another unit
    wrong_function,     ///< of another function code
    wrong_length,       ///< of one register more than asked for, told truly
    wrong_crc,          ///< RTU, ASCII: the checksum is wrong
    wrong_transaction,  ///< TCP, UDP: the transaction number is another one
    truncated,          ///< the end of the answer is missing
    byte_loss,          ///< one byte of it is missing
    noise,              ///< some bytes of noise come before it
    duplicated,         ///< it comes twice, the second copy `wait` behind the first
    glued,              ///< an answer of another length stands directly in front of it
    foreign,            ///< another unit's answer comes before it
    other_master,       ///< RTU, ASCII: another master asks the unit too, and is answered first
    trickle,            ///< it comes byte by byte, `wait` apart
    closed,             ///< TCP: the connection is closed instead
    stuck,              ///< TCP: nothing is answered on this connection any more
    unplugged,          ///< RTU, ASCII: the port goes away, and comes back after `wait`
};
inline constexpr std::size_t fault_kinds = 20;
std::string_view name_of(FaultKind kind);

struct FaultOptions {
    struct Fault {
        double rate = 0;  ///< of all requests: 0 to 1
        Duration wait{};
        Duration most{};  ///< above `wait`: each time something between the two
        std::uint8_t code = 4;

        friend bool operator==(const Fault&, const Fault&) = default;
    };
    std::array<Fault, fault_kinds> faults = defaults();

    static std::array<Fault, fault_kinds> defaults();
    Fault& operator[](FaultKind kind) { return faults[static_cast<std::size_t>(kind)]; }
    const Fault& operator[](FaultKind kind) const { return faults[static_cast<std::size_t>(kind)]; }

    friend bool operator==(const FaultOptions&, const FaultOptions&) = default;
};

/// At most one fault a request: one draw over the rates laid end to end.
class Faults {
  public:
    Faults(FaultOptions options, std::uint64_t seed) : options_(options), random_(seed) {}

    struct Chosen {
        FaultKind kind;
        Duration wait{};
        std::uint8_t code = 0;
        std::uint64_t seed = 0;  ///< of what else is random about it
    };
    std::optional<Chosen> next();

  private:
    FaultOptions options_;
    std::mt19937_64 random_;
};

}  // namespace fieldway::modbus::simulator
