#include "modbus/unit_state.h"

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

const MonotonicTime start{std::chrono::seconds(1000)};

TEST(UnitState, OneSilenceIsNoise) {
    Random random(1);
    UnitState unit;
    EXPECT_TRUE(unit.on_answer());
    EXPECT_FALSE(unit.on_silence(start, random));
    EXPECT_FALSE(unit.on_answer()) << "it never was down";
    EXPECT_FALSE(unit.on_silence(start, random));
    EXPECT_EQ(unit.health(), UnitState::Health::up);
}

TEST(UnitState, TurnsDownOnceAndUpOnce) {
    Random random(1);
    UnitState unit;
    unit.on_answer();
    EXPECT_FALSE(unit.on_silence(start, random));
    EXPECT_TRUE(unit.on_silence(start, random));
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(unit.on_silence(start, random));
    EXPECT_EQ(unit.health(), UnitState::Health::down);
    EXPECT_TRUE(unit.on_answer());
    EXPECT_FALSE(unit.on_answer());
}

TEST(UnitState, WaitsLongerWithEachTryButNeverBeyondTheLimit) {
    Random random(7);
    UnitState unit;
    Duration longest{};
    unit.on_silence(start, random);
    for (int i = 0; i < 200; ++i) {
        unit.on_silence(start, random);
        const Duration wait = unit.probe_at() - start;
        EXPECT_GE(wait, UnitState::least_wait);
        EXPECT_LE(wait, i == 0 ? UnitState::first_wait : UnitState::longest_wait);
        longest = std::max(longest, wait);
    }
    EXPECT_GT(longest, std::chrono::seconds(20));
}

TEST(UnitState, OneAnswerBringsItBackAndOnlySeveralMakeTheNextWaitShortAgain) {
    Random random(7);
    UnitState unit;
    for (int i = 0; i < 100; ++i)
        unit.on_silence(start, random);
    const auto longest_after = [&](int answers) {
        Duration longest{};
        for (int i = 0; i < 50; ++i) {
            for (int answer = 0; answer < answers; ++answer)
                unit.on_answer();
            EXPECT_EQ(unit.health(), UnitState::Health::up);
            unit.on_silence(start, random);
            unit.on_silence(start, random);
            longest = std::max(longest, unit.probe_at() - start);
        }
        return longest;
    };
    EXPECT_GT(longest_after(1), std::chrono::seconds(10));
    EXPECT_LE(longest_after(6), UnitState::first_wait);
}

}  // namespace
}  // namespace fieldway::modbus
