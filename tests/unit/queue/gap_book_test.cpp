#include "queue/gap_book.h"

#include <chrono>

#include <gtest/gtest.h>

#include "queue_fixture.h"

namespace fieldway::queue {
namespace {

using namespace std::chrono_literals;

TEST(JoinedLosses, OfNothingLeavesTheOtherAsItIs) {
    const Loss some{test::key_of("a"), LossReason::bytes, 3, 5, 9, WallTime(5s), WallTime(9s)};
    const Loss none{test::key_of("a"), LossReason::bytes};
    EXPECT_EQ(joined(none, some), some);
    EXPECT_EQ(joined(some, none), some);
    const Loss older{test::key_of("a"), LossReason::bytes, 1, 2, 2, WallTime(2s), WallTime(2s)};
    const Loss both{test::key_of("a"), LossReason::bytes, 4, 2, 9, WallTime(2s), WallTime(9s)};
    EXPECT_EQ(joined(some, older), both);
}

}  // namespace
}  // namespace fieldway::queue
