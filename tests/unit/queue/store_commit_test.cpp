// Commits: nothing is told as stored that is not, nothing as lost twice, and one device costs no
// other.
#include <cerrno>

#include <gmock/gmock.h>

#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::MemoryFileSystem;
using test::record_of;
using test::StoreTest;
using test::stream_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class StoreCommit : public StoreTest {
  protected:
    std::uint64_t lost() const {
        std::uint64_t sum = 0;
        for (const Loss& loss : losses)
            sum += loss.count;
        return sum;
    }
    Store::CommitResult commit_all(const std::vector<std::shared_ptr<const Record>>& records) {
        auto result = store->commit(records, time);
        note(result.news);
        return result;
    }

    const StreamKey key = stream_of("one");
    const StreamKey other = stream_of("two");
};

TEST_F(StoreCommit, WhatIsBelowAnEarlierRunsNewestIsNeverCalledStored) {
    open();
    commit(key, 1000, 1004);
    for (const bool acknowledged : {false, true}) {
        if (acknowledged) store->acknowledge(key, 1004, {});
        ASSERT_EQ(store->flush(time), Committed::stored);
        kill_and_open();
        findings.clear();
        const std::vector records{record_of(key, 3, "new"),
                                  record_of(other, acknowledged ? 2 : 1, "p")};
        for (int tries = 0; tries < 2; ++tries) {
            const auto result = commit_all(records);
            EXPECT_EQ(result.outcome, Committed::degraded);
            EXPECT_FALSE(result.stored_lanes[static_cast<std::size_t>(Lane::telemetry)]);
        }
        EXPECT_EQ(count(Finding::Kind::lost_state), 1U);
        EXPECT_THAT(findings.back().sentence, HasSubstr("message 3 of one"));
        // The rest of the lane is on disk all the same, and once.
        EXPECT_EQ(read_all(other), words(1, acknowledged ? 2 : 1));
    }
}

TEST_F(StoreCommit, WhatThisRunStoredOrIsDoneWithIsPassedOver) {
    open();
    commit(key, 1, 3);
    EXPECT_EQ(commit(key, 1, 3).outcome, Committed::stored);
    const StreamKey live = stream_of("one", Lane::telemetry, Drain::live_first);
    const std::array<Sequence, 2> singles{1, 2};
    store->acknowledge(live, 0, singles);  // delivered before they were stored
    EXPECT_EQ(commit(live, 1, 2).outcome, Committed::stored);
    EXPECT_EQ(read_all(key), words(1, 3));
    EXPECT_THAT(findings, IsEmpty());
}

TEST_F(StoreCommit, ARefusedMessageIsToldOnceThoughTheCommitIsTriedAgain) {
    options.limits.when_full = config::WhenFull::drop_newest;
    options.limits.device_max_bytes = 100;
    open();
    const std::vector records{record_of(key, 1, std::string(80, 'x')),
                              record_of(key, 2, std::string(80, 'x'))};
    disk.fail_every(MemoryFileSystem::Call::allocate, ENOSPC);
    for (int tries = 0; tries < 3; ++tries)
        EXPECT_EQ(commit_all(records).outcome, Committed::full);
    EXPECT_THAT(losses, IsEmpty());
    EXPECT_THAT(store->gaps(), IsEmpty());
    disk.fail_every(MemoryFileSystem::Call::allocate, 0);
    EXPECT_EQ(commit_all(records).outcome, Committed::stored);
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].first, 2U);
    EXPECT_EQ(losses[0].reason, LossReason::device_bytes);
    EXPECT_EQ(read_all(key).size(), 1U);
}

TEST_F(StoreCommit, ARefusedMessageIsToldThoughTheDiskFailsRightBehindTheFrame) {
    options.limits.when_full = config::WhenFull::drop_newest;
    options.limits.device_max_bytes = 100;
    open();
    commit(key, 1, 1);
    disk.fail_every(MemoryFileSystem::Call::rename, EIO);  // of the snapshot
    const std::vector records{record_of(key, 2, std::string(120, 'x')), record_of(key, 3, "p")};
    EXPECT_EQ(commit_all(records).outcome, Committed::stored);
    disk.fail_every(MemoryFileSystem::Call::rename, 0);
    pass(options.retry_interval);
    maintain();
    EXPECT_EQ(commit_all(records).outcome, Committed::stored);
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].first, 2U);
    crash_and_open();
    EXPECT_EQ(recovered->gaps.size(), 1U);
    EXPECT_EQ(read_all(key), (std::vector<std::string>{"1=p", "3=p"}));
}

