// Numbers that live: what a simulated register shows at a time. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "base/clock.h"

namespace fieldway::modbus::simulator {

enum class Wave : std::uint8_t {
    constant,
    sine,     ///< between min and max, one turn a period; starts in the middle, rising
    ramp,     ///< from min to max in a period, then again
    square,   ///< max for half a period, then min
    counter,  ///< from min, `step` more at each `every`; back to min above max
    walk,  ///< at each `every` up to `step` up or down, between min and max; starts in the middle
};
std::optional<Wave> wave_of(std::string_view name);

struct SignalOptions {
    Wave wave = Wave::constant;
    double value = 0;  ///< of constant
    double min = 0;
    double max = 100;
    double step = 1;
    Duration period = std::chrono::seconds(60);  ///< above zero
    Duration every = std::chrono::seconds(1);    ///< above zero

    friend bool operator==(const SignalOptions&, const SignalOptions&) = default;
};

/// The same options and seed give the same numbers at the same times, whoever asks and how often.
class Signal {
  public:
    /// A walk that nobody looked at for longer goes on from where it was.
    static constexpr std::int64_t most_steps_made_up = 100'000;

    Signal(SignalOptions options, std::uint64_t seed);
    /// `time` since the simulation began; it does not go back.
    double at(Duration time);

  private:
    double walk_to(std::int64_t tick);

    SignalOptions options_;
    std::mt19937_64 random_;
    std::int64_t tick_ = 0;
    double position_ = 0;
};

}  // namespace fieldway::modbus::simulator
