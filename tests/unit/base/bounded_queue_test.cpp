#include "base/bounded_queue.h"

#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Push = BoundedQueue<int>::Push;

TEST(BoundedQueue, GivesItemsInOrderAndSaysWhenToWakeTheReader) {
    BoundedQueue<int> queue(3);
    EXPECT_EQ(queue.push(1), Push::first);
    EXPECT_EQ(queue.push(2), Push::taken);
    EXPECT_THAT(queue.take_all(), ElementsAre(1, 2));
    EXPECT_THAT(queue.take_all(), IsEmpty());
    EXPECT_EQ(queue.push(3), Push::first);
}

TEST(BoundedQueue, FullIsToldAndCounted) {
    BoundedQueue<int> queue(1);
    queue.push(1);
    EXPECT_EQ(queue.push(2), Push::full);
    EXPECT_EQ(queue.push(3), Push::full);
    EXPECT_EQ(queue.refused(), 2U);
    EXPECT_THAT(queue.take_all(), ElementsAre(1));
}

TEST(BoundedQueue, CarriesWhatCanOnlyMove) {
    BoundedQueue<std::unique_ptr<int>> queue(1);
    queue.push(std::make_unique<int>(7));
    EXPECT_EQ(*queue.take_all().front(), 7);
}

TEST(BoundedQueue, LosesNothingBetweenThreads) {
    BoundedQueue<int> queue(100'000);
    std::thread writer([&] {
        for (int i = 0; i < 20'000; ++i)
            queue.push(i);
    });
    int expected = 0;
    while (expected < 20'000) {
        for (const int item : queue.take_all())
            ASSERT_EQ(item, expected++);
        std::this_thread::yield();
    }
    writer.join();
}

}  // namespace
}  // namespace fieldway