TEST_F(StoreCommit, ASegmentThatWasGivenUpCountsAndGoesAsSoonAsTheDiskLetsIt) {
    open();
    disk.fail_every(MemoryFileSystem::Call::sync_folder, EIO);  // behind the frame
    disk.fail_every(MemoryFileSystem::Call::remove, EIO);
    EXPECT_EQ(commit(key, 1, 3).outcome, Committed::degraded);
    const std::size_t left = segment_files();
    EXPECT_GT(left, 0U);
    EXPECT_GE(store->figures().file_bytes, left * options.segment_bytes);
    disk.fail_every(MemoryFileSystem::Call::sync_folder, 0);
    disk.fail_every(MemoryFileSystem::Call::remove, 0);
    pass(options.retry_interval);
    maintain();
    pass(options.journal_interval);
    maintain();
    EXPECT_EQ(segment_files(), 0U);
    // They were delivered meanwhile; they do not come again.
    ASSERT_EQ(store->flush(time), Committed::stored);
    kill_and_open();
    EXPECT_THAT(read_all(key), IsEmpty());
}

TEST_F(StoreCommit, ADeviceWhoseSegmentCannotBeReadStopsNoOther) {
    options.limits.device_max_bytes = 2000;
    open();
    commit(key, 1, 4, std::string(480, 'x'));
    kill_and_open();
    disk.fail_every(MemoryFileSystem::Call::read, EIO);
    EXPECT_EQ(
        commit_all({record_of(other, 1, "p"), record_of(key, 5, std::string(480, 'x'))}).outcome,
        Committed::stored);
    disk.fail_every(MemoryFileSystem::Call::read, 0);
    EXPECT_EQ(read_all(other), words(1, 1));
    EXPECT_EQ(read_all(key).size(), 5U);
    EXPECT_EQ(lost(), 0U);
}

TEST_F(StoreCommit, DevicesAtTheirLimitsShareASnapshotAndSpareTheNextCommits) {
    constexpr int devices = 30;
    options.limits.device_max_bytes = 16'000;
    options.segment_bytes = 4 * 1024 * 1024;
    open();
    const auto commit_one_each = [&](Sequence sequence) {
        std::vector<std::shared_ptr<const Record>> records;
        for (int at = 0; at < devices; ++at) {
            records.push_back(
                record_of(stream_of("d" + std::to_string(at)), sequence, std::string(400, 'x')));
        }
        EXPECT_EQ(commit_all(records).outcome, Committed::stored);
    };
    Sequence next = 1;
    for (; next <= 40; ++next)
        commit_one_each(next);
    ASSERT_EQ(lost(), 0U);
    std::uint64_t calls = disk.calls();
    commit_one_each(next++);
    EXPECT_EQ(lost(), 3U * devices);  // a sixteenth of the limit, and not one alone
    EXPECT_LT(disk.calls() - calls, 40U);
    calls = disk.calls();
    commit_one_each(next++);
    commit_one_each(next++);
    EXPECT_EQ(lost(), 3U * devices);
    EXPECT_LT(disk.calls() - calls, 8U);
    for (int at = 0; at < devices; ++at)
        EXPECT_EQ(read_all(stream_of("d" + std::to_string(at))).size(), 40U);
    crash_and_open();
    EXPECT_EQ(recovered->gaps.size(), std::size_t{devices});
}

TEST_F(StoreCommit, ThinningThatADiskHasNoRoomForTellsOnlyWhatIsGone) {
    options.limits.when_full = config::WhenFull::thin;
    options.limits.max_bytes = 256ULL * 1024 * 1024;
    disk.set_capacity(300 * 1024);
    open();
    Sequence next = 1;
    for (int turn = 0; turn < 300; ++turn, next += 10)
        ASSERT_EQ(commit(key, next, next + 9, std::string(400, 'y')).outcome, Committed::stored);
    EXPECT_GT(lost(), 0U);
    EXPECT_EQ(lost() + read_all(key).size(), next - 1);
}

TEST_F(StoreCommit, LiveMessagesCostTheJournalNoMoreTheLongerTheBacklogWaits) {
    const StreamKey live = stream_of("one", Lane::alarm, Drain::live_first);
    open();
    commit(live, 1, 10);
    std::vector<std::uint64_t> written;
    for (Sequence next = 11; next <= 3010; ++next) {
        commit(live, next, next);
        const std::array<Sequence, 1> single{next};
        store->acknowledge(live, 0, single);
        if (next % 5 == 0) {
            pass(options.journal_interval);
            maintain();
        }
        if ((next - 10) % 1000 == 0) written.push_back(store->figures().written_bytes);
    }
    const std::uint64_t second = written[1] - written[0];
    EXPECT_LT(written[2] - written[1], second + second / 4);
    ASSERT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    EXPECT_EQ(read_all(live), words(1, 10));
}

TEST_F(StoreCommit, ASmallQueueOnASmallPartitionComesBack) {
    options.limits.max_bytes = 16 * 1024 * 1024;
    options.segment_bytes = 4 * 1024 * 1024;
    open();
    disk.set_capacity(disk.used());
    commit(key, 1, 1);
    ASSERT_TRUE(store->figures().degraded);
    disk.set_capacity(disk.used() + 3 * 1024 * 1024);
    pass(options.retry_interval);
    maintain();
    EXPECT_FALSE(store->figures().degraded);
    EXPECT_EQ(commit(key, 1, 1).outcome, Committed::stored);
}

}  // namespace
}  // namespace fieldway::queue
