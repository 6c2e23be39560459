#include <gtest/gtest.h>

#include "modbus/simulator/signal.h"

namespace fieldway::modbus::simulator {
namespace {

using namespace std::chrono_literals;

SignalOptions wave(Wave kind, double min, double max) {
    SignalOptions options;
    options.wave = kind;
    options.min = min;
    options.max = max;
    return options;
}

TEST(Signal, ASineTurnsOnceAPeriodBetweenItsLimits) {
    Signal signal(wave(Wave::sine, 180, 240), 1);
    EXPECT_NEAR(signal.at(0s), 210, 1e-9);
    EXPECT_NEAR(signal.at(15s), 240, 1e-9);
    EXPECT_NEAR(signal.at(45s), 180, 1e-9);
    EXPECT_NEAR(signal.at(60s), 210, 1e-9);
}

TEST(Signal, ARampStartsAgainAndASquareStandsStill) {
    Signal ramp(wave(Wave::ramp, 0, 60), 1);
    EXPECT_NEAR(ramp.at(30s), 30, 1e-9);
    EXPECT_NEAR(ramp.at(61s), 1, 1e-9);
    Signal square(wave(Wave::square, 0, 1), 1);
    EXPECT_EQ(square.at(29s), 1);
    EXPECT_EQ(square.at(31s), 0);
}

TEST(Signal, ACounterCountsAndComesBackAfterItsMaximum) {
    Signal counter(wave(Wave::counter, 10, 12), 1);
    EXPECT_EQ(counter.at(500ms), 10);
    EXPECT_EQ(counter.at(2s), 12);
    EXPECT_EQ(counter.at(3s), 10);
}

TEST(Signal, AWalkStaysBetweenItsLimitsAndIsTheSameForTheSameSeed) {
    Signal one(wave(Wave::walk, 0, 10), 7);
    Signal same(wave(Wave::walk, 0, 10), 7);
    Signal other(wave(Wave::walk, 0, 10), 8);
    bool differs = false;
    for (int second = 1; second <= 1000; ++second) {
        const double value = one.at(std::chrono::seconds(second));
        EXPECT_GE(value, 0);
        EXPECT_LE(value, 10);
        differs = differs || value != other.at(std::chrono::seconds(second));
    }
    EXPECT_EQ(one.at(1000s), same.at(1000s)) << "however often it was asked";
    EXPECT_TRUE(differs);
}

TEST(Signal, AWalkThatNobodyWatchedForAYearAnswersAtOnce) {
    Signal walk(wave(Wave::walk, 0, 10), 7);
    EXPECT_LE(walk.at(24h * 365), 10);
}

}  // namespace
}  // namespace fieldway::modbus::simulator
