// How long a unit takes to answer, measured. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace fieldway::modbus {

/// The median of the last answers: one that was held up for long does not move it. What was not
/// answered is not measured at all. Thread: the line's own.
class TurnAround {
  public:
    static constexpr std::size_t answers = 9;
    /// How often it is worth a look whether plans still fit.
    static constexpr std::uint32_t look_every = 256;

    /// True when enough is known to plan with it, and then now and again.
    bool add(Duration time) {
        times_[count_ % answers] = std::max(time, Duration::zero());
        ++count_;
        return count_ == answers || count_ % look_every == 0;
    }
    /// Nothing before so many answers came.
    [[nodiscard]] std::optional<Duration> median() const {
        if (count_ < answers) return std::nullopt;
        std::array<Duration, answers> sorted = times_;
        std::nth_element(sorted.begin(), sorted.begin() + answers / 2, sorted.end());
        return sorted[answers / 2];
    }

  private:
    std::array<Duration, answers> times_{};
    std::uint32_t count_ = 0;
};

}  // namespace fieldway::modbus
