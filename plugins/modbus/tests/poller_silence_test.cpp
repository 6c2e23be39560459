// Dead units, and those that come and go.
#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/poller.h"
#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Fault 36.
TEST(PollerSilence, ADeadUnitTurnsBadOnceAndTheOthersHardlyNotice) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1}, seconds(1)), Bench::device(8, 2, {1}, seconds(1)),
                 Bench::device(9, 3, {1}, seconds(1))});
    bench.run_for(seconds(10));
    bench.silent_units = {2};
    bench.readings.clear();
    bench.spent.clear();
    bench.run_for(minutes(10));
    EXPECT_EQ(bench.device_states(), (std::vector<std::string>{"7 up", "8 up", "9 up", "8 down"}));
    EXPECT_GE(bench.count(7, 0, false), 590U);
    EXPECT_GE(bench.count(8, 0, true), 590U) << "bad readings go out at each interval";
    EXPECT_EQ(bench.count(8, 0, false), 0U);
    EXPECT_LE(bench.spent[2], Duration(minutes(10)) / 20 + seconds(1)) << "5 % of the line";
    bench.silent_units.clear();
    bench.readings.clear();
    bench.run_for(seconds(31));
    EXPECT_EQ(bench.device_states().back(), "8 up");
    EXPECT_GE(bench.count(8, 0, false), 1U);
}

TEST(PollerSilence, ManyDeadUnitsShareFivePercentOfTheLine) {
    Bench bench;
    std::vector<DeviceOptions> devices{Bench::device(1, 1, {1}, seconds(1))};
    for (std::uint8_t unit = 2; unit < 60; ++unit) {
        devices.push_back(Bench::device(unit, unit, {1, 500}, seconds(1)));
        bench.silent_units.insert(unit);
    }
    bench.start(devices);
    bench.run_for(seconds(10));
    EXPECT_GE(bench.count(1, 0, false), 5U) << "also while the dead ones are still unknown";
    bench.run_for(minutes(4));  // 58 first tries at half of the line, 58 second ones at a quarter
    bench.spent.clear();
    bench.readings.clear();
    bench.run_for(minutes(10));
    Duration dead{};
    for (const auto& entry : bench.spent)
        dead += entry.first == 1 ? Duration{} : entry.second;
    EXPECT_LE(dead, Duration(minutes(10)) / 20 + seconds(1));
    EXPECT_GE(bench.count(1, 0, false), 560U);
}

TEST(PollerSilence, AnswersACommandToADeadUnitAtOnceWithTheReason) {
    Bench bench;
    bench.silent_units = {1};
    bench.start({Bench::device(7, 1, {80})});
    bench.run_for(seconds(3));
    bench.submit(wire::CommandKind::write, 7, 0, Value(std::int64_t{43}));
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::refused);
    EXPECT_EQ(bench.outcomes[0].reason,
              "nothing was sent, as the device is down: no answer in 500ms");
}

TEST(PollerSilence, EndsTheCommandsThatWaitForAUnitThatDies) {
    Bench bench;
    bench.start({Bench::device(7, 1, {80, 90, 100}), Bench::device(8, 2, {80})});
    bench.run_for(seconds(1));
    bench.silent_units = {1};
    for (int i = 0; i < 5; ++i)
        bench.submit(wire::CommandKind::write, 7, 0, Value(std::int64_t{43}));
    bench.submit(wire::CommandKind::write, 8, 0, Value(std::int64_t{43}));
    bench.run_for(2 * bench.line_.timeout + milliseconds(50));
    ASSERT_EQ(bench.outcomes.size(), 6U) << "none waits for its own timeout";
    std::size_t done = 0;
    for (const wire::Outcome& outcome : bench.outcomes)
        done += outcome.status == wire::OutcomeStatus::done ? 1 : 0;
    EXPECT_EQ(done, 1U) << "the living one is written";
}

