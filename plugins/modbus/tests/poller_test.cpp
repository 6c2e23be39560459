#include "modbus/poller.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using test::device_states;
using test::hall;
using test::PollerBench;

TEST(Poller, ReadsAtOnceThenOnEachInterval) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {10, 11, 40}, seconds(10))});
    bench.run_for(seconds(100));
    EXPECT_GE(bench.asked.size(), 20U);
    EXPECT_LE(bench.asked.size(), 22U);
    ASSERT_FALSE(bench.readings.empty());
    EXPECT_EQ(bench.readings[0].readings[1].value, Value(std::uint64_t{11}));
    EXPECT_EQ(device_states(bench), std::vector<std::string>{"7 up"});
}

TEST(Poller, AsksNothingBeforeTheLineIsThere) {
    PollerBench bench;
    bench.poller_.apply(hall, {PollerBench::device(7, 1, {1})}, bench.clock_.monotonic(),
                        bench.out_);
    EXPECT_FALSE(bench.turn());
    EXPECT_TRUE(bench.readings.empty());
}

TEST(Poller, TriesASilenceOnceMoreBeforeItIsNews) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1})});
    bench.run_for(seconds(1));
    bench.silent_units = {1};
    bench.readings.clear();
    bench.clock_.advance(seconds(10));
    ASSERT_TRUE(bench.turn());
    bench.silent_units.clear();
    bench.run_for(seconds(1));
    EXPECT_EQ(bench.count(7, 0, true), 0U);
    EXPECT_EQ(bench.count(7, 0, false), 1U);
    EXPECT_EQ(device_states(bench), std::vector<std::string>{"7 up"});
}

// Fault 36.
TEST(Poller, ADeadUnitTurnsBadOnceAndTheOthersHardlyNotice) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1}, seconds(1)),
                 PollerBench::device(8, 2, {1}, seconds(1)),
                 PollerBench::device(9, 3, {1}, seconds(1))});
    bench.run_for(seconds(10));
    bench.silent_units = {2};
    bench.readings.clear();
    bench.spent.clear();
    bench.run_for(minutes(10));
    EXPECT_EQ(device_states(bench), (std::vector<std::string>{"7 up", "8 up", "9 up", "8 down"}));
    EXPECT_GE(bench.count(7, 0, false), 590U);
    EXPECT_GE(bench.count(8, 0, true), 590U) << "bad readings go out at each interval";
    EXPECT_EQ(bench.count(8, 0, false), 0U);
    EXPECT_LE(bench.spent[2], Duration(minutes(10)) / 20 + seconds(1)) << "5 % of the line";
    bench.silent_units.clear();
    bench.readings.clear();
    bench.run_for(seconds(31));
    EXPECT_EQ(device_states(bench).back(), "8 up");
    EXPECT_GE(bench.count(8, 0, false), 1U);
}

TEST(Poller, ManyDeadUnitsShareFivePercentOfTheLine) {
    PollerBench bench;
    std::vector<DeviceOptions> devices{PollerBench::device(1, 1, {1}, seconds(1))};
    for (std::uint8_t unit = 2; unit < 60; ++unit) {
        devices.push_back(PollerBench::device(unit, unit, {1, 500}, seconds(1)));
        bench.silent_units.insert(unit);
    }
    bench.start(devices);
    bench.run_for(seconds(10));
    EXPECT_GE(bench.count(1, 0, false), 5U) << "also while the dead ones are still unknown";
    bench.run_for(minutes(3));
    bench.spent.clear();
    bench.readings.clear();
    bench.run_for(minutes(10));
    Duration dead{};
    for (const auto& entry : bench.spent)
        dead += entry.first == 1 ? Duration{} : entry.second;
    EXPECT_LE(dead, Duration(minutes(10)) / 20 + seconds(1));
    EXPECT_GE(bench.count(1, 0, false), 560U);
}

