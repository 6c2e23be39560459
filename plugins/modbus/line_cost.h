// What reading costs on a line, as time on it: the one model by which requests are planned, turn-
// arounds are measured and `check` predicts. Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "modbus/bus.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// Of one unit: a request costs something whatever it reads, and each byte of data adds to it.
struct ReadCost {
    Duration request{};
    Duration byte{};

    [[nodiscard]] Duration of(Area area, std::uint32_t count) const {
        return request +
               byte * static_cast<std::int64_t>(is_bit_area(area) ? (count + 7) / 8 : 2 * count);
    }
};

class LineCost {
  public:
    /// How long a unit takes to the begin of its answer, as long as it was not measured: most need
    /// 2 to 20 ms on a serial line, and less where a network is all there is between.
    static constexpr Duration turn_around_on_serial_line = std::chrono::milliseconds(10);
    static constexpr Duration turn_around_on_network = std::chrono::milliseconds(5);

    explicit LineCost(const LineOptions& line);

    [[nodiscard]] Duration assumed_turn_around() const { return assumed_turn_around_; }
    /// Request and answer on the wire with the silence before them and the pause after them, and
    /// the unit's turn-around between them.
    [[nodiscard]] ReadCost of(Duration turn_around) const { return {around_ + turn_around, byte_}; }
    /// The same without the turn-around and the pause: what is left of a measured time is the
    /// turn-around.
    [[nodiscard]] Duration on_wire(Area area, std::uint32_t count) const {
        return ReadCost{around_ - pause_, byte_}.of(area, count);
    }

  private:
    Duration around_{};  ///< of a request with an answer without data
    Duration byte_{};
    Duration pause_{};
    Duration assumed_turn_around_{};
};

}  // namespace fieldway::modbus