TEST(PollerSilence, ProbesOnePointAndReadsAllAtTheFirstAnswer) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1, 2, 3, 4}, minutes(10))});
    bench.run_for(seconds(1));
    bench.silent_units = {1};
    bench.submit(wire::CommandKind::read, 7, 0);
    bench.submit(wire::CommandKind::read, 7, 0);
    bench.run_for(seconds(5));
    ASSERT_EQ(bench.device_states().back(), "7 down");
    bench.asked.clear();
    bench.run_for(minutes(1));
    ASSERT_FALSE(bench.asked.empty());
    for (const Request& request : bench.asked)
        EXPECT_EQ(request.count, 1);
    EXPECT_GE(bench.shapes().size(), 2U) << "another one each time";
    bench.silent_units.clear();
    while (bench.device_states().back() != "7 up")
        bench.run_for(milliseconds(5));
    bench.asked.clear();
    bench.run_for(milliseconds(20));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"1+4"}) << "ten minutes before it is due";
}

// At the start nothing is known: whoever is there is not kept waiting by the second tries of the
// others.
TEST(PollerSilence, FindsTheLivingBeforeItAsksTheDeadAgain) {
    LineOptions line = Bench::default_line();
    line.late_window = seconds(1);
    Bench bench(line);
    std::vector<DeviceOptions> devices;
    for (std::uint8_t unit = 1; unit <= 30; ++unit) {
        devices.push_back(Bench::device(unit, unit, {1}, milliseconds(1)));
        if (unit % 6 == 0) bench.silent_units.insert(unit);
    }
    bench.start(devices);
    bench.run_for(line.late_window + 5 * 2 * line.timeout + seconds(1));
    for (std::uint8_t unit = 1; unit <= 30; ++unit)
        EXPECT_EQ(bench.count(unit, 0, false) > 0, unit % 6 != 0) << int{unit};
}

Duration spent_on(const Bench& bench, const std::set<std::uint8_t>& units) {
    Duration spent{};
    for (const auto& [unit, time] : bench.spent)
        spent += units.contains(unit) ? time : Duration{};
    return spent;
}

// It never answers for long: what it takes from the others is that of a dead one, nearly.
TEST(PollerSilence, AUnitThatComesAndGoesGetsNoMoreOfTheLineEachTime) {
    Bench bench;
    bench.instead = [&](const Request& request) -> std::optional<Reply> {
        const auto second = bench.clock_.monotonic().time_since_epoch() / seconds(1);
        if (request.unit != 2 || second % 5 == 0) return std::nullopt;
        return Bench::reply_of(Reply::Kind::timeout);
    };
    bench.start(
        {Bench::device(7, 1, {1}, milliseconds(100)), Bench::device(8, 2, {1}, seconds(1))});
    bench.run_for(minutes(10));
    bench.spent.clear();
    bench.run_for(minutes(30));
    EXPECT_LE(spent_on(bench, {2}), Duration(minutes(30)) / 10);
}

/// Readings of the live units in ten minutes, of 30 units of which so many are dead.
std::size_t readings_with_dead(std::uint8_t dead) {
    Bench bench;
    std::vector<DeviceOptions> devices;
    for (std::uint8_t unit = 1; unit <= 30; ++unit) {
        if (dead == 0 && unit > 25) continue;
        devices.push_back(Bench::device(unit, unit, {1}, milliseconds(1)));
        if (unit > 25) bench.silent_units.insert(unit);
    }
    bench.start(devices);
    bench.run_for(minutes(1));
    bench.readings.clear();
    bench.run_for(minutes(10));
    std::size_t good = 0;
    for (const auto& batch : bench.readings)
        good += batch.readings[0].bad ? 0 : 1;
    return good;
}

TEST(PollerSilence, FiveOfThirtyDeadUnitsCostTheOthersATwentieth) {
    const auto alone = static_cast<double>(readings_with_dead(0));
    EXPECT_GE(static_cast<double>(readings_with_dead(5)), 0.945 * alone);
}

}  // namespace
}  // namespace fieldway::modbus
