// The limit of RAM, and what comes back from disk.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "durable_rig.h"

namespace fieldway::queue {
namespace {

using namespace std::chrono_literals;
using test::DurableRig;
using test::key_of;
using test::message_of;
using test::ScriptedDisk;
using test::with_durability;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::uint64_t cost_of_one() {
    return DurableQueue::cost_of(message_of("a", "1"));
}

/// Room for so many short messages, without a disk.
config::QueueOptions room_for(std::uint64_t messages,
                              config::WhenFull when_full = config::WhenFull::drop_oldest) {
    auto options = with_durability(0s, messages * cost_of_one());
    options.when_full = when_full;
    return options;
}

struct MemoryMode : testing::Test {
    MemoryMode() { disk.takes_nothing = true; }
    ScriptedDisk disk;
};

TEST(DurableMemory, WhatIsOnDiskLeavesMemoryAndComesBackInOrder) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s, 64 * cost_of_one()), disk);
    std::vector<std::string> wanted;
    for (int i = 1; i <= 1000; ++i) {
        wanted.push_back(std::to_string(i));
        rig.append("a", wanted.back());
        rig.settle();
    }
    EXPECT_LE(rig.queue->all_figures().memory_bytes, 48 * cost_of_one());
    EXPECT_EQ(rig.queue->all_figures().total.records, 1000U);
    EXPECT_EQ(disk.reads, 0U) << "a stream that nobody peeks costs no read";
    wanted.resize(40);
    EXPECT_EQ(rig.peeked(key_of("a"), 0, 40), wanted);
    EXPECT_LE(rig.queue->all_figures().memory_bytes, 64 * cost_of_one());
    EXPECT_EQ(rig.queue->all_figures().total.evicted, 0U);
}

TEST(DurableMemory, ADrainReleasesAllOfIt) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s, 64 * cost_of_one()), disk);
    for (int i = 1; i <= 500; ++i) {
        rig.append("a", std::to_string(i));
        rig.settle();
    }
    Sequence after = 0;
    int got = 0;
    rig.queue->on_arrival([&](const StreamKey& key) {
        for (;;) {
            const auto records = rig.queue->peek(key, after, 16);
            if (records.empty()) return;
            for (const auto& record : records) {
                EXPECT_EQ(record->message.payload, std::to_string(++got));
                after = record->sequence;
                rig.queue->release(key, after);
            }
        }
    });
    rig.settle();
    rig.pass(3s);
    EXPECT_EQ(got, 500);
    EXPECT_EQ(disk.records(), 0U);
    EXPECT_THAT(rig.queue->streams(), IsEmpty());
    EXPECT_EQ(rig.queue->figures(key_of("a")).records, 0U);
}

TEST(DurableMemory, WhatIsBeyondTheBacklogComesWithoutIt) {
    ScriptedDisk disk;
    StreamKey key = key_of("a");
    key.drain = Drain::live_first;
    Message message = message_of("a", "old");
    message.drain = Drain::live_first;
    {
        DurableRig rig(with_durability(0s), disk);
        for (int i = 0; i < 100; ++i)
            rig.queue->append(message, {}).value();
        rig.settle();
    }
    DurableRig rig(with_durability(1s), disk);
    const Sequence newest = rig.queue->newest(key);
    int told = 0;
    rig.queue->on_arrival([&](const StreamKey&) { ++told; });
    rig.settle();
    EXPECT_THAT(rig.queue->peek(key, newest, 1), IsEmpty());
    told = 0;
    message.payload = "live";
    rig.queue->append(message, {}).value();
    rig.settle();
    EXPECT_EQ(told, 1) << "although the backlog waits";
    const auto live = rig.queue->peek(key, newest, 10);
    ASSERT_THAT(live, SizeIs(1));
    EXPECT_EQ(live[0]->message.payload, "live");
    rig.settle();
    EXPECT_EQ(disk.reads, 0U);
}

TEST(DurableMemory, ReleasedAfterItLeftMemoryItIsGone) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s, 16 * cost_of_one()), disk);
    for (int i = 1; i <= 10; ++i)
        rig.append("a", std::to_string(i));
    rig.settle();
    ASSERT_THAT(rig.queue->peek(key_of("a"), 0, 10), SizeIs(10));
    for (int i = 0; i < 30; ++i) {
        rig.append("b", "x");
        rig.settle();
    }
    EXPECT_EQ(rig.queue->all_figures().total.evicted, 0U);
    for (Sequence sequence = 1; sequence <= 10; ++sequence)
        rig.queue->release(key_of("a"), sequence);
    rig.pass(2s);
    EXPECT_EQ(rig.queue->figures(key_of("a")).released, 10U);
    EXPECT_EQ(disk.streams[key_of("a")].records.size(), 0U);
}

