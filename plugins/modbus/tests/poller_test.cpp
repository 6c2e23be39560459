#include "modbus/poller.h"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Poller, ReadsAtOnceThenOnEachInterval) {
    Bench bench;
    bench.start({Bench::device(7, 1, {10, 11, 40}, seconds(10))});
    bench.run_for(seconds(100));
    EXPECT_GE(bench.asked.size(), 20U);
    EXPECT_LE(bench.asked.size(), 22U);
    ASSERT_FALSE(bench.readings.empty());
    EXPECT_EQ(bench.readings[0].readings[1].value, Value(std::uint64_t{11}));
    EXPECT_EQ(bench.device_states(), std::vector<std::string>{"7 up"});
}

TEST(Poller, AsksNothingBeforeTheLineIsThere) {
    Bench bench;
    bench.poller_.apply(hall, {Bench::device(7, 1, {1})}, bench.clock_.monotonic(), bench.out_);
    EXPECT_FALSE(bench.turn());
    EXPECT_TRUE(bench.readings.empty());
}

TEST(Poller, TriesASilenceOnceMoreBeforeItIsNews) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1})});
    bench.run_for(seconds(1));
    bench.silent_units = {1};
    bench.readings.clear();
    bench.clock_.advance(seconds(10));
    ASSERT_TRUE(bench.turn());
    bench.silent_units.clear();
    bench.run_for(seconds(1));
    EXPECT_EQ(bench.count(7, 0, true), 0U);
    EXPECT_EQ(bench.count(7, 0, false), 1U);
    EXPECT_EQ(bench.device_states(), std::vector<std::string>{"7 up"});
}

TEST(Poller, TellsWhenTheLineIsDownAndSendsBadReadingsMeanwhile) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1}, seconds(1))});
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

// A server that closes after each answer: what was asked next is lost, and was not at fault.
TEST(Poller, AnAnswerLostWithItsConnectionIsAskedForAgain) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1, 100, 200, 300})});
    for (int connection = 0; connection < 4; ++connection) {
        ASSERT_TRUE(bench.turn());
        const Step step = bench.poller_.next(bench.clock_.now(), bench.out_);
        if (!step.request) break;
        Reply lost;
        lost.kind = Reply::Kind::lost;
        lost.time = bench.clock_.now();
        bench.poller_.done(lost, bench.out_);
        bench.take();
        bench.poller_.line_up(bench.clock_.monotonic(), bench.out_);
    }
    for (std::uint32_t point = 0; point < 4; ++point) {
        EXPECT_EQ(bench.count(7, point, false), 1U);
        EXPECT_EQ(bench.count(7, point, true), 0U);
    }
}

TEST(Poller, ADeviceThatStaysDownWhenTheLineIsBackSaysSoWithItsOwnReason) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1}, seconds(1))});
    bench.run_for(seconds(5));
    bench.poller_.line_down("no such port", bench.clock_.monotonic(), bench.out_);
    bench.take();
    bench.silent_units = {1};
    bench.poller_.line_up(bench.clock_.monotonic(), bench.out_);
    bench.run_for(seconds(5));
    EXPECT_EQ(bench.device_states(), (std::vector<std::string>{"7 up", "7 down", "7 down"}));
    EXPECT_EQ(bench.states.back().reason, "no answer in 500ms");
}

// Fault 37: who had the port before may have left a request that is answered only now.
TEST(Poller, ALineWithoutTransactionsIsLeftAloneAfterItWasOpened) {
    LineOptions line = Bench::default_line();
    line.late_window = seconds(1);
    Bench bench(line);
    bench.start({Bench::device(7, 1, {1})});
    bench.run_for(milliseconds(999));
    EXPECT_TRUE(bench.asked.empty());
    bench.run_for(milliseconds(10));
    EXPECT_EQ(bench.asked.size(), 1U);
}

// Fault 37: without transaction ids a late answer could pass for the next one.
TEST(Poller, LeavesAUnitAloneWhileALateAnswerMayCome) {
    LineOptions line = Bench::default_line();
    line.late_window = seconds(1);
    Bench bench(line);
    bench.start(
        {Bench::device(7, 1, {1}, milliseconds(100)), Bench::device(8, 2, {1}, milliseconds(100))});
    bench.run_for(seconds(2));
    bench.silent_units = {1};
    while (bench.spent[1] < line.timeout)
        bench.run_for(milliseconds(5));
    bench.silent_units.clear();
    bench.asked.clear();
    bench.run_for(milliseconds(950));
    for (const Request& request : bench.asked)
        EXPECT_EQ(request.unit, 2);
    EXPECT_GE(bench.asked.size(), 5U) << "the other unit goes on";
    bench.poller_.late_answer_seen(1, *bytes_from_hex("03 02 0001"), bench.clock_.monotonic(),
                                   bench.out_);
    bench.asked.clear();
    bench.run_for(milliseconds(50));
    EXPECT_NE(bench.asked.size(), 0U);
}

TEST(Poller, WritesAndReadsBack) {
    Bench bench;
    bench.start({Bench::device(7, 1, {80})});
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

TEST(Poller, RefusesACommandWholeBeforeItsFirstRequest) {
    Bench bench;
    DeviceOptions device = Bench::device(7, 1, {80, 81});
    device.points[1].layout.type = RegisterType::uint32;
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
    EXPECT_TRUE(bench.outcomes[0].reason.starts_with("r81: the register would be 1.5, and"));
    EXPECT_TRUE(bench.asked.empty());
}

TEST(Poller, CommandsGoFirstButPollsAreNotStarved) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1}, milliseconds(1))});
    bench.run_for(seconds(1));
    bench.asked.clear();
    for (int i = 0; i < 100; ++i)
        bench.submit(wire::CommandKind::read, 7, 0);
    for (int i = 0; i < 100; ++i)
        bench.turn();
    EXPECT_GE(bench.outcomes.size(), 80U);
    EXPECT_LT(bench.outcomes.size(), 95U) << "every ninth turn is a poll";
}

