// The values that the example gives: pure functions of time, so that a test knows them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/value.h"

namespace fieldway::example {

enum class Shape : std::uint8_t {
    counter,  ///< whole periods since the start: int64
    sine,     ///< -amplitude to +amplitude in one period: double
    square,   ///< true in the first half of each period
};
Shape shape_named(std::string_view name);

struct Waveform {
    Shape shape = Shape::counter;
    Duration period{};       ///< at least 1 ms
    double amplitude = 1.0;  ///< of a sine

    friend bool operator==(const Waveform&, const Waveform&) = default;
};

/// The value `elapsed` after the start; elapsed is not negative.
Value value_at(const Waveform& waveform, Duration elapsed);

}  // namespace fieldway::example
