// What refusals teach the poller about a device, and what noise does not.
#include <algorithm>
#include <chrono>
#include <random>
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

TEST(PollerLearning, IsolatesTheBadAddressAndKeepsTheGoodOnes) {
    Bench bench;
    bench.missing_registers = {13};
    bench.start({Bench::device(7, 1, {10, 11, 12, 13, 14, 15, 16, 17})});
    bench.run_for(seconds(1));
    for (std::uint32_t point = 0; point < 8; ++point) {
        EXPECT_GE(bench.count(7, point, false), point == 3 ? 0U : 1U) << point;
        EXPECT_EQ(bench.count(7, point, true) > 0, point == 3) << point;
    }
    EXPECT_EQ(bench.device_states().back(), "7 degraded");
    EXPECT_EQ(bench.states.back().reason,
              "1 of 8 points fail: r13: exception 02, illegal data address");
    bench.missing_registers.clear();
    bench.readings.clear();
    bench.run_for(minutes(2));
    EXPECT_GE(bench.count(7, 3, false), 1U) << "tried again now and then";
    EXPECT_EQ(bench.device_states().back(), "7 up");
}

TEST(PollerLearning, IsolatesAnAddressThatIsRefusedAsADeviceFailure) {
    Bench bench;
    bench.exception = 4;
    bench.missing_registers = {13};
    bench.start({Bench::device(7, 1, {10, 11, 12, 13, 14}, seconds(1))});
    bench.run_for(minutes(10));
    EXPECT_GE(bench.count(7, 0, false), 590U);
    EXPECT_EQ(bench.count(7, 3, false), 0U);
    EXPECT_EQ(bench.device_states().back(), "7 degraded");
    bench.missing_registers.clear();
    bench.run_for(minutes(2));
    EXPECT_EQ(bench.device_states().back(), "7 up");
}

TEST(PollerLearning, ABusyDeviceIsAskedForTheSameAgain) {
    Bench bench;
    bench.exception = 6;
    bench.missing_registers = {10};
    bench.start({Bench::device(7, 1, {10, 11}, seconds(1))});
    bench.run_for(minutes(1));
    bench.missing_registers.clear();
    bench.asked.clear();
    bench.run_for(seconds(10));
    EXPECT_EQ(bench.asked.size(), 10U) << "in one piece";
    EXPECT_EQ(bench.device_states().back(), "7 up");
}

TEST(PollerLearning, FindsAHoleThatNobodyAskedFor) {
    Bench bench;
    bench.missing_registers = {12};
    bench.start({Bench::device(7, 1, {10, 11, 14, 15})});
    bench.run_for(seconds(1));
    for (std::uint32_t point = 0; point < 4; ++point)
        EXPECT_GE(bench.count(7, point, false), 1U);
    EXPECT_EQ(bench.device_states(), std::vector<std::string>{"7 up"});
}

TEST(PollerLearning, ReadsTheRestByAsFewRequestsAsThereAreLeft) {
    Bench bench;
    bench.missing_registers = {13};
    bench.start({Bench::device(7, 1, {10, 11, 12, 13, 14, 15, 16, 17}, seconds(1))});
    bench.run_for(minutes(1));
    bench.asked.clear();
    bench.run_for(minutes(2));
    EXPECT_EQ(bench.shapes(), (std::set<std::string>{"10+3", "13+1", "14+4"}));
    bench.missing_registers.clear();
    bench.run_for(minutes(2));
    bench.asked.clear();
    bench.run_for(seconds(10));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"10+8"}) << "whole, as soon as it is there";
}

TEST(PollerLearning, TriesAHoleAgainNowAndThenAndMoreAndMoreSeldom) {
    Bench bench;
    bench.missing_registers = {12};
    bench.start({Bench::device(7, 1, {10, 11, 14, 15}, seconds(10))});
    bench.run_for(minutes(1));
    bench.asked.clear();
    bench.run_for(std::chrono::hours(24));
    const auto whole = std::count_if(bench.asked.begin(), bench.asked.end(),
                                     [](const Request& request) { return request.count == 6; });
    EXPECT_GE(whole, 2);
    EXPECT_LE(whole, 30);
    EXPECT_EQ(bench.count(7, 0, true), 0U) << "and nothing is lost by it";
    EXPECT_EQ(bench.device_states(), std::vector<std::string>{"7 up"});
    bench.missing_registers.clear();
    bench.run_for(std::chrono::hours(25));
    bench.asked.clear();
    bench.run_for(minutes(1));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"10+6"});
}

// A limit that nobody configured: more than eight registers are refused.
TEST(PollerLearning, FindsRequestsThatAreShortEnough) {
    Bench bench;
    bench.instead = [](const Request& request) -> std::optional<Reply> {
        if (request.count <= 8) return std::nullopt;
        return Bench::reply_of(Reply::Kind::exception, 3);
    };
    std::vector<std::uint16_t> registers;
    for (std::uint16_t address = 0; address < 40; ++address)
        registers.push_back(address);
    bench.start({Bench::device(7, 1, registers, seconds(1))});
    bench.run_for(minutes(1));
    for (std::uint32_t point = 0; point < 40; ++point) {
        EXPECT_GE(bench.count(7, point, false), 59U) << point;
        EXPECT_EQ(bench.count(7, point, true), 0U) << point;
    }
    bench.asked.clear();
    bench.run_for(minutes(5));
    EXPECT_LE(bench.asked.size(), 8U * 300) << "in no more than eight requests each time";
}

