#include "queue/drain_order.h"

#include <array>
#include <cstddef>

#include <gtest/gtest.h>

namespace fieldway::queue {
namespace {

std::array<int, 3> picks_of(DrainOrder& order, DrainOrder::Waiting waiting, int count) {
    std::array<int, 3> picks{};
    for (int i = 0; i < count; ++i) {
        if (const auto lane = order.next(waiting)) ++picks[static_cast<std::size_t>(*lane)];
    }
    return picks;
}

TEST(DrainOrder, NothingWaitsNothingIsPicked) {
    DrainOrder order;
    EXPECT_EQ(order.next({false, false, false}), std::nullopt);
}

TEST(DrainOrder, AlarmGoesBeforeTelemetryBeforeBulk) {
    DrainOrder order;
    EXPECT_EQ(order.next({true, true, true}), Lane::alarm);
    EXPECT_EQ(order.next({false, true, true}), Lane::telemetry);
    EXPECT_EQ(order.next({false, false, true}), Lane::bulk);
}

TEST(DrainOrder, ALowerLaneGetsOneInEight) {
    DrainOrder order;
    EXPECT_EQ(picks_of(order, {true, true, false}, 800), (std::array{700, 100, 0}));
}

TEST(DrainOrder, WithAllLanesFullEachLowerLaneHasItsFloor) {
    DrainOrder order;
    picks_of(order, {true, true, true}, 16);  // both lower lanes earn their first pick at once
    EXPECT_EQ(picks_of(order, {true, true, true}, 800), (std::array{600, 100, 100}));
}

TEST(DrainOrder, TheFloorIsEarnedByWaitingOnly) {
    DrainOrder order;
    picks_of(order, {true, false, false}, 100);
    EXPECT_EQ(order.next({true, true, false}), Lane::alarm);
}

}  // namespace
}  // namespace fieldway::queue
