#include "modbus/poll_schedule.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonotonicTime start{seconds(1000)};
constexpr Duration no_slack{};

TEST(PollSchedule, IsDueFirstAtOnceThenOnItsGrid) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(10), no_slack, start, start + seconds(4));
    EXPECT_EQ(schedule.take(start), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(4));
    EXPECT_EQ(schedule.take(start + milliseconds(3999)), std::nullopt);
    EXPECT_EQ(schedule.take(start + milliseconds(4003)), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(14));
}

TEST(PollSchedule, MakesNoBurstAfterAStall) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(1), no_slack, start, start);
    EXPECT_EQ(schedule.take(start), id);
    const auto late = start + milliseconds(60'300);
    EXPECT_EQ(schedule.take(late), id);
    EXPECT_EQ(schedule.take(late), std::nullopt);
    EXPECT_EQ(schedule.next_due(), late + seconds(1));
}

TEST(PollSchedule, GivesTheLeastRecentlyServedOfWhatHasTheSameDeadline) {
    PollSchedule schedule;
    const auto a = schedule.add(seconds(1), no_slack, start, start);
    const auto b = schedule.add(seconds(1), no_slack, start, start);
    EXPECT_EQ(schedule.take(start), a);
    EXPECT_EQ(schedule.take(start), b);
    schedule.bring_forward(b, start + milliseconds(10));
    schedule.bring_forward(a, start + milliseconds(10));
    EXPECT_EQ(schedule.take(start + milliseconds(10)), a);
}

TEST(PollSchedule, WhatCannotWaitGoesBeforeWhatCan) {
    PollSchedule schedule;
    for (int i = 0; i < 30; ++i)
        schedule.add(seconds(60), seconds(1), start, start);
    const auto fast = schedule.add(milliseconds(100), milliseconds(100), start, start);
    EXPECT_EQ(schedule.take(start + milliseconds(5)), fast);
    EXPECT_NE(schedule.take(start + milliseconds(5)), fast);
}

/// A line that has no time for what is urgent: whoever waits longer than its slack is served.
TEST(PollSchedule, WaitingOvertakesUrgencyInTheEnd) {
    PollSchedule schedule;
    std::vector<PollSchedule::Id> urgent;
    for (int i = 0; i < 3; ++i)
        urgent.push_back(schedule.add(milliseconds(10), no_slack, start, start));
    const auto patient = schedule.add(seconds(60), seconds(10), start, start);
    auto now = start;
    while (schedule.take(now) != patient)
        now += milliseconds(20);
    EXPECT_GE(now, start + seconds(10));
    EXPECT_LE(now, start + seconds(10) + milliseconds(100));
}

/// Load of 85 %: short intervals and long ones, every one in time.
TEST(PollSchedule, KeepsEveryIntervalWhileThereIsTime) {
    PollSchedule schedule;
    std::map<PollSchedule::Id, MonotonicTime> due;
    std::map<PollSchedule::Id, Duration> every;
    const auto add = [&](Duration interval, MonotonicTime first) {
        const auto id =
            schedule.add(interval, std::min<Duration>(interval, seconds(1)), first, first);
        due[id] = first;
        every[id] = interval;
    };
    for (int i = 0; i < 4; ++i)
        add(milliseconds(100), start);
    for (int i = 0; i < 25; ++i)
        add(seconds(1), start);
    auto now = start;
    while (now < start + seconds(30)) {
        const auto id = schedule.take(now);
        if (!id) {
            now = schedule.next_due().value();
            continue;
        }
        now += milliseconds(13);
        EXPECT_LE(now - due[*id], every[*id]) << "read before it is due again";
        due[*id] += every[*id];
    }
}

TEST(PollSchedule, DividesAnOverloadedLineFairly) {
    PollSchedule schedule;
    for (int i = 0; i < 7; ++i)
        schedule.add(milliseconds(1 + i), no_slack, start, start);
    std::map<PollSchedule::Id, int> served;
    auto now = start;
    for (int i = 0; i < 700; ++i, now += milliseconds(20))
        ++served[schedule.take(now).value()];
    for (const auto& entry : served)
        EXPECT_EQ(entry.second, 100);
}

TEST(PollSchedule, PollsBackToBackWhatIsFasterThanItsAnswer) {
    PollSchedule schedule;
    schedule.add(milliseconds(1), no_slack, start, start);
    auto now = start;
    for (int i = 0; i < 100; ++i, now += Duration(milliseconds(11)) / 10) {
        EXPECT_TRUE(schedule.take(now)) << i;
    }
}

TEST(PollSchedule, AnExtraTurnLeavesTheGridAlone) {
    PollSchedule schedule;
    const auto id = schedule.add(seconds(10), no_slack, start, start);
    schedule.take(start);
    schedule.bring_forward(id, start + seconds(3));
    EXPECT_EQ(schedule.take(start + seconds(3)), id);
    EXPECT_EQ(schedule.next_due(), start + seconds(10));
}

TEST(PollSchedule, ForgetsWhatWasRemoved) {
    PollSchedule schedule;
    const auto gone = schedule.add(seconds(1), no_slack, start, start);
    schedule.remove(gone);
    EXPECT_EQ(schedule.take(start), std::nullopt);
    EXPECT_EQ(schedule.next_due(), std::nullopt);
    const auto other = schedule.add(seconds(5), no_slack, start + seconds(2), start + seconds(2));
    EXPECT_EQ(schedule.take(start + seconds(1)), std::nullopt)
        << "the old turn is not the new one's";
    EXPECT_EQ(schedule.take(start + seconds(2)), other);
}

}  // namespace
}  // namespace fieldway::modbus
