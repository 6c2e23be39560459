#include "queue/sequence_clock.h"

#include <chrono>

#include <gtest/gtest.h>

namespace fieldway::queue {
namespace {

using namespace std::chrono_literals;

TEST(SequenceClock, IsAMillionASecond) {
    EXPECT_EQ(sequence_by_clock(WallTime(1'763'806'530'999ms)), Sequence{1'763'806'530} << 20);
}

TEST(SequenceClock, AClockThatWasNeverSetIsAboveWhateverIsCountedFromOne) {
    const Sequence of_a_century_of_messages = Sequence{100} * 366 * 24 * 3600 * 1000;
    EXPECT_GT(sequence_by_clock(WallTime{}), of_a_century_of_messages);
    EXPECT_GT(sequence_by_clock(WallTime(-1s)), of_a_century_of_messages);
    EXPECT_EQ(sequence_by_clock(WallTime(30s)), sequence_by_clock(WallTime{}));
}

}  // namespace
}  // namespace fieldway::queue
