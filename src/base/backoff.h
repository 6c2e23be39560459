// Waiting times between tries: exponential with full jitter. Pure: randomness comes in as an
// argument.
#pragma once

#include <random>

#include "base/clock.h"

namespace fieldway {

using Random = std::mt19937_64;

/// The n-th wait is uniform between `floor` and min(most, first * 2^n). Full jitter spreads a fleet
/// that lost its broker at one moment (the AWS architecture blog's analysis is the usual
/// reference).
class Backoff {
  public:
    Backoff(Duration first, Duration most, Duration floor = Duration::zero())
        : first_(first), most_(most), floor_(floor) {}

    /// The wait before the next try; each call counts one failed try.
    Duration next(Random& random);
    /// After a success that lasted.
    void reset() { tries_ = 0; }
    [[nodiscard]] unsigned tries() const { return tries_; }

  private:
    Duration first_;
    Duration most_;
    Duration floor_;
    unsigned tries_ = 0;
};

}  // namespace fieldway
