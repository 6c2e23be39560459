#include "input/intake_queue.h"

#include <gtest/gtest.h>

namespace fieldway::input {
namespace {

PluginEvent emission(std::uint64_t origin) {
    return {origin, Emission{}};
}
PluginEvent state(std::uint64_t origin) {
    return {origin, wire::State{}};
}

TEST(IntakeQueue, WakesTheReaderOnceABatch) {
    IntakeQueue queue(8);
    EXPECT_EQ(queue.push(emission(1)), IntakeQueue::Push::wake);
    EXPECT_EQ(queue.push(emission(2)), IntakeQueue::Push::taken);
    EXPECT_EQ(queue.take(1).front().origin, 1U);
    EXPECT_EQ(queue.push(emission(3)), IntakeQueue::Push::taken)
        << "the reader has not seen the end yet";
    EXPECT_EQ(queue.take(8).size(), 2U);
    EXPECT_TRUE(queue.take(8).empty());
    EXPECT_EQ(queue.push(emission(4)), IntakeQueue::Push::wake);
}

TEST(IntakeQueue, IsFullAtItsLimitAndCountsWhatItRefused) {
    IntakeQueue queue(2);
    queue.push(emission(1));
    queue.push(emission(2));
    EXPECT_EQ(queue.push(emission(3)), IntakeQueue::Push::full);
    EXPECT_EQ(queue.refused(), 1U);
    EXPECT_EQ(queue.size(), 2U);
}

TEST(IntakeQueue, KeepsRoomForStatesAndAnswersWhenReadingsFillIt) {
    IntakeQueue queue(1);
    queue.push(emission(1));
    for (std::size_t i = 0; i < IntakeQueue::room_for_events; ++i) {
        ASSERT_EQ(queue.push(state(2)), IntakeQueue::Push::taken);
    }
    EXPECT_EQ(queue.push(state(3)), IntakeQueue::Push::full);
}

}  // namespace
}  // namespace fieldway::input
