#include "queue/drain_order.h"

#include <cstddef>

namespace fieldway::queue {

std::optional<Lane> DrainOrder::next(const Waiting& waiting) {
    std::optional<std::size_t> pick;
    for (std::size_t lane = 0; lane < waiting.size(); ++lane) {
        if (!waiting[lane]) {
            passed_over_[lane] = 0;  // a lane earns its floor only while it waits
        } else if (!pick) {
            pick = lane;
        } else if (passed_over_[lane] + 1 >= floor_picks &&
                   passed_over_[lane] > passed_over_[*pick]) {
            pick = lane;
        }
    }
    if (!pick) return std::nullopt;
    for (std::size_t lane = 0; lane < waiting.size(); ++lane) {
        if (waiting[lane]) ++passed_over_[lane];
    }
    passed_over_[*pick] = 0;
    return all_lanes[*pick];
}

}  // namespace fieldway::queue
