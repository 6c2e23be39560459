// The units behind one simulated line or port, with their faults. Pure: a request in, what to send
// and when out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "modbus/simulator/faults.h"
#include "modbus/simulator/simulated_unit.h"

namespace fieldway::modbus::simulator {

struct FaultyUnitOptions {
    UnitOptions unit;
    std::optional<FaultOptions> faults;  ///< instead of those of the line
};

struct Response {
    std::uint8_t unit = 0;
    Bytes pdu;
    Duration wait{};                 ///< before the first byte, beyond what the line itself takes
    bool spoil_checksum = false;     ///< RTU
    bool spoil_transaction = false;  ///< TCP
};

class Responder {
  public:
    enum class Transport : std::uint8_t { tcp, rtu };

    static Result<Responder> make(Transport transport, const std::vector<FaultyUnitOptions>& units,
                                  const FaultOptions& faults, std::uint64_t seed);

    /// Nothing: nobody answers. A unit that is not there is silent on a line, and behind TCP
    /// exception 0B of a gateway; unit 0 reaches every unit of a line and is not answered (Modbus
    /// over Serial Line 2.1).
    std::optional<Response> respond(std::uint8_t unit, ByteView pdu, Duration time);

  private:
    struct Entry {
        SimulatedUnit unit;
        Faults faults;
    };
    explicit Responder(Transport transport) : transport_(transport) {}

    Transport transport_;
    std::map<std::uint8_t, Entry> units_;
};

}  // namespace fieldway::modbus::simulator
