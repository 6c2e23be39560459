#include "queue/drain_order.h"

namespace fieldway::queue {

std::optional<Lane> DrainOrder::next(const Waiting& waiting) {
    const auto pick = order_.next(waiting);
    return pick ? std::optional(all_lanes[*pick]) : std::nullopt;
}

}  // namespace fieldway::queue
