#include "example/waveform.h"

#include <gtest/gtest.h>

namespace fieldway::example {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Waveform, ACounterCountsWholePeriods) {
    const Waveform counter{Shape::counter, seconds(2), 1.0};
    EXPECT_EQ(value_at(counter, seconds(0)), Value(std::int64_t{0}));
    EXPECT_EQ(value_at(counter, milliseconds(3999)), Value(std::int64_t{1}));
    EXPECT_EQ(value_at(counter, seconds(4)), Value(std::int64_t{2}));
}

TEST(Waveform, ASineTurnsOnceAPeriodBetweenItsAmplitudes) {
    const Waveform sine{Shape::sine, seconds(4), 20.0};
    EXPECT_NEAR(std::get<double>(value_at(sine, seconds(0))), 0.0, 1e-9);
    EXPECT_NEAR(std::get<double>(value_at(sine, seconds(1))), 20.0, 1e-9);
    EXPECT_NEAR(std::get<double>(value_at(sine, seconds(7))), -20.0, 1e-9);
}

TEST(Waveform, ASquareIsTrueInTheFirstHalf) {
    const Waveform square{Shape::square, seconds(2), 1.0};
    EXPECT_EQ(value_at(square, milliseconds(999)), Value(true));
    EXPECT_EQ(value_at(square, milliseconds(1000)), Value(false));
    EXPECT_EQ(value_at(square, milliseconds(2000)), Value(true));
}

}  // namespace
}  // namespace fieldway::example
