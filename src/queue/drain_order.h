// Which lane is drained next: the alarm lane first, yet no lane starves. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "flow/message.h"

namespace fieldway::queue {

/// Strict priority with a floor: one that waits gets at least one pick in `floor_picks`, whatever
/// is above it. The first of N goes first. Thread: core.
template <std::size_t N>
class FlooredOrder {
  public:
    static constexpr std::uint32_t floor_picks = 8;

    /// Whether each has something that may be sent now.
    using Waiting = std::array<bool, N>;

    /// The one to send from; nothing when none waits.
    [[nodiscard]] std::optional<std::size_t> choose(const Waiting& waiting) const {
        std::optional<std::size_t> pick;
        for (std::size_t at = 0; at < N; ++at) {
            if (!waiting[at]) continue;
            const bool is_due = passed_over_[at] + 1 >= floor_picks;
            if (!pick || (is_due && passed_over_[at] > passed_over_[*pick])) pick = at;
        }
        return pick;
    }

    /// Something was sent from `pick` while these waited.
    void count(const Waiting& waiting, std::size_t pick) {
        for (std::size_t at = 0; at < N; ++at) {
            // One earns its floor only while it waits.
            passed_over_[at] = waiting[at] ? passed_over_[at] + 1 : 0;
        }
        passed_over_[pick] = 0;
    }

  private:
    std::array<std::uint32_t, N> passed_over_{};  ///< picks in a row while it waited
};

/// The lanes. With all three full that is 6 alarm, 1 telemetry, 1 bulk in eight. Thread: core.
class DrainOrder {
  public:
    static constexpr std::uint32_t floor_picks = FlooredOrder<all_lanes.size()>::floor_picks;

    /// Indexed by Lane: whether the lane has a record that may be sent now.
    using Waiting = std::array<bool, all_lanes.size()>;

    /// The lane to send from; nothing when none waits. The pick counts.
    std::optional<Lane> next(const Waiting& waiting);
    /// The two halves of it, for who may find nothing to send there after all.
    [[nodiscard]] std::optional<Lane> choose(const Waiting& waiting) const;
    void count(const Waiting& waiting, Lane lane);

  private:
    FlooredOrder<all_lanes.size()> order_;
};

}  // namespace fieldway::queue
