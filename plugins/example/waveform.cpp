#include "example/waveform.h"

#include <cmath>
#include <numbers>

namespace fieldway::example {

Shape shape_named(std::string_view name) {
    if (name == "sine") return Shape::sine;
    if (name == "square") return Shape::square;
    return Shape::counter;
}

Value value_at(const Waveform& waveform, Duration elapsed) {
    const std::int64_t period = waveform.period.count();
    const std::int64_t in_period = elapsed.count() % period;
    switch (waveform.shape) {
        case Shape::counter:
            return std::int64_t{elapsed.count() / period};
        case Shape::sine: {
            const double part = static_cast<double>(in_period) / static_cast<double>(period);
            return waveform.amplitude * std::sin(2 * std::numbers::pi * part);
        }
        case Shape::square:
            return in_period < period / 2;
    }
    return NoValue{};
}

}  // namespace fieldway::example
