#include "queue/sequence_clock.h"

#include <algorithm>
#include <chrono>

namespace fieldway::queue {

namespace {

constexpr std::chrono::sys_days first_release = std::chrono::year{2025} / std::chrono::November / 1;
constexpr int sequences_a_second_bits = 20;  // a power of two: 2^20

}  // namespace

Sequence sequence_by_clock(WallTime wall) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(
        std::max<WallTime>(wall, first_release).time_since_epoch());
    return static_cast<Sequence>(seconds.count()) << sequences_a_second_bits;
}

}  // namespace fieldway::queue
