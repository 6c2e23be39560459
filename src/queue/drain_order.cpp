#include "queue/drain_order.h"

namespace fieldway::queue {

std::optional<Lane> DrainOrder::next(const Waiting& waiting) {
    const auto lane = choose(waiting);
    if (lane) count(waiting, *lane);
    return lane;
}

std::optional<Lane> DrainOrder::choose(const Waiting& waiting) const {
    const auto pick = order_.choose(waiting);
    return pick ? std::optional(all_lanes[*pick]) : std::nullopt;
}

void DrainOrder::count(const Waiting& waiting, Lane lane) {
    order_.count(waiting, static_cast<std::size_t>(lane));
}

}  // namespace fieldway::queue