TEST(Poller, IsolatesTheBadAddressAndKeepsTheGoodOnes) {
    PollerBench bench;
    bench.missing_registers = {13};
    bench.start({PollerBench::device(7, 1, {10, 11, 12, 13, 14, 15, 16, 17})});
    bench.run_for(seconds(1));
    for (std::uint32_t point = 0; point < 8; ++point) {
        EXPECT_GE(bench.count(7, point, false), point == 3 ? 0U : 1U) << point;
        EXPECT_EQ(bench.count(7, point, true) > 0, point == 3) << point;
    }
    EXPECT_EQ(device_states(bench).back(), "7 degraded");
    EXPECT_EQ(bench.states.back().reason,
              "1 of 8 points fail: r13: exception 02, illegal data address");
    bench.missing_registers.clear();
    bench.readings.clear();
    bench.run_for(minutes(2));
    EXPECT_GE(bench.count(7, 3, false), 1U) << "tried again now and then";
    EXPECT_EQ(device_states(bench).back(), "7 up");
}

TEST(Poller, FindsAHoleThatNobodyAskedFor) {
    PollerBench bench;
    bench.missing_registers = {12};
    bench.start({PollerBench::device(7, 1, {10, 11, 14, 15})});
    bench.run_for(seconds(1));
    for (std::uint32_t point = 0; point < 4; ++point)
        EXPECT_GE(bench.count(7, point, false), 1U);
    EXPECT_EQ(device_states(bench), std::vector<std::string>{"7 up"});
}

TEST(Poller, OneOddExceptionIsForgottenInTime) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {10, 11})});
    bench.missing_registers = {10};
    bench.turn();
    bench.missing_registers.clear();
    bench.run_for(minutes(15));
    bench.asked.clear();
    bench.run_for(seconds(100));
    EXPECT_LE(bench.asked.size(), 11U) << "one request again instead of two";
    EXPECT_EQ(bench.count(7, 0, true), 0U);
}

TEST(Poller, ARegisterThatIsNeverAnsweredCostsNoMoreThanItsShare) {
    PollerBench bench;
    bench.silent_registers = {100};
    bench.start({PollerBench::device(7, 1, {1, 100}, seconds(1))});
    bench.run_for(minutes(5));
    EXPECT_EQ(device_states(bench).back(), "7 degraded");
    EXPECT_GE(bench.count(7, 0, false), 270U);
    EXPECT_LE(bench.spent[1], seconds(60));
}

TEST(Poller, TellsWhenTheLineIsDownAndSendsBadReadingsMeanwhile) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1}, seconds(1))});
    bench.run_for(seconds(5));
    bench.asked.clear();
    bench.readings.clear();
    bench.states.clear();
    bench.poller_.line_down("no such port", bench.clock_.monotonic(), bench.out_);
    bench.poller_.line_down("no such port", bench.clock_.monotonic(), bench.out_);
    bench.run_for(seconds(10));
    EXPECT_TRUE(bench.asked.empty());
    EXPECT_EQ(bench.count(7, 0, true), 10U);
    EXPECT_EQ(bench.states.size(), 2U) << "input and device, once";
    bench.poller_.line_up(bench.clock_.monotonic(), bench.out_);
    bench.run_for(milliseconds(20));
    EXPECT_EQ(bench.count(7, 0, false), 1U) << "at once";
}

// Fault 37: without transaction ids a late answer could pass for the next one.
TEST(Poller, LeavesAUnitAloneWhileALateAnswerMayCome) {
    LineOptions line = PollerBench::default_line();
    line.late_window = seconds(1);
    PollerBench bench(line);
    bench.start({PollerBench::device(7, 1, {1}, milliseconds(100)),
                 PollerBench::device(8, 2, {1}, milliseconds(100))});
    bench.run_for(seconds(1));
    bench.silent_units = {1};
    while (bench.spent[1] < line.timeout)
        bench.run_for(milliseconds(5));
    bench.silent_units.clear();
    bench.asked.clear();
    bench.run_for(milliseconds(950));
    for (const Request& request : bench.asked)
        EXPECT_EQ(request.unit, 2);
    EXPECT_GE(bench.asked.size(), 5U) << "the other unit goes on";
    bench.poller_.late_answer_seen(1, bench.clock_.monotonic());
    bench.asked.clear();
    bench.run_for(milliseconds(50));
    EXPECT_NE(bench.asked.size(), 0U);
}

}  // namespace
}  // namespace fieldway::modbus
