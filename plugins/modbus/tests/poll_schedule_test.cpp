#include "modbus/poll_schedule.h"

#include <chrono>
#include <map>

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonotonicTime start{seconds(1000)};

TEST(PollSchedule, IsDueFirstAtOnceThenOnItsGrid) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(10), start, start + seconds(4));
    EXPECT_EQ(schedule.take(start), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(4));
    EXPECT_EQ(schedule.take(start + milliseconds(3999)), std::nullopt);
    EXPECT_EQ(schedule.take(start + milliseconds(4003)), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(14));
}

TEST(PollSchedule, MakesNoBurstAfterAStall) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(1), start, start);
    EXPECT_EQ(schedule.take(start), id);
    const auto late = start + milliseconds(60'300);
    EXPECT_EQ(schedule.take(late), id);
    EXPECT_EQ(schedule.take(late), std::nullopt);
    EXPECT_EQ(schedule.next_due(), late + seconds(1));
}

TEST(PollSchedule, GivesTheLeastRecentlyServedOfWhatIsDue) {
    PollSchedule schedule;
    const auto fast = schedule.add(milliseconds(1), start, start);
    const auto slow = schedule.add(milliseconds(100), start, start);
    EXPECT_EQ(schedule.take(start), fast);
    EXPECT_EQ(schedule.take(start + milliseconds(200)), slow);
    EXPECT_EQ(schedule.take(start + milliseconds(200)), fast);
}

TEST(PollSchedule, DividesAnOverloadedLineFairly) {
    PollSchedule schedule;
    for (int i = 0; i < 7; ++i)
        schedule.add(milliseconds(1 + i), start, start);
    std::map<PollSchedule::Id, int> served;
    auto now = start;
    for (int i = 0; i < 700; ++i, now += milliseconds(20))
        ++served[schedule.take(now).value()];
    for (const auto& entry : served)
        EXPECT_EQ(entry.second, 100);
}

TEST(PollSchedule, PollsBackToBackWhatIsFasterThanItsAnswer) {
    PollSchedule schedule;
    schedule.add(milliseconds(1), start, start);
    auto now = start;
    for (int i = 0; i < 100; ++i, now += Duration(milliseconds(11)) / 10) {
        EXPECT_TRUE(schedule.take(now)) << i;
    }
}

TEST(PollSchedule, AnExtraTurnLeavesTheGridAlone) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(10), start, start);
    schedule.take(start);
    schedule.bring_forward(id, start + seconds(3));
    EXPECT_EQ(schedule.take(start + seconds(3)), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(10));
}

TEST(PollSchedule, ForgetsWhatWasRemoved) {
    PollSchedule schedule;
    const auto gone = schedule.add(seconds(1), start, start);
    schedule.remove(gone);
    EXPECT_EQ(schedule.take(start), std::nullopt);
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    const auto other = schedule.add(seconds(5), start + seconds(2), start + seconds(2));
    EXPECT_EQ(schedule.take(start + seconds(1)), std::nullopt)
        << "the old turn is not the new one's";
    EXPECT_EQ(schedule.take(start + seconds(2)), other);
}

}  // namespace
}  // namespace fieldway::modbus
