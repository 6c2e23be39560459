// Where a record of a device stands: in which of its streams, and at which place in it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>

#include "flow/message.h"

namespace fieldway::uplink {

/// One of a device's streams at its uplink.
struct Stream {
    Lane lane = Lane::telemetry;
    Drain drain = Drain::in_order;
    friend auto operator<=>(const Stream&, const Stream&) = default;
};

inline constexpr std::array all_drains{Drain::in_order, Drain::live_first};
inline constexpr std::size_t stream_count = all_lanes.size() * all_drains.size();

constexpr std::size_t index_of(Lane lane) {
    return static_cast<std::size_t>(lane);
}
constexpr std::size_t index_of(Stream stream) {
    return index_of(stream.lane) * all_drains.size() + static_cast<std::size_t>(stream.drain);
}
constexpr Stream stream_at(std::size_t index) {
    return {all_lanes[index / all_drains.size()], all_drains[index % all_drains.size()]};
}

/// A sequence for each stream, by index_of.
using Sequences = std::array<Sequence, stream_count>;

struct Place {
    Stream stream;
    Sequence sequence = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace fieldway::uplink
