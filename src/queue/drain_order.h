// Which lane of a device is drained next: the alarm lane first, yet no lane starves. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "flow/message.h"

namespace fieldway::queue {

/// Strict priority with a floor: a lower lane that has records waiting gets at least one pick in
/// `floor_picks`, whatever is above it. With all three lanes full that is 6 alarm, 1 telemetry, 1
/// bulk in eight. One object per device. Thread: core.
class DrainOrder {
  public:
    static constexpr std::uint32_t floor_picks = 8;

    /// Indexed by Lane: whether the lane has a record that may be sent now.
    using Waiting = std::array<bool, all_lanes.size()>;

    /// The lane to send from; nothing when none waits. The pick counts.
    std::optional<Lane> next(const Waiting& waiting);

  private:
    std::array<std::uint32_t, all_lanes.size()> passed_over_{};  ///< picks in a row while it waited
};

}  // namespace fieldway::queue
