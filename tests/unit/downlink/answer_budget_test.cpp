#include "downlink/answer_budget.h"

#include <gtest/gtest.h>

namespace fieldway::downlink {
namespace {

TEST(AnswerBudget, ABurstIsAnsweredAndThenOneEachThreeSeconds) {
    AnswerBudget budget;
    MonotonicTime now{std::chrono::hours(1)};
    const auto take = [&](int tries) {
        int taken = 0;
        for (int i = 0; i < tries; ++i)
            taken += budget.take(now) ? 1 : 0;
        return taken;
    };
    EXPECT_EQ(take(1000), 20);
    now += std::chrono::milliseconds(2999);
    EXPECT_EQ(take(10), 0);
    now += std::chrono::milliseconds(1);
    EXPECT_EQ(take(10), 1);
    now += std::chrono::hours(1000);
    EXPECT_EQ(take(1000), 20);
}

}  // namespace
}  // namespace fieldway::downlink