// Twenty devices that want more than there is: urgent points do not wait for them, patient ones not
// for ever.
TEST(Poller, PrioritiesHoldOnALineThatHasNoTimeForAll) {
    Bench bench;
    std::vector<DeviceOptions> devices;
    for (std::uint8_t unit = 1; unit <= 20; ++unit)
        devices.push_back(Bench::device(unit, unit, {1}, milliseconds(10)));
    devices.push_back(Bench::device(30, 30, {1}, seconds(1)));
    devices.back().points[0].priority = Priority::high;
    devices.push_back(Bench::device(31, 31, {1}, seconds(1)));
    devices.back().points[0].priority = Priority::low;
    bench.start(devices);
    bench.run_for(seconds(10));
    bench.readings.clear();
    bench.run_for(minutes(2));
    EXPECT_GE(bench.count(30, 0, false), 119U) << "as if it were alone";
    EXPECT_GE(bench.count(31, 0, false), 10U) << "at least every eleven seconds";
    EXPECT_LE(bench.count(31, 0, false), 20U);
}

std::vector<boost::json::object> figures_of(const Bench& bench) {
    std::vector<boost::json::object> found;
    for (const auto& state : bench.states) {
        if (!state.details.empty()) found.push_back(boost::json::parse(state.details).as_object());
    }
    return found;
}

TEST(Poller, TellsHowBusyTheLineIsAndWhetherThePlanIsMet) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1}, seconds(1)), Bench::device(8, 2, {1}, milliseconds(50))});
    bench.run_for(minutes(1));
    std::vector<boost::json::object> figures = figures_of(bench);
    ASSERT_GE(figures.size(), 3U);
    ASSERT_LE(figures.size(), 4U);
    EXPECT_NEAR(figures.back().at("load").as_double(), 0.105, 0.01)
        << "21 answers a second of 5 ms";
    const auto& device = figures.back().at("devices").at(0).as_object();
    EXPECT_EQ(device.at("unit").to_number<int>(), 1);
    EXPECT_NEAR(device.at("every_s").to_number<double>(), 1, 1e-9);
    EXPECT_NEAR(device.at("achieved_s").to_number<double>(), 1, 0.02);
    EXPECT_NEAR(device.at("turn_around_ms").to_number<double>(), 5, 0.5);
    bench.states.clear();
    bench.poller_.apply(
        hall,
        {Bench::device(7, 1, {1}, milliseconds(1)), Bench::device(8, 2, {1}, milliseconds(1))},
        bench.clock_.monotonic(), bench.out_);
    bench.run_for(minutes(1));
    figures = figures_of(bench);
    EXPECT_NEAR(figures.back().at("load").to_number<double>(), 1, 0.01);
    EXPECT_NEAR(figures.back().at("devices").at(0).at("achieved_s").to_number<double>(), 0.01, 1e-3)
        << "two answers of 5 ms";
}

TEST(Poller, RefusesMoreCommandsThanMayWait) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1})});
    for (std::size_t i = 0; i <= Poller::most_waiting_commands; ++i) {
        bench.submit(wire::CommandKind::read, 7, 0);
    }
    ASSERT_EQ(bench.outcomes.size(), 1U);
    EXPECT_EQ(bench.outcomes[0].status, wire::OutcomeStatus::refused);
}

TEST(Poller, AnUpdateLeavesUnchangedDevicesAlone) {
    Bench bench;
    const DeviceOptions same = Bench::device(7, 1, {1}, seconds(10));
    bench.start({same, Bench::device(8, 2, {1}, seconds(10))});
    bench.run_for(seconds(25));
    bench.asked.clear();
    bench.states.clear();
    bench.poller_.apply(hall,
                        {same, Bench::device(8, 2, {1, 2}, seconds(10)), Bench::device(9, 3, {1})},
                        bench.clock_.monotonic(), bench.out_);
    while (bench.turn()) {
    }
    for (const Request& request : bench.asked)
        EXPECT_NE(request.unit, 1);
    EXPECT_EQ(bench.asked.size(), 2U);
    EXPECT_EQ(bench.device_states(), std::vector<std::string>{"9 up"}) << "a reload is no news";
}

TEST(Poller, AReplyToARemovedDeviceIsNobodysReading) {
    Bench bench;
    bench.start({Bench::device(7, 1, {1})});
    const Step step = bench.poller_.next(bench.clock_.now(), bench.out_);
    ASSERT_TRUE(step.request);
    bench.poller_.apply(hall, {Bench::device(8, 1, {2})}, bench.clock_.monotonic(), bench.out_);
    Reply reply = bench.answer_to(*step.request);
    reply.time = bench.clock_.now();
    bench.poller_.done(reply, bench.out_);
    EXPECT_TRUE(bench.out_.readings.empty());
    bench.submit(wire::CommandKind::read, 8, 0);
    const Step command = bench.poller_.next(bench.clock_.now(), bench.out_);
    ASSERT_TRUE(command.request);
    bench.poller_.remove(hall, bench.out_);
    EXPECT_EQ(bench.out_.outcomes.size(), 1U);
    reply = bench.answer_to(*command.request);
    bench.poller_.done(reply, bench.out_);
    EXPECT_TRUE(bench.out_.readings.empty());
}

}  // namespace
}  // namespace fieldway::modbus
