// What goes wrong on purpose, by rate and by seed. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "base/clock.h"

namespace fieldway::modbus::simulator {

/// One more kind: its name and default in faults.cpp, its effect in responder.cpp or the transport
/// that can do it.
enum class FaultKind : std::uint8_t {
    silent,  ///< no answer
    delay,   ///< the answer comes after `wait`, within what a client waits
    late,    ///< the same, but after the client gave up: its default is longer than usual timeouts
    exception,          ///< refused with `code`
    wrong_unit,         ///< the answer carries the number of another unit
    wrong_crc,          ///< RTU: the checksum is wrong
    wrong_transaction,  ///< TCP: the transaction id is another one
};
inline constexpr std::size_t fault_kinds = 7;
std::string_view name_of(FaultKind kind);

struct FaultOptions {
    struct Fault {
        double rate = 0;  ///< of all requests: 0 to 1
        Duration wait{};
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
        FaultOptions::Fault fault;
    };
    std::optional<Chosen> next();

  private:
    FaultOptions options_;
    std::mt19937_64 random_;
};

}  // namespace fieldway::modbus::simulator
