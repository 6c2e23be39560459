#include "queue/durable_queue.h"

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

TEST(DurableQueue, WhatIsAcknowledgedWithinItsDurabilityIsNeverWritten) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    for (int i = 0; i < 100; ++i) {
        const Sequence sequence = rig.append("a", "x");
        rig.settle();
        rig.pass(500ms);
        rig.queue->release(key_of("a"), sequence);
    }
    rig.pass(60s);
    EXPECT_THAT(disk.commits, IsEmpty());
    EXPECT_EQ(rig.queue->all_figures().total.records, 0U);
    EXPECT_EQ(rig.queue->all_figures().total.released, 100U);
}

TEST(DurableQueue, WhenOneIsDueEverythingUnstoredGoesWithIt) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    rig.append("a", "1");
    rig.pass(900ms);
    rig.append("b", "2");
    rig.append("c", "3", Lane::bulk);
    EXPECT_THAT(disk.commits, IsEmpty());
    rig.pass(100ms);
    EXPECT_THAT(disk.commits, ElementsAre(3));
    EXPECT_EQ(rig.queue->memory_alone(), 0U);
}

TEST(DurableQueue, WithoutAWindowItIsDurableWhenTheDiskSaysSoAndNotBefore) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    std::vector<Acceptance> answers;
    for (int i = 0; i < 3; ++i) {
        rig.queue->append(message_of("a", "x"), [&](Acceptance a) { answers.push_back(a); })
            .value();
    }
    rig.run_core();
    EXPECT_THAT(answers, IsEmpty());
    rig.settle();
    EXPECT_THAT(answers,
                ElementsAre(Acceptance::durable, Acceptance::durable, Acceptance::durable));
    EXPECT_THAT(disk.commits, ElementsAre(3)) << "what one event appends is one commit";
}

TEST(DurableQueue, TheNextCommitGathersWhileOneIsUnderWay) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    rig.append("a", "1");
    rig.run_core();
    for (const char* payload : {"2", "3", "4"}) {
        rig.append("a", payload);
        rig.run_core();
    }
    EXPECT_EQ(rig.worker.waiting(), 1U);
    rig.settle();
    EXPECT_THAT(disk.commits, ElementsAre(1, 3));
}

TEST(DurableQueue, AckedByTheBrokerWhileOnItsWayToTheDiskItIsAcknowledgedThereToo) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    int durable = 0;
    const Sequence sequence =
        rig.queue->append(message_of("a", "1"), [&](Acceptance) { ++durable; }).value();
    rig.run_core();
    rig.queue->release(key_of("a"), sequence);
    rig.settle();
    EXPECT_EQ(durable, 1);
    EXPECT_EQ(disk.records(), 1U);
    rig.pass(2s);
    EXPECT_EQ(disk.records(), 0U);
    EXPECT_EQ(rig.queue->all_figures().total.records, 0U);
}

TEST(DurableQueue, AcknowledgementsAreHandedOverInBatches) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    for (int i = 0; i < 50; ++i)
        rig.append("a", "x");
    rig.settle();
    for (Sequence sequence = 1; sequence <= 50; ++sequence)
        rig.queue->release(key_of("a"), sequence);
    rig.settle();
    EXPECT_EQ(disk.acknowledge_calls, 0U);
    EXPECT_EQ(rig.queue->all_figures().duplicates_possible, 50U);
    rig.pass(1s);
    EXPECT_EQ(disk.acknowledge_calls, 1U);
    EXPECT_EQ(disk.records(), 0U);
    EXPECT_EQ(rig.queue->all_figures().duplicates_possible, 0U);
}

TEST(DurableQueue, AThousandAcknowledgementsDoNotWait) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s, 64 * 1024 * 1024), disk);
    for (int i = 0; i < 1000; ++i)
        rig.append("a", "x");
    rig.settle();
    for (Sequence sequence = 1; sequence <= 1000; ++sequence)
        rig.queue->release(key_of("a"), sequence);
    rig.settle();
    EXPECT_EQ(disk.records(), 0U);
}

