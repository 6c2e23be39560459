#include "base/clock_trust.h"

#include <gtest/gtest.h>

namespace fieldway {
namespace {

using namespace std::chrono_literals;

constexpr TimeServiceState no_service{};
constexpr TimeServiceState waiting{true, false};
constexpr TimeServiceState synchronised{true, true};
constexpr WallTime truth{std::chrono::sys_days(std::chrono::year(2027) / 6 / 1)};
constexpr WallTime long_ago{std::chrono::sys_days(std::chrono::year(1970) / 1 / 1)};

Timestamp at(Duration since_boot, WallTime wall) {
    return {MonotonicTime(since_boot), wall};
}

ClockTrust trust(TrustMode mode, std::optional<GoodTime> last = {}) {
    return {mode, "boot", std::move(last)};
}

TEST(ClockTrust, AutoWaitsOnlyWhereAServiceTells) {
    EXPECT_EQ(trust(TrustMode::automatic).look(at(1h, truth), no_service).state,
              ClockState::settled);
    EXPECT_EQ(trust(TrustMode::automatic).look(at(1h, truth), waiting).state,
              ClockState::unsynchronised);
    EXPECT_EQ(trust(TrustMode::synchronised).look(at(1h, truth), no_service).state,
              ClockState::unsynchronised);
    EXPECT_EQ(trust(TrustMode::system).look(at(1h, truth), waiting).state, ClockState::settled);
}

TEST(ClockTrust, WhatWasRightFromTheStartWasRightBefore) {
    const auto verdict = trust(TrustMode::automatic).look(at(1h, truth), synchronised);
    EXPECT_EQ(verdict.state, ClockState::settled);
    EXPECT_TRUE(verdict.changed);
    EXPECT_EQ(verdict.since, MonotonicTime::min());
}

TEST(ClockTrust, WhatIsRightFromNowOnIsSo) {
    auto clock = trust(TrustMode::automatic);
    clock.look(at(1s, truth), waiting);
    const auto verdict = clock.look(at(9s, truth + 1h), synchronised);
    EXPECT_EQ(verdict.since, MonotonicTime(9s));
    EXPECT_EQ(verdict.step, 1h - 8s);
}

TEST(ClockTrust, StaysSettledWithoutItsServiceUntilItIsSet) {
    auto clock = trust(TrustMode::automatic);
    clock.look(at(1s, truth), synchronised);
    EXPECT_EQ(clock.look(at(20 * 24h + 1s, truth + 20 * 24h), waiting).state, ClockState::settled);
    const auto set = clock.look(at(20 * 24h + 2s, truth + 20 * 24h + 1s - 1h), waiting);
    EXPECT_EQ(set.state, ClockState::unsynchronised);
    EXPECT_EQ(set.step, -1h);
    EXPECT_EQ(clock.look(at(20 * 24h + 3s, truth + 20 * 24h), synchronised).state,
              ClockState::settled);
}

TEST(ClockTrust, AStepOfTheServiceItselfIsBelievedFromThenOn) {
    auto clock = trust(TrustMode::automatic);
    clock.look(at(1s, truth), synchronised);
    const auto verdict = clock.look(at(2s, truth + 1min), synchronised);
    EXPECT_EQ(verdict.state, ClockState::settled);
    EXPECT_FALSE(verdict.changed);
    EXPECT_EQ(verdict.since, MonotonicTime(2s));
}

TEST(ClockTrust, DriftIsNoStep) {
    auto clock = trust(TrustMode::automatic);
    clock.look(at(1s, truth), synchronised);
    for (int second = 1; second < 100; ++second) {
        const auto verdict =
            clock.look(at(1s + second * 1s, truth + second * 1001ms), synchronised);
        EXPECT_EQ(verdict.step, 0ms);
    }
}

TEST(ClockTrust, AServiceThatIsGoneLeavesTheClockInDoubtUntilSomebodySetsIt) {
    auto clock = trust(TrustMode::automatic);
    clock.look(at(1s, truth), waiting);
    EXPECT_EQ(clock.look(at(2s, truth + 1s), no_service).state, ClockState::unsynchronised)
        << "timedatectl set-ntp false, before set-time";
    const auto set = clock.look(at(3s, truth + 1h), no_service);
    EXPECT_EQ(set.state, ClockState::settled);
    EXPECT_EQ(set.since, MonotonicTime(3s));
    EXPECT_EQ(clock.look(at(4s, truth + 1h + 1s), waiting).state, ClockState::settled);
}

TEST(ClockTrust, AServiceThatComesUpLaterIsAsked) {
    auto clock = trust(TrustMode::automatic);
    EXPECT_EQ(clock.look(at(1s, truth), no_service).state, ClockState::settled);
    EXPECT_EQ(clock.look(at(2s, truth + 1s), waiting).state, ClockState::unsynchronised);
    EXPECT_EQ(clock.look(at(3s, truth + 2s), synchronised).state, ClockState::settled);
    EXPECT_EQ(clock.look(at(4s, truth + 3s), no_service).state, ClockState::settled);
}

TEST(ClockTrust, NoTrueClockSaysATimeThatHasBeen) {
    for (const auto mode : {TrustMode::automatic, TrustMode::synchronised, TrustMode::system}) {
        EXPECT_EQ(trust(mode).look(at(1s, long_ago), no_service).state, ClockState::implausible);
        const GoodTime last{"another", at(0s, truth)};
        EXPECT_EQ(trust(mode, last).look(at(1s, truth - 1h), no_service).state,
                  ClockState::implausible);
    }
}

TEST(ClockTrust, ATimeServiceMayCorrectALastTimeThatWasWrong) {
    const GoodTime last{"another", at(0s, truth + 240h)};
    EXPECT_EQ(trust(TrustMode::automatic, last).look(at(1s, truth), synchronised).state,
              ClockState::settled);
}

TEST(ClockTrust, ARestartInTheSameBootKnowsThatTheClockWasRight) {
    const GoodTime last{"boot", at(1h, truth)};
    EXPECT_EQ(trust(TrustMode::synchronised, last).look(at(30h, truth + 29h), waiting).state,
              ClockState::settled);
    EXPECT_EQ(trust(TrustMode::synchronised, last).look(at(30h, truth + 30h), waiting).state,
              ClockState::unsynchronised)
        << "it was set meanwhile";
    const GoodTime other{"another", at(1h, truth)};
    EXPECT_EQ(trust(TrustMode::synchronised, other).look(at(30h, truth + 29h), waiting).state,
              ClockState::unsynchronised);
}

TEST(ClockTrust, OnlyWhatAServiceToldIsKept) {
    auto clock = trust(TrustMode::system);
    clock.look(at(1s, truth + 24h * 3650), no_service);
    EXPECT_FALSE(clock.good_time()) << "a clock in the future would keep the true one out for ever";
    clock.look(at(2s, truth), synchronised);
    ASSERT_TRUE(clock.good_time());
    EXPECT_EQ(clock.good_time()->time, at(2s, truth));
}

TEST(GoodTime, ComesBackAsItWasWrittenAndNothingElseDoes) {
    const GoodTime good{"8a5c-boot", at(5s, truth), 7ms};
    EXPECT_EQ(parse_good_time(to_text(good)), good);
    for (const char* bad : {"", "boot", "boot 1", "boot 1 2 3", "boot 1 2\n", "boot 1 x 3\n",
                            " 1 2 3\n", "b 1 2 3\n\n", "b 99999999999999999999 1 2\n"}) {
        EXPECT_FALSE(parse_good_time(bad)) << bad;
    }
}

}  // namespace
}  // namespace fieldway
