#include "base/backoff.h"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

namespace fieldway {
namespace {

using std::chrono::seconds;

TEST(Backoff, StaysBetweenFloorAndADoublingCeiling) {
    Random random(7);
    Backoff backoff(seconds(1), seconds(60), std::chrono::milliseconds(100));
    for (const int ceiling : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
        const Duration wait = backoff.next(random);
        EXPECT_GE(wait, std::chrono::milliseconds(100));
        EXPECT_LE(wait, seconds(ceiling));
    }
    EXPECT_EQ(backoff.tries(), 9U);
}

TEST(Backoff, SpreadsAFleetOverTheWholeRange) {
    Random random(7);
    Duration least = Duration::max();
    Duration most = Duration::zero();
    for (int i = 0; i < 1000; ++i) {
        Backoff backoff(seconds(10), seconds(60));
        const Duration wait = backoff.next(random);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_LT(least, std::chrono::milliseconds(500));
    EXPECT_GT(most, std::chrono::milliseconds(9'500));
}

TEST(Backoff, BeginsAnewAfterASuccess) {
    Random random(7);
    Backoff backoff(seconds(1), seconds(60));
    for (int i = 0; i < 20; ++i)
        backoff.next(random);
    backoff.reset();
    EXPECT_LE(backoff.next(random), seconds(1));
}

TEST(Backoff, ManyTriesNeverOverflow) {
    Random random(7);
    Backoff backoff(seconds(1), std::chrono::hours(24 * 365 * 100));
    for (int i = 0; i < 200; ++i)
        EXPECT_GE(backoff.next(random), Duration::zero());
}

TEST(Backoff, AFloorAboveTheCeilingWins) {
    Random random(7);
    Backoff backoff(seconds(1), seconds(2), seconds(5));
    EXPECT_EQ(backoff.next(random), seconds(5));
}

TEST(Backoff, EasesByHalfFromWhatItReallyWaited) {
    Random random(1);
    Backoff backoff(std::chrono::seconds(1), std::chrono::seconds(8));
    for (int i = 0; i < 1000; ++i)
        (void)backoff.next(random);
    backoff.ease();
    EXPECT_EQ(backoff.tries(), 2U);
    for (int i = 0; i < 3; ++i)
        backoff.ease();
    EXPECT_EQ(backoff.tries(), 0U);
}

}  // namespace
}  // namespace fieldway