TEST(DurableQueue, ReleasedOutOfOrderTheRestStaysOnDisk) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    for (const char* payload : {"1", "2", "3", "4"})
        rig.append("a", payload);
    rig.settle();
    rig.queue->release(key_of("a"), 1);
    rig.queue->release(key_of("a"), 3);
    rig.pass(2s);
    DurableRig again(with_durability(0s), disk);
    EXPECT_THAT(again.peeked(key_of("a")), ElementsAre("2", "4"));
}

TEST(DurableQueue, AfterARestartItGivesWhatItHadInOrderAndGoesOnCounting) {
    ScriptedDisk disk;
    {
        DurableRig rig(with_durability(0s), disk);
        for (int i = 1; i <= 20; ++i)
            rig.append("a", std::to_string(i));
        rig.settle();
    }
    DurableRig rig(with_durability(0s), disk);
    EXPECT_EQ(rig.queue->all_figures().total.records, 20U);
    EXPECT_GT(rig.append("a", "21"), 20U);
    std::vector<std::string> wanted;
    for (int i = 1; i <= 21; ++i)
        wanted.push_back(std::to_string(i));
    EXPECT_EQ(rig.peeked(key_of("a")), wanted);
}

TEST(DurableQueue, ASequenceThatWentOutIsNotGivenAgainAfterACrash) {
    ScriptedDisk disk;
    Sequence out = 0;
    {
        DurableRig rig(with_durability(1s), disk);
        for (int i = 0; i < 3000; ++i) {
            rig.append("a", "x");
            rig.run_core();
            for (const auto& record : rig.queue->peek(key_of("a"), out, 10)) {
                out = record->sequence;
                rig.queue->release(key_of("a"), out);
            }
            if (i % 7 == 0) rig.settle();
        }
        EXPECT_GT(out, 2000U);
        EXPECT_LT(disk.reservations, 10U);
    }
    DurableRig rig(with_durability(1s), disk);
    EXPECT_GT(rig.append("a", "y"), out);
}

TEST(DurableQueue, NothingGoesOutBeforeItsSequenceIsReservedUnlessTheDiskIsStuck) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    int told = 0;
    rig.queue->on_arrival([&](const StreamKey&) { ++told; });
    rig.append("a", "1");
    rig.run_core();
    EXPECT_THAT(rig.queue->peek(key_of("a"), 0, 9), IsEmpty());
    told = 0;
    rig.pass(4s, true);
    EXPECT_EQ(told, 1);
    EXPECT_THAT(rig.queue->peek(key_of("a"), 0, 9), SizeIs(1));
    EXPECT_FALSE(rig.queue->works());
}

TEST(DurableQueue, StreamsThatAreExpectedNeedNotWait) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    const std::vector keys{key_of("a"), key_of("b"), key_of("a", Lane::alarm)};
    rig.queue->expect(keys);
    rig.settle();
    EXPECT_EQ(disk.reservations, 1U) << "all in one";
    rig.append("b", "1");
    EXPECT_THAT(rig.queue->peek(key_of("b"), 0, 9), SizeIs(1));
}

TEST(DurableQueue, AnIdleQueueWakesNobody) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    rig.append("a", "1");
    rig.settle();
    rig.queue->release(key_of("a"), 1);
    rig.pass(10s);
    EXPECT_EQ(rig.wake, std::nullopt);
}

TEST(DurableQueue, WithRecordsOnDiskItLooksOnceAMinute) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    rig.append("a", "1");
    rig.settle();
    rig.pass(60s);
    const std::size_t before = disk.maintained;
    rig.pass(600s);
    EXPECT_LE(disk.maintained - before, 11U);
    EXPECT_GE(disk.maintained - before, 9U);
}

