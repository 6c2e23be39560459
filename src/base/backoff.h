// Waiting times between tries: exponential with full jitter. Pure: randomness comes in as an
// argument.
#pragma once

#include <cstdint>
#include <random>

#include "base/clock.h"

namespace fieldway {

/// Knuth's MMIX generator, for jitter and phases (not for secrets): eight bytes, where a Mersenne
/// Twister has 2.5 kB, and each session and line has its own. The distributions use its high bits,
/// which are the good ones.
using Random =
    std::linear_congruential_engine<std::uint64_t, 6364136223846793005U, 1442695040888963407U, 0>;

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
    /// After one of which nobody knows whether it will last: half as long as now.
    void ease();
    [[nodiscard]] unsigned tries() const { return tries_; }

  private:
    Duration first_;
    Duration most_;
    Duration floor_;
    unsigned tries_ = 0;
};

}  // namespace fieldway
