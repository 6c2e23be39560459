// What the core makes of a store that cannot be read or written, comes back, or has no room.
#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "durable_rig.h"
#include "queue/sequence_clock.h"

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

/// As an earlier run left them, each with its sequence as payload.
void put_on(ScriptedDisk& disk, const StreamKey& key, Sequence first, Sequence last) {
    auto& stream = disk.streams[key];
    for (Sequence at = first; at <= last; ++at) {
        stream.records[at] = std::make_shared<const Record>(
            Record{at, message_of(key.device.text(), std::to_string(at), key.lane)});
    }
    stream.next = last + 1;
    stream.reserved = last;
}

std::vector<std::string> numbers(Sequence first, Sequence last) {
    std::vector<std::string> all;
    for (Sequence at = first; at <= last; ++at)
        all.push_back(std::to_string(at));
    return all;
}

TEST(DurableStore, WhatAReadOnlyDiskHoldsGoesOnWhenItCanBeWritten) {
    ScriptedDisk disk;
    put_on(disk, key_of("a"), 1, 100);
    disk.takes_nothing = true;
    DurableRig rig(with_durability(0s), disk);
    EXPECT_EQ(rig.peeked(key_of("a"), 0, 10), numbers(1, 10));
    for (Sequence at = 1; at <= 5; ++at)
        rig.queue->release(key_of("a"), at);
    disk.takes_nothing = false;
    rig.pass(10s);
    ASSERT_TRUE(rig.queue->works());
    EXPECT_EQ(rig.queue->figures(key_of("a")).records, 95U);
    EXPECT_EQ(rig.peeked(key_of("a"), 5), numbers(6, 100));
}

TEST(DurableStore, WhatCouldNotBeReadAtTheStartIsThereWhenTheStoreComesBack) {
    ScriptedDisk disk;
    put_on(disk, key_of("a"), 1, 9);
    disk.takes_nothing = disk.unreadable = true;
    DurableRig rig(with_durability(0s), disk);
    rig.append("a", "new");
    rig.settle();
    disk.takes_nothing = disk.unreadable = false;
    rig.pass(10s);
    auto wanted = numbers(1, 9);
    wanted.emplace_back("new");
    EXPECT_EQ(rig.peeked(key_of("a")), wanted);
    EXPECT_EQ(rig.queue->figures(key_of("a")).records, 10U);
}

TEST(DurableStore, WithAClockThatStoodWrongAStreamGoesOnAllTheSame) {
    ScriptedDisk disk;
    const Sequence from = sequence_by_clock(fieldway::test::ManualClock().wall());
    put_on(disk, key_of("a"), from + 1, from + 10);
    disk.takes_nothing = disk.unreadable = true;
    DurableRig rig(with_durability(0s), disk);
    ASSERT_EQ(rig.append("a", "new"), from + 1);
    rig.settle();
    disk.takes_nothing = disk.unreadable = false;
    rig.pass(10s);
    auto wanted = numbers(from + 1, from + 10);
    wanted[0] = "new";
    EXPECT_EQ(rig.peeked(key_of("a")), wanted);
    EXPECT_GT(rig.append("a", "newer"), from + 10) << "above all that the disk has";
}

TEST(DurableStore, DamageFoundAtTheStartIsNotInTheFiguresOfWhatIsThere) {
    for (const bool comes_back : {false, true}) {
        ScriptedDisk disk;
        put_on(disk, key_of("a"), 1, 10);
        disk.takes_nothing = disk.unreadable = comes_back;
        if (!comes_back)
            disk.losses_to_tell = {{key_of("a"), LossReason::damaged, 4, 3, 6, {}, {}}};
        DurableRig rig(with_durability(0s), disk);
        rig.settle();
        if (comes_back) {
            disk.losses_to_tell = {{key_of("a"), LossReason::damaged, 4, 3, 6, {}, {}}};
            disk.takes_nothing = disk.unreadable = false;
            rig.pass(10s);
        }
        EXPECT_EQ(disk.records(), 6U);
        EXPECT_EQ(rig.queue->figures(key_of("a")).records, 6U) << comes_back;
        EXPECT_EQ(rig.queue->figures(key_of("a")).evicted, 4U);
        EXPECT_THAT(rig.peeked(key_of("a")), ElementsAre("1", "2", "7", "8", "9", "10"));
    }
}

TEST(DurableStore, AFullLaneDoesNotHoldUpTheOthers) {
    ScriptedDisk disk;
    disk.full_lanes = {Lane::bulk};
    DurableRig rig(with_durability(0s), disk);
    for (int i = 0; i < 3; ++i) {
        rig.append("a", "bulk", Lane::bulk);
        rig.settle();
        bool durable = false;
        ASSERT_TRUE(rig.queue->append(message_of("a", "alarm", Lane::alarm), [&](Acceptance one) {
            durable = one == Acceptance::durable;
        }));
        rig.settle();
        EXPECT_TRUE(durable) << "no time has passed";
    }
    EXPECT_EQ(rig.queue->memory_alone(), 3U);
    disk.full_lanes.clear();
    rig.pass(1s);
    EXPECT_EQ(rig.queue->memory_alone(), 0U) << "and is tried again by itself";
}

TEST(DurableStore, AFullLaneIsNotCalledDropNewestWhenItIsNot) {
    ScriptedDisk disk;
    disk.full_lanes = {Lane::alarm, Lane::bulk};
    const auto room_for_two = 2 * DurableQueue::cost_of(message_of("a", "1"));
    DurableRig rig(with_durability(0s, room_for_two), disk);
    rig.append("a", "1", Lane::bulk);
    rig.settle();
    rig.append("a", "2", Lane::alarm);
    rig.append("a", "3", Lane::alarm);
    const auto refused = rig.queue->append(message_of("a", "4", Lane::bulk), {});
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().sentence(), HasSubstr("they hold higher lanes alone"));
}

