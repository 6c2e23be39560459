// What a start makes of a folder in which something is missing, bad, or not readable yet.
#include <algorithm>
#include <cerrno>

#include <gmock/gmock.h>

#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::MemoryFileSystem;
using test::record_of;
using test::StoreTest;
using test::stream_of;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class StoreRecovery : public StoreTest {
  protected:
    void stop() {
        store.reset();
        disk.kill();
    }
    void flip(const std::string& name, std::size_t from, std::size_t to) {
        Bytes content = disk.content(name);
        for (std::size_t at = from; at < std::min(to, content.size()); ++at)
            content[at] ^= 0x5A;
        disk.set_content(name, content);
    }
    void reserve(Sequence upto) {
        const std::array<Store::Reservation, 1> wanted{{{key, upto}}};
        ASSERT_EQ(store->reserve(wanted), Committed::stored);
    }

    const StreamKey key = stream_of("one");
    const std::string segment = "/queue/telemetry-0000000001.seg";
    const Sequence by_clock = Sequence{1'763'806'530} << 20;
};

TEST_F(StoreRecovery, ASegmentOfWhichNoFrameIsGoodIsSetAsideAndNeverRemoved) {
    open();
    commit(key, 1, 5);
    commit(key, 6, 10);
    stop();
    flip(segment, 96, 1500);  // both frames; the segment's header stays
    open();
    note(recovered->news);
    EXPECT_EQ(count(Finding::Kind::set_aside), 1U);
    EXPECT_THAT(disk.names(), Contains(segment + ".set-aside"));
}

TEST_F(StoreRecovery, ASecondFrameBehindABadFirstOneKeepsTheFile) {
    open();
    commit(key, 1, 5);
    Bytes one_frame = disk.content(segment);
    while (one_frame.back() == 0)
        one_frame.pop_back();
    commit(key, 6, 10);
    stop();
    flip(segment, 96 + 64, 96 + 70);  // the first one's body: its header says where it ends
    flip(segment, one_frame.size() + 40, one_frame.size() + 5000);
    open();
    note(recovered->news);
    EXPECT_EQ(count(Finding::Kind::set_aside), 1U);
}

TEST_F(StoreRecovery, AnUnfinishedFirstWriteIsRemovedAndCountedAsATornTail) {
    open();
    commit(key, 1, 1, std::string(9000, 'x'));
    stop();
    const Bytes whole = disk.content(segment);
    for (const std::ptrdiff_t end : {97, 100, 127, 128, 140, 4096}) {  // 96: the frame's header
        Bytes content = whole;
        std::fill(content.begin() + end, content.end(), std::uint8_t{0});
        disk.set_content(segment, content);
        findings.clear();
        open();
        note(recovered->news);
        EXPECT_EQ(count(Finding::Kind::set_aside), 0U) << end;
        EXPECT_EQ(count(Finding::Kind::torn_tail), 1U) << end;
        EXPECT_EQ(store->figures().torn_tails, 1U) << end;
        EXPECT_THAT(disk.names(), Not(Contains(segment))) << end;
        stop();
    }
}

TEST_F(StoreRecovery, ASegmentThatCannotBeReadForWantOfMemoryIsNotSetAside) {
    open();
    commit(key, 1, 5);
    stop();
    const Bytes unsealed = disk.content(segment);
    for (std::uint64_t call = 0; call < 40; ++call) {
        disk.set_content(segment, unsealed);
        disk.fail_call(call, ENOMEM);
        open();
        EXPECT_THAT(disk.names(), Contains(segment)) << call;
        pass(options.retry_interval);
        maintain();
        EXPECT_EQ(read_all(key), words(1, 5)) << call;
        stop();
    }
}

TEST_F(StoreRecovery, ALostSnapshotIsMissedEvenWhereNothingWaits) {
    open();
    reserve(1024);
    stop();
    ASSERT_TRUE(disk.remove("/queue/snapshot"));
    ASSERT_TRUE(disk.sync_folder("/queue"));
    open();
    note(recovered->news);
    EXPECT_GE(recovered->first_of_new, by_clock);
    EXPECT_EQ(count(Finding::Kind::lost_state), 1U);
}

TEST_F(StoreRecovery, ADamagedSnapshotIsRememberedWhereverTheNextStartIsKilled) {
    open();
    reserve(1024);
    stop();
    disk.set_content("/queue/snapshot", Bytes(100, 7));
    disk.set_content("/queue/acks", Bytes(100, 7));
    for (std::uint64_t calls = 1;; ++calls) {
        ASSERT_LT(calls, 100U);
        MemoryFileSystem other;
        ASSERT_TRUE(other.make_folder("/queue"));
        for (const std::string& name : disk.names())
            other.set_content(name, disk.content(name));
        other.stop_at_call(calls);
        static_cast<void>(Store::open(other, options, time));
        const bool killed = other.stopped();
        other.kill();
        auto again = Store::open(other, options, time);
        ASSERT_TRUE(again);
        EXPECT_GE((*again)->take_recovered().first_of_new, by_clock) << "killed at " << calls;
        if (!killed) break;
    }
}

TEST_F(StoreRecovery, AFirstStartThatIsKilledLosesNothingThatIsTold) {
    for (std::uint64_t calls = 1;; ++calls) {
        ASSERT_LT(calls, 100U);
        MemoryFileSystem other;
        other.stop_at_call(calls);
        static_cast<void>(Store::open(other, options, time));
        const bool killed = other.stopped();
        other.kill();
        auto again = Store::open(other, options, time);
        ASSERT_TRUE(again);
        EXPECT_TRUE((*again)->take_recovered().news.findings.empty()) << "killed at " << calls;
        EXPECT_EQ((*again)->take_recovered().first_of_new, 1U) << "killed at " << calls;
        if (!killed) break;
    }
}

TEST_F(StoreRecovery, GapsOutliveEveryTryToComeBackAndKeepTheirNumbers) {
    open();
    store->add_losses(std::vector{Loss{stream_of("two"), LossReason::bytes, 3, 1, 3}});
    ASSERT_EQ(store->flush(time), Committed::stored);
    stop();
    disk.fail_every(MemoryFileSystem::Call::list, EMFILE);
    open();
    store->add_losses(std::vector{Loss{key, LossReason::memory, 7, 1, 7}});
    const auto on_its_way = store->take_gap(store->gaps().at(0).number);
    ASSERT_TRUE(on_its_way);
    for (int tries = 0; tries < 3; ++tries) {
        pass(options.retry_interval);
        maintain();
        EXPECT_THAT(store->gaps(), ::testing::ElementsAre(*on_its_way));
    }
    disk.fail_every(MemoryFileSystem::Call::list, 0);
    pass(options.retry_interval);
    maintain();
    ASSERT_EQ(store->gaps().size(), 2U);
    store->gap_told(on_its_way->number);
    ASSERT_EQ(store->gaps().size(), 1U);
    EXPECT_EQ(store->gaps()[0].loss.key, stream_of("two"));
    EXPECT_NE(store->gaps()[0].number, on_its_way->number);
    EXPECT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    ASSERT_EQ(recovered->gaps.size(), 1U);
    EXPECT_EQ(recovered->gaps[0].loss.count, 3U);
}

}  // namespace
}  // namespace fieldway::queue
