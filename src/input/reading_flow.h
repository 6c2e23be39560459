// A reading as a plugin gave it, for the flow.
#pragma once

#include <utility>

#include "base/clock.h"
#include "flow/reading.h"
#include "plugin_api/wire.h"

namespace fieldway::input {

/// Its time can be believed where it is the device's own word, or the clock was settled then.
inline Reading reading_of(wire::Reading reading, const Clock& clock) {
    Timestamp time = reading.time;
    time.settled = reading.own_time || clock.settled(time.monotonic);
    return {reading.point, std::move(reading.name), std::move(reading.value), reading.bad, time};
}

}  // namespace fieldway::input
