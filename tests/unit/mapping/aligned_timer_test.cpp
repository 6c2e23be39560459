#include "mapping/aligned_timer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

using std::chrono::milliseconds;

/// Milliseconds since the start, on both clocks.
Timestamp at(std::int64_t monotonic, std::int64_t wall) {
    return {MonotonicTime(std::chrono::hours(1) + milliseconds(monotonic)),
            WallTime(milliseconds(1'763'805'600'000 + wall))};
}

TEST(AlignedTimer, EndsOnRoundWallTimes) {
    AlignedTimer timer(std::chrono::seconds(60));
    EXPECT_EQ(timer.next(at(15'000, 15'000)), at(15'000, 0).monotonic) << "to be armed";
    EXPECT_FALSE(timer.due(at(15'000, 15'000)));
    EXPECT_EQ(timer.next(at(15'000, 15'000)), at(60'000, 0).monotonic);
    EXPECT_FALSE(timer.due(at(59'999, 59'999)));
    EXPECT_TRUE(timer.due(at(60'001, 60'001)));
    EXPECT_FALSE(timer.due(at(60'002, 60'002)));
    EXPECT_EQ(timer.next(at(60'002, 60'002)), at(120'000, 0).monotonic);
}

TEST(AlignedTimer, ASlowWallClockDoesNotEndAnIntervalTwice) {
    AlignedTimer timer(std::chrono::seconds(60));
    timer.due(at(0, 0));
    EXPECT_TRUE(timer.due(at(60'000, 59'990)));
    EXPECT_EQ(timer.next(at(60'000, 59'990)), at(120'010, 0).monotonic);
}

TEST(AlignedTimer, AimsAnewWhenTheWallClockIsStepped) {
    AlignedTimer timer(std::chrono::hours(24));
    timer.due(at(0, 0));
    const Timestamp stepped = at(1'000, 3'600'000);
    EXPECT_EQ(timer.next(stepped), stepped.monotonic) << "asks to be called";
    EXPECT_FALSE(timer.due(stepped));
    // 10:00 is where the test starts: the next day begins 14 hours later, 13 after the step.
    EXPECT_EQ(timer.next(stepped), stepped.monotonic + std::chrono::hours(13));
}

TEST(AlignedTimer, AfterAPauseItEndsOnce) {
    AlignedTimer timer(std::chrono::seconds(1));
    timer.due(at(0, 0));
    EXPECT_TRUE(timer.due(at(100'500, 100'500)));
    EXPECT_FALSE(timer.due(at(100'600, 100'600)));
}

TEST(AlignedTimer, KnowsWhenAWholeIntervalPassed) {
    AlignedTimer timer(std::chrono::seconds(10));
    timer.due(at(4'000, 4'000));
    EXPECT_FALSE(timer.whole_interval_passed(at(10'000, 0).monotonic));
    EXPECT_TRUE(timer.whole_interval_passed(at(14'000, 0).monotonic));
}

TEST(AlignedTimer, WithoutStepsEveryIntervalEndsExactlyOnce) {
    EXPECT_TRUE(rc::check("as many ends as round times", [] {
        const auto every = *rc::gen::inRange<std::int64_t>(20, 5'000);
        const auto start = *rc::gen::inRange<std::int64_t>(0, 10'000);
        AlignedTimer timer{milliseconds(every)};
        timer.due(at(start, start));
        std::int64_t now = start;
        int ends = 0;
        for (int i = 0; i < 50; ++i) {
            const auto next = timer.next(at(now, now)) - at(0, 0).monotonic;
            now = std::chrono::duration_cast<milliseconds>(next).count();
            RC_ASSERT((at(now, now).wall.time_since_epoch().count()) % every == 0);
            if (timer.due(at(now, now))) ++ends;
        }
        RC_ASSERT(ends == 50);
    }));
}

}  // namespace
}  // namespace fieldway::mapping