TEST(PollerLearning, OneOddExceptionChangesNothing) {
    Bench bench;
    bench.start({Bench::device(7, 1, {10, 11}, seconds(1))});
    bench.missing_registers = {10};
    bench.turn();
    bench.missing_registers.clear();
    bench.run_for(minutes(1));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"10+2"});
    EXPECT_EQ(bench.count(7, 0, true), 0U);
}

TEST(PollerLearning, ADeviceThatRefusedAllForAWhileIsReadWholeAgain) {
    Bench bench;
    bench.start({Bench::device(7, 1, {10, 11, 12, 13}, seconds(1))});
    bench.run_for(seconds(5));
    bench.instead = [](const Request&) { return Bench::reply_of(Reply::Kind::exception, 4); };
    bench.run_for(minutes(5));
    bench.instead = nullptr;
    bench.run_for(minutes(2));
    bench.asked.clear();
    bench.readings.clear();
    bench.run_for(minutes(1));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"10+4"});
    EXPECT_EQ(bench.count(7, 0, true), 0U);
    EXPECT_EQ(bench.device_states().back(), "7 up");
}

// Silence, damaged answers and odd exceptions by a seed, for an hour.
TEST(PollerLearning, NoiseLeavesThePlanAsItWas) {
    Bench bench;
    constexpr std::uint64_t seed = 5;
    Random random(seed);
    std::uniform_real_distribution<double> chance(0, 1);
    bench.instead = [&](const Request&) -> std::optional<Reply> {
        const double drawn = chance(random);
        if (drawn < 0.1) return Bench::reply_of(Reply::Kind::timeout);
        if (drawn < 0.3) return Bench::reply_of(Reply::Kind::bad_answer);
        if (drawn < 0.33) return Bench::reply_of(Reply::Kind::exception, 2);
        return std::nullopt;
    };
    bench.start({Bench::device(7, 1, {10, 11, 12, 13, 60, 61, 62, 63}, seconds(3)),
                 Bench::device(8, 2, {10}, seconds(3))});
    bench.run_for(std::chrono::hours(1));
    for (std::uint32_t point = 0; point < 8; ++point)
        EXPECT_GE(bench.count(7, point, false), 1000U) << "of 1200, seed " << seed;
    bench.instead = nullptr;
    bench.run_for(minutes(30));
    bench.asked.clear();
    bench.run_for(minutes(1));
    EXPECT_EQ(bench.shapes(), (std::set<std::string>{"10+4", "60+4", "10+1"})) << "seed " << seed;
}

TEST(PollerLearning, WhatIsNeverAnsweredIsIsolatedLikeWhatIsRefused) {
    Bench bench;
    bench.silent_registers = {3};
    bench.start({Bench::device(7, 1, {1, 2, 3, 4, 100}, seconds(1))});
    bench.run_for(minutes(1));
    bench.readings.clear();
    bench.run_for(minutes(5));
    for (const std::uint32_t point : {0U, 1U, 3U, 4U})
        EXPECT_GE(bench.count(7, point, false), 250U) << point;
    EXPECT_EQ(bench.count(7, 2, false), 0U);
    EXPECT_EQ(bench.device_states(), (std::vector<std::string>{"7 up", "7 degraded"}));
}

// Nothing else is asked of it: whether it is there at all is told by probes of single points.
TEST(PollerLearning, AUnitThatIsSilentAboutItsOnlyRequestIsReadInPieces) {
    Bench bench;
    bench.silent_registers = {3};
    bench.start({Bench::device(7, 1, {1, 2, 3, 4}, seconds(1))});
    bench.run_for(minutes(2));
    bench.readings.clear();
    bench.run_for(minutes(5));
    for (const std::uint32_t point : {0U, 1U, 3U})
        EXPECT_GE(bench.count(7, point, false), 250U) << point;
    EXPECT_EQ(bench.device_states().back(), "7 degraded");
}

// At 9600 baud a request costs 19 ms beside the turn-around: ten registers that nobody asked for
// take 23 ms.
TEST(PollerLearning, PlansWithTheTurnAroundThatItMeasures) {
    LineOptions line = Bench::default_line();
    line.endpoint.kind = Endpoint::Kind::rtu;
    line.baud = 9600;
    Bench bench(line);
    bench.start({Bench::device(7, 1, {0, 11}, seconds(1))});
    bench.run_for(seconds(5));
    EXPECT_EQ(bench.shapes(), std::set<std::string>{"0+12"}) << "with 10 ms, as long as it assumes";
    bench.run_for(seconds(10));
    bench.asked.clear();
    bench.run_for(seconds(10));
    EXPECT_EQ(bench.shapes(), (std::set<std::string>{"0+1", "11+1"}));
    EXPECT_EQ(bench.asked.size(), 20U) << "nothing is asked twice by it";
}

TEST(PollerLearning, ARegisterThatIsNeverAnsweredCostsNoMoreThanItsShare) {
    Bench bench;
    bench.silent_registers = {100};
    bench.start({Bench::device(7, 1, {1, 100}, seconds(1))});
    bench.run_for(minutes(5));
    EXPECT_EQ(bench.device_states().back(), "7 degraded");
    EXPECT_GE(bench.count(7, 0, false), 270U);
    EXPECT_LE(bench.spent[1], seconds(60));
}

}  // namespace
}  // namespace fieldway::modbus
