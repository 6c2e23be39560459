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

void Backoff::ease() {
    unsigned steps = 0;  // more tries than this no longer made it longer
    for (Duration ceiling = first_; ceiling < most_; ceiling *= 2)
        ++steps;
    tries_ = std::min(tries_, steps);
    if (tries_ > 0) --tries_;
}

}  // namespace fieldway