TEST(DurableQueue, BuriedItIsKeptAsADeadLetterAndTheStreamGoesOn) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(0s), disk);
    rig.append("a", "too large");
    rig.append("a", "2");
    rig.settle();
    rig.queue->bury(key_of("a"), 1, "0x95");
    rig.pass(2s);
    ASSERT_THAT(disk.dead, SizeIs(1));
    EXPECT_EQ(disk.dead[0].record->message.payload, "too large");
    EXPECT_EQ(disk.dead[0].reason, "0x95");
    EXPECT_EQ(disk.records(), 1U);
    EXPECT_EQ(rig.queue->figures(key_of("a")).dead, 1U);
    EXPECT_THAT(rig.peeked(key_of("a")), ElementsAre("2"));
}

TEST(DurableQueue, AFlushPutsAllOnDiskThatIsNot) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1h), disk);
    for (int i = 0; i < 500; ++i)
        rig.append("a", std::string(300, 'x'));
    bool done = false;
    rig.queue->flush(rig.clock.monotonic() + 4s, [&] { done = true; });
    rig.settle();
    EXPECT_TRUE(done);
    EXPECT_EQ(disk.records(), 500U);
    EXPECT_EQ(disk.flushed, 1U);
    EXPECT_EQ(rig.queue->memory_alone(), 0U);
}

TEST(DurableQueue, AFlushOnADiskThatHangsEndsAtItsDeadline) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1h), disk);
    rig.append("a", "x");
    bool done = false;
    rig.queue->flush(rig.clock.monotonic() + 4s, [&] { done = true; });
    rig.pass(3900ms, true);
    EXPECT_FALSE(done);
    rig.pass(100ms, true);
    EXPECT_TRUE(done);
    EXPECT_EQ(rig.queue->memory_alone(), 1U);
}

TEST(DurableQueue, ADiskThatTakesHalfAMinuteForASyncHoldsNothingUp) {
    ScriptedDisk disk;
    DurableRig rig(with_durability(1s), disk);
    const std::vector keys{key_of("a")};
    rig.queue->expect(keys);
    rig.settle();
    rig.append("a", "0");
    rig.pass(1s, true);  // its commit hangs from here on
    Sequence sent = 0;
    for (int i = 1; i <= 300; ++i) {
        rig.append("a", std::to_string(i));
        rig.pass(100ms, true);
        for (const auto& record : rig.queue->peek(key_of("a"), sent, 16)) {
            EXPECT_EQ(record->message.payload, std::to_string(sent));
            sent = record->sequence;
            rig.queue->release(key_of("a"), sent);
        }
        EXPECT_EQ(sent, static_cast<Sequence>(i + 1)) << "live delivery goes on";
    }
    rig.settle();
    rig.pass(3s);
    EXPECT_EQ(disk.records(), 0U);
    EXPECT_EQ(rig.queue->all_figures().total.records, 0U);
    EXPECT_TRUE(rig.queue->works());
}

TEST(DurableQueue, ReturnsToDurableByItselfAndThenStoresWhatItHolds) {
    ScriptedDisk disk;
    disk.takes_nothing = true;
    DurableRig rig(with_durability(0s), disk);
    for (int i = 0; i < 5; ++i)
        rig.append("a", "x");
    rig.pass(10s);
    EXPECT_FALSE(rig.queue->works());
    EXPECT_EQ(rig.queue->memory_alone(), 5U);
    EXPECT_THAT(rig.queue->peek(key_of("a"), 0, 2), SizeIs(2)) << "live delivery goes on";
    disk.takes_nothing = false;
    rig.pass(3s);
    EXPECT_TRUE(rig.queue->works());
    EXPECT_EQ(disk.records(), 5U);
}

TEST(DurableQueue, WhatStartedWithoutADiskNeverMeetsAnOldSequence) {
    ScriptedDisk disk;
    disk.streams[key_of("a")].next = 5000;
    ScriptedDisk unreadable;
    unreadable.takes_nothing = true;
    DurableRig rig(with_durability(0s), unreadable);
    EXPECT_GT(rig.append("a", "x"), 1'000'000'000U << 20);
}

}  // namespace
}  // namespace fieldway::queue
