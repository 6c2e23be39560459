#include "base/backoff.h"

#include <algorithm>

namespace fieldway {

Duration Backoff::next(Random& random) {
    Duration ceiling = first_;
    for (unsigned i = 0; i < tries_ && ceiling < most_; ++i)
        ceiling *= 2;
    ceiling = std::max(std::min(ceiling, most_), floor_);
    ++tries_;
    std::uniform_int_distribution<Duration::rep> spread(floor_.count(), ceiling.count());
    return Duration(spread(random));
}

}  // namespace fieldway