TEST(DurableMemory, AHundredStreamsDrainAtOnceWithinTheLimit) {
    ScriptedDisk disk;
    const auto options = with_durability(0s, 300 * cost_of_one());
    {
        DurableRig rig(options, disk);
        for (int i = 1; i <= 20; ++i) {
            for (int device = 0; device < 100; ++device)
                rig.append("D" + std::to_string(device), std::to_string(i));
            rig.settle();
        }
    }
    DurableRig rig(options, disk);
    std::map<StreamKey, int> got;
    std::uint64_t most = 0;
    rig.queue->on_arrival([&](const StreamKey& key) {
        for (auto records = rig.queue->peek(key, 0, 4); !records.empty();
             records = rig.queue->peek(key, 0, 4)) {
            most = std::max(most, rig.queue->all_figures().memory_bytes);
            for (const auto& record : records) {
                EXPECT_EQ(record->message.payload, std::to_string(++got[key]));
                rig.queue->release(key, record->sequence);
            }
        }
    });
    rig.settle();
    rig.pass(5s);
    EXPECT_EQ(disk.records(), 0U);
    EXPECT_LE(most, options.max_memory);
}

TEST_F(MemoryMode, WhenFullTheOldestOfTheLowestLaneGoesFirst) {
    DurableRig rig(room_for(3), disk);
    std::vector<Acceptance> bulk;
    rig.append("a", "1");
    rig.queue->append(message_of("a", "2", Lane::bulk), [&](Acceptance a) { bulk.push_back(a); })
        .value();
    rig.append("b", "3");
    rig.append("b", "4");
    rig.append("b", "5");
    rig.settle();
    EXPECT_THAT(bulk, ElementsAre(Acceptance::refused));
    EXPECT_THAT(rig.peeked(key_of("a")), IsEmpty());
    EXPECT_THAT(rig.peeked(key_of("b")), ElementsAre("3", "4", "5"));
    EXPECT_EQ(rig.queue->all_figures().total.evicted, 2U);
}

TEST_F(MemoryMode, ALowerLaneNeverDropsAHigherOne) {
    DurableRig rig(room_for(2), disk);
    rig.append("a", "1", Lane::alarm);
    rig.append("a", "2", Lane::telemetry);
    const auto refused = rig.queue->append(message_of("a", "3", Lane::bulk), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().sentence(), HasSubstr("queue.max_memory"));
    EXPECT_EQ(rig.queue->all_figures().total.records, 2U);
}

TEST_F(MemoryMode, DropNewestRefusesAndTheRefusedIsALossWhenNobodyAsked) {
    DurableRig rig(room_for(2, config::WhenFull::drop_newest), disk);
    rig.append("a", "1");
    rig.append("a", "2");
    EXPECT_FALSE(rig.queue->append(message_of("a", "3"), {}));
    EXPECT_FALSE(rig.queue->append(message_of("a", "4"), [](Acceptance) {}));
    EXPECT_EQ(rig.queue->all_figures().total.evicted, 1U);
    disk.takes_nothing = false;
    rig.pass(3s);
    ASSERT_THAT(disk.gaps, SizeIs(1));
    EXPECT_EQ(disk.gaps[0].loss.reason, LossReason::refused);
    EXPECT_EQ(disk.gaps[0].loss.count, 1U);
}

TEST_F(MemoryMode, ThinningDropsEverySecondOfTheOldestHalfOfEachStream) {
    DurableRig rig(room_for(16, config::WhenFull::thin), disk);
    for (int i = 1; i <= 8; ++i) {
        rig.append("a", std::to_string(i));
        rig.append("b", std::to_string(i));
    }
    rig.append("c", "new");
    EXPECT_THAT(rig.peeked(key_of("a")), ElementsAre("2", "4", "5", "6", "7", "8"));
    EXPECT_THAT(rig.peeked(key_of("b")), ElementsAre("2", "4", "5", "6", "7", "8"));
    disk.takes_nothing = false;
    rig.pass(3s);
    ASSERT_THAT(disk.gaps, SizeIs(2));
    EXPECT_EQ(disk.gaps[0].loss.reason, LossReason::thinned);
    EXPECT_EQ(disk.gaps[0].loss.count, 2U);
    EXPECT_EQ(disk.gaps[0].loss.first, disk.gaps[0].loss.last - 2);
}