TEST(DurableStore, AFullLaneIsNoSilentChangeOfPromise) {
    ScriptedDisk disk;
    disk.full_lanes = {Lane::bulk};
    auto options = with_durability(0s);
    options.when_full = config::WhenFull::drop_newest;
    DurableRig rig(options, disk);
    rig.append("a", "1", Lane::bulk);
    rig.settle();
    EXPECT_TRUE(rig.queue->all_figures().store.degraded);
    EXPECT_THAT(rig.queue->all_figures().store.reason,
                HasSubstr("drop-newest: new messages of lane bulk live in memory alone"));
    disk.full_lanes.clear();
    rig.pass(2s);
    rig.settle();
    EXPECT_FALSE(rig.queue->all_figures().store.degraded);
    EXPECT_EQ(rig.queue->all_figures().memory_alone, 0U);
}

TEST(DurableStore, AFlushPutsOnDiskWhatHasRoomThoughALaneAboveHasNone) {
    ScriptedDisk disk;
    disk.full_lanes = {Lane::telemetry};
    auto options = with_durability(1h, 64 * DurableQueue::most_commit_bytes);
    DurableRig rig(options, disk);
    const std::string large(DurableQueue::most_commit_bytes / 4, 'x');
    for (int i = 0; i < 12; ++i) {
        rig.append("a", large);
        rig.append("a", large, Lane::bulk);
    }
    bool done = false;
    rig.queue->flush(rig.clock.monotonic() + 4s, [&] { done = true; });
    rig.settle();
    EXPECT_TRUE(done) << "before its deadline";
    EXPECT_EQ(disk.streams[key_of("a", Lane::bulk)].records.size(), 12U);
    EXPECT_GE(disk.flushed, 1U);
}

TEST(DurableStore, WhatItRefusedOfACommitIsToldApartFromTheRest) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    std::vector<Acceptance> answers(4, Acceptance::in_memory);
    for (std::size_t at = 0; at < answers.size(); ++at) {
        ASSERT_TRUE(rig.queue->append(message_of(at < 3 ? "a" : "b", "x"),
                                      [&answers, at](Acceptance one) { answers[at] = one; }));
    }
    disk.losses_to_tell = {{key_of("a"), LossReason::device_bytes, 1, 2, 2, {}, {}}};
    rig.settle();
    EXPECT_THAT(answers, ElementsAre(Acceptance::durable, Acceptance::refused, Acceptance::durable,
                                     Acceptance::durable));
}

TEST(DurableStore, AToldGapOfAnIdleGatewayIsWrittenBeforeLong) {
    ScriptedDisk disk;
    disk.gaps = {{1, {key_of("a"), LossReason::bytes, 4, 1, 4, {}, {}}}};
    disk.next_number = 2;
    auto options = with_durability(0s);
    options.gap_subtopic = "";
    DurableRig rig(options, disk);
    rig.pass(1h);
    const std::size_t before = disk.maintained;
    rig.queue->peek(key_of("a"), 0, 1);
    rig.settle();
    ASSERT_THAT(disk.gaps, IsEmpty());
    rig.pass(10s);
    EXPECT_GT(disk.maintained, before + 1) << "the store writes in a round some seconds later";
}

TEST(DurableStore, ALossNamesTheOldestAlsoWhenThatWentLast) {
    ScriptedDisk disk;
    disk.takes_nothing = true;
    DurableRig rig(with_durability(0s, 4 * DurableQueue::cost_of(message_of("a", "1"))), disk);
    for (int i = 1; i <= 4; ++i)
        rig.append("a", std::to_string(i));
    ASSERT_THAT(rig.queue->peek(key_of("a"), 0, 2), SizeIs(2)) << "1 and 2 are in flight";
    const Sequence first = rig.queue->newest(key_of("a")) - 3;
    rig.append("a", "5");  // for 3
    rig.append("a", "6");  // for 4
    ASSERT_THAT(rig.queue->peek(key_of("a"), first + 1, 9), SizeIs(2));
    rig.append("a", "7");  // all are in flight: for 1
    rig.pass(3s);
    ASSERT_THAT(disk.gaps, SizeIs(1));
    EXPECT_EQ(disk.gaps[0].loss.count, 3U);
    EXPECT_EQ(disk.gaps[0].loss.first, first);
    EXPECT_EQ(disk.gaps[0].loss.last, first + 3);
}

TEST(DurableStore, WhatIsOnDiskAloneIsBuriedWithoutAReadOfTheSession) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s, 16 * DurableQueue::cost_of(message_of("a", "1"))), disk);
    for (int i = 1; i <= 40; ++i) {
        rig.append("a", std::to_string(i));
        rig.settle();
    }
    const auto buried = rig.queue->bury(key_of("a"), 1, "too large");
    ASSERT_TRUE(buried);
    EXPECT_EQ(buried->record, nullptr);
    EXPECT_EQ(rig.worker.waiting(), 0U) << "no read is under way";
    EXPECT_FALSE(rig.queue->bury(key_of("a"), 1, "too large")) << "it is not there any more";
    const auto in_memory = rig.queue->bury(key_of("a"), 40, "too large");
    ASSERT_TRUE(in_memory && in_memory->record);
    EXPECT_EQ(in_memory->record->message.payload, "40");
    rig.settle();
    ASSERT_THAT(disk.dead, SizeIs(2));
    EXPECT_EQ(disk.dead[0].record->message.payload, "1");
}

}  // namespace
}  // namespace fieldway::queue
