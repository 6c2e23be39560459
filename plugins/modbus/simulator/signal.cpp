#include "modbus/simulator/signal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace fieldway::modbus::simulator {
namespace {

/// Where in its period a time is: 0 to less than 1.
double phase(Duration time, Duration period) {
    return static_cast<double>((time % period).count()) / static_cast<double>(period.count());
}

}  // namespace

std::optional<Wave> wave_of(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, Wave>, 6> waves = {
        {{"constant", Wave::constant},
         {"sine", Wave::sine},
         {"ramp", Wave::ramp},
         {"square", Wave::square},
         {"counter", Wave::counter},
         {"walk", Wave::walk}}};
    for (const auto& [known, wave] : waves) {
        if (known == name) return wave;
    }
    return std::nullopt;
}

Signal::Signal(SignalOptions options, std::uint64_t seed)
    : options_(options), random_(seed), position_((options.min + options.max) / 2) {}

double Signal::at(Duration time) {
    const double height = options_.max - options_.min;
    switch (options_.wave) {
        case Wave::constant:
            return options_.value;
        case Wave::sine:
            return options_.min + height * (0.5 + 0.5 * std::sin(2 * std::numbers::pi *
                                                                 phase(time, options_.period)));
        case Wave::ramp:
            return options_.min + height * phase(time, options_.period);
        case Wave::square:
            return phase(time, options_.period) < 0.5 ? options_.max : options_.min;
        case Wave::counter: {
            const double counted = static_cast<double>(time / options_.every) * options_.step;
            if (height <= 0) return options_.min + counted;
            return options_.min + std::fmod(counted, height + options_.step);
        }
        case Wave::walk:
            return walk_to(time / options_.every);
    }
    return 0;
}

double Signal::walk_to(std::int64_t tick) {
    if (tick - tick_ > most_steps_made_up) tick_ = tick - most_steps_made_up;
    for (; tick_ < tick; ++tick_) {
        std::uniform_real_distribution<double> step(-options_.step, options_.step);
        position_ = std::clamp(position_ + step(random_), options_.min, options_.max);
    }
    return position_;
}

}  // namespace fieldway::modbus::simulator