TEST_F(MemoryMode, WhatIsOlderThanMaxAgeGoes) {
    auto options = room_for(100);
    options.lanes[1].max_age = std::chrono::hours(1);
    DurableRig rig(options, disk);
    rig.append("a", "1");
    rig.pass(std::chrono::minutes(59));
    rig.append("a", "2");
    rig.pass(std::chrono::minutes(2));
    EXPECT_THAT(rig.peeked(key_of("a")), ElementsAre("2"));
    EXPECT_EQ(rig.queue->all_figures().total.evicted, 1U);
}

TEST(DurableMemory, AFullStoreIsNamedWhenItRefuses) {
    ScriptedDisk disk;
    disk.full = true;
    DurableRig rig(room_for(2, config::WhenFull::drop_newest), disk);
    rig.append("a", "1");
    rig.append("a", "2");
    rig.settle();
    const auto refused = rig.queue->append(message_of("a", "3"), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().sentence(), HasSubstr("queue.max_bytes"));
    disk.full = false;
    rig.pass(2s);
    EXPECT_EQ(disk.records(), 2U);
    rig.append("a", "4");
}

TEST(DurableMemory, WhatTheStoreDroppedIsNotGivenOutAnyMore) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    for (int i = 1; i <= 6; ++i)
        rig.append("a", std::to_string(i));
    rig.settle();
    disk.losses_to_tell = {{key_of("a"), LossReason::bytes, 4, 1, 4, {}, {}}};
    rig.append("a", "7");
    rig.settle();
    EXPECT_THAT(rig.peeked(key_of("a")), ElementsAre("5", "6", "7"));
    EXPECT_EQ(rig.queue->figures(key_of("a")).evicted, 4U);
    EXPECT_EQ(rig.queue->figures(key_of("a")).records, 3U);
}

TEST(DurableGaps, ADeviceIsToldWhenItsSessionIsThere) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    const WallTime from = rig.clock.wall();
    disk.losses_to_tell = {{key_of("a"), LossReason::bytes, 4, 1, 4, from, from + 3s}};
    rig.append("b", "x");
    rig.settle();
    rig.queue->peek(key_of("b"), 0, 1);
    rig.settle();
    EXPECT_EQ(rig.queue->all_figures().gaps, 1U) << "its own session is away";
    rig.queue->peek(key_of("a"), 0, 1);
    rig.settle();
    const auto told = rig.queue->peek(key_of("a", Lane::alarm), 0, 9);
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0]->message.subtopic, "gateway/gap");
    EXPECT_THAT(told[0]->message.payload,
                HasSubstr(R"("reason":"bytes","lane":"telemetry","count":4,)"));
    EXPECT_THAT(told[0]->message.payload, HasSubstr(R"("first_sequence":1,"last_sequence":4)"));
    rig.pass(2s);
    EXPECT_THAT(disk.gaps, IsEmpty()) << "forgotten when the message that tells is safe";
    rig.queue->peek(key_of("a"), 0, 1);
    rig.settle();
    EXPECT_THAT(rig.queue->peek(key_of("a", Lane::alarm), told[0]->sequence, 9), IsEmpty());
}

TEST(DurableGaps, AGapOutlivesACrashUntilItIsTold) {
    ScriptedDisk disk;
    {
        DurableRig rig(with_durability(0s), disk);
        disk.losses_to_tell = {{key_of("a"), LossReason::bytes, 4, 1, 4, {}, {}}};
        rig.append("a", "x");
        rig.settle();
    }
    DurableRig rig(with_durability(0s), disk);
    rig.queue->peek(key_of("a"), 0, 1);
    rig.settle();
    EXPECT_THAT(rig.queue->peek(key_of("a", Lane::alarm), 0, 9), SizeIs(1));
}

TEST(DurableGaps, WithoutASubtopicItIsLoggedAndForgotten) {
    ScriptedDisk disk;
    auto options = with_durability(0s);
    options.gap_subtopic = "";
    DurableRig rig(options, disk);
    disk.losses_to_tell = {{key_of("away"), LossReason::bytes, 4, 1, 4, {}, {}}};
    rig.append("a", "x");
    rig.pass(2s);
    EXPECT_THAT(disk.gaps, IsEmpty());
    EXPECT_THAT(rig.queue->peek(key_of("away", Lane::alarm), 0, 9), IsEmpty());
}

}  // namespace
}  // namespace fieldway::queue
