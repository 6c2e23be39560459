// What the poller makes of commands: their place among the polls, and their answers.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/poller.h"
#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::hall;
using test::PollerBench;

TEST(PollerCommands, WritesAndReadsBack) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {80})});
    bench.run_for(seconds(1));
    bench.asked.clear();
    bench.submit(wire::CommandKind::write, 7, 0, Value(std::int64_t{43}));
    bench.turn();
    bench.turn();
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::done);
    EXPECT_EQ(bench.outcomes[0].readings.at(0).value, Value(std::uint64_t{43}));
    EXPECT_EQ(bench.asked[0].function, Function::write_single_register);
    EXPECT_EQ(bench.asked[1].function, Function::read_holding_registers);
}

TEST(PollerCommands, AnswersACommandToADeadUnitAtOnceWithTheReason) {
    PollerBench bench;
    bench.silent_units = {1};
    bench.start({PollerBench::device(7, 1, {80})});
    bench.run_for(seconds(3));
    bench.submit(wire::CommandKind::write, 7, 0, Value(std::int64_t{43}));
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::refused);
    EXPECT_EQ(bench.outcomes[0].reason, "no answer in 500ms");
}

TEST(PollerCommands, RefusesACommandWholeBeforeItsFirstRequest) {
    PollerBench bench;
    DeviceOptions device = PollerBench::device(7, 1, {80, 81});
    device.points[1].layout.type = RegisterType::float32;
    bench.start({device});
    bench.run_for(seconds(1));
    wire::Command command;
    command.number = 5;
    command.kind = wire::CommandKind::write;
    command.device = 7;
    command.points = {{0, {}, Value(std::int64_t{1})}, {1, {}, Value(1.5)}};
    bench.asked.clear();
    bench.poller_.submit(hall, command, bench.clock_.monotonic(), bench.out_);
    bench.run_for(seconds(1));
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::refused);
    EXPECT_TRUE(bench.outcomes[0].reason.starts_with("r81: a value of type float32 cannot"));
    EXPECT_TRUE(bench.asked.empty());
}

TEST(PollerCommands, CommandsGoFirstButPollsAreNotStarved) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1}, milliseconds(1))});
    bench.run_for(seconds(1));
    bench.asked.clear();
    for (int i = 0; i < 100; ++i)
        bench.submit(wire::CommandKind::read, 7, 0);
    for (int i = 0; i < 100; ++i)
        bench.turn();
    EXPECT_GE(bench.outcomes.size(), 80U);
    EXPECT_LT(bench.outcomes.size(), 95U) << "every ninth turn is a poll";
}

TEST(PollerCommands, RefusesMoreCommandsThanMayWait) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1})});
    for (std::size_t i = 0; i <= Poller::most_waiting_commands; ++i) {
        bench.submit(wire::CommandKind::read, 7, 0);
    }
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::refused);
}

}  // namespace
}  // namespace fieldway::modbus
