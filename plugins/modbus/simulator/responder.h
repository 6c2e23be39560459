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
#include "modbus/simulator/wire.h"

namespace fieldway::modbus::simulator {

struct FaultyUnitOptions {
    UnitOptions unit;
    std::optional<FaultOptions> faults;  ///< instead of those of the line
};

struct Response {
    std::vector<Piece> pieces;
    /// What the server does instead of sending: FaultKind::closed, stuck or unplugged.
    std::optional<Faults::Chosen> act;
};

class Responder {
  public:
    /// Behind a gateway a unit that is not there is answered for (exception 0B), and unit 0 is a
    /// unit; on a line it is silent, and unit 0 reaches every one and is not answered (Modbus over
    /// Serial Line 2.1).
    enum class Kind : std::uint8_t { gateway, line };

    static Result<Responder> make(Kind kind, const std::vector<FaultyUnitOptions>& units,
                                  const FaultOptions& faults, std::uint64_t seed);

    /// Nothing: nobody answers.
    std::optional<Response> respond(const Asked& asked, Duration time);

  private:
    struct Entry {
        SimulatedUnit unit;
        Faults faults;
    };
    explicit Responder(Kind kind) : kind_(kind) {}

    Kind kind_;
    std::map<std::uint8_t, Entry> units_;
};

}  // namespace fieldway::modbus::simulator
