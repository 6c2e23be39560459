// Bad bytes, a full disk, a read-only one, errors at every call: the store comes up, loses what was
// hit alone, and says so. The catalogue's faults 4, 5, 7 to 12, 14 and 52.
#include <cerrno>

#include <gmock/gmock.h>

#include "queue/crc32c.h"
#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::MemoryFileSystem;
using test::StoreTest;
using test::stream_of;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;

class StoreFaults : public StoreTest {
  protected:
    StoreFaults() { options.segment_bytes = 4096; }

    /// Three frames of two records, the first one acknowledged; sealed by another start.
    void make_small_store(bool sealed) {
        open();
        for (Sequence at = 1; at <= 5; at += 2)
            commit(key, at, at + 1, "payload");
        store->acknowledge(key, 1, {});
        ASSERT_EQ(store->flush(time), Committed::stored);
        ASSERT_EQ(store->reserve(std::vector<Store::Reservation>{{key, 50}}), Committed::stored);
        disk.kill();
        if (sealed) open();
        store.reset();
        disk.kill();
    }
    /// Whatever was done to one byte: it starts, says something wrong of nothing, and loses at most
    /// one frame.
    void check_with_one_bad_byte(const std::string& where) {
        open();
        const auto read = read_all(key);
        ASSERT_THAT(words(1, 6, "payload"), ::testing::IsSupersetOf(read)) << where;
        ASSERT_GE(read.size(), 3U) << where;
        ASSERT_TRUE(std::is_sorted(read.begin(), read.end())) << where;
        ASSERT_EQ(commit(key, 1'000'000'000'000'000'000, 1'000'000'000'000'000'000).outcome,
                  Committed::stored)
            << where;
        store.reset();
        disk.kill();
    }

    const StreamKey key = stream_of("one");
};

TEST_F(StoreFaults, AFlippedByteAnywhereLosesAtMostItsFrame) {
    for (const bool sealed : {false, true}) {
        disk.clear();
        make_small_store(sealed);
        std::map<std::string, Bytes> files;
        for (const std::string& name : disk.names())
            files[name] = disk.content(name);
        for (const auto& [name, content] : files) {
            const std::size_t size = std::min<std::size_t>(content.size(), 1200);
            for (std::size_t at = 0; at < size; ++at) {
                disk.clear();
                for (const auto& [other, bytes] : files)
                    disk.set_content(other, bytes);
                Bytes bad = content;
                bad[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
                disk.set_content(name, bad);
                check_with_one_bad_byte(name + " at " + std::to_string(at));
                if (HasFatalFailure()) return;
            }
        }
    }
}

TEST_F(StoreFaults, AFileCutAtAnyByteKeepsTheFramesInFront) {
    make_small_store(false);
    const std::string name = "/queue/telemetry-0000000001.seg";
    std::map<std::string, Bytes> files;
    for (const std::string& one : disk.names())
        files[one] = disk.content(one);
    std::size_t most = 0;
    for (std::size_t size = 0; size < 700; ++size) {
        disk.clear();
        for (const auto& [other, bytes] : files)
            disk.set_content(other, bytes);
        disk.set_content(name, Bytes(files[name].begin(),
                                     files[name].begin() + static_cast<std::ptrdiff_t>(size)));
        findings.clear();
        open();
        note(recovered->news);
        const auto read = read_all(key);
        ASSERT_GE(read.size(), most) << size;  // more of the file is never less
        most = read.size();
        EXPECT_EQ(count(Finding::Kind::bad_frame), 0U);
        store.reset();
        disk.kill();
    }
    EXPECT_EQ(most, 5U);
}

TEST_F(StoreFaults, ABadFrameInTheMiddleIsToldWithFileOffsetAndLoss) {
    make_small_store(true);
    const std::string name = "/queue/telemetry-0000000001.seg";
    Bytes content = disk.content(name);
    const std::string text(content.begin(), content.end());
    const std::size_t third =
        text.find("payload", text.find("payload", text.find("payload") + 1) + 1);
    content[third] ^= 1;
    disk.set_content(name, content);
    open();
    EXPECT_EQ(read_all(key), (std::vector<std::string>{"2=payload", "5=payload", "6=payload"}));
    ASSERT_EQ(count(Finding::Kind::bad_frame), 1U);
    EXPECT_THAT(findings.back().sentence, HasSubstr(name));
    EXPECT_THAT(findings.back().sentence, HasSubstr("offset"));
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].reason, LossReason::damaged);
    EXPECT_EQ(losses[0].count, 2U);
    EXPECT_EQ(losses[0].first, 3U);
    EXPECT_EQ(losses[0].last, 4U);
    // Told once: the segment is rewritten without it.
    pass(options.journal_interval);
    maintain();
    kill_and_open();
    EXPECT_EQ(read_all(key).size(), 3U);
    EXPECT_EQ(count(Finding::Kind::bad_frame), 1U);
    EXPECT_EQ(recovered->gaps.size(), 1U);
}

TEST_F(StoreFaults, AnErrorAtAnyCallNeverClaimsWhatIsNotThere) {
    for (const int number : {EIO, ENOSPC, EROFS}) {
        for (std::uint64_t k = 0; k < 120; ++k) {
            disk.clear();
            losses.clear();
            disk.fail_call(k, number);
            open();
            std::size_t accepted = 0;
            Sequence next = 1;
            for (int turns = 0; turns < 12; ++turns) {
                if (commit(key, next, next + 1, std::string(700, 'x')).outcome ==
                    Committed::stored) {
                    accepted += 2;
                    next += 2;
                }
                pass(options.retry_interval);
                maintain();
            }
            EXPECT_FALSE(store->figures().degraded) << k;
            // A full disk makes room as a limit does, and tells what went.
            EXPECT_TRUE(number == ENOSPC || losses.empty()) << k;
            for (const Loss& loss : losses)
                accepted -= loss.count;
            EXPECT_EQ(read_all(key).size(), accepted) << k;
            EXPECT_GT(accepted, 0U);
            crash_and_open();
            EXPECT_EQ(read_all(key).size(), accepted) << "errno " << number << " at " << k;
            store.reset();
        }
    }
}

TEST_F(StoreFaults, AFailedSyncIsNotBelievedLaterAndNothingIsDeliveredTwice) {
    open();
    commit(key, 1, 2);
    disk.fail_call(1, EIO);  // the sync of the next frame
    EXPECT_EQ(commit(key, 3, 4).outcome, Committed::stored);
    EXPECT_EQ(store->figures().failed_writes, 1U);
    EXPECT_EQ(segment_files(), 2U);
    EXPECT_EQ(read_all(key), words(1, 4));
    kill_and_open();  // the first copy of the frame may be on the disk too
    EXPECT_EQ(read_all(key), words(1, 4));
    EXPECT_EQ(recovered->streams[0].records, 4U);
}

TEST_F(StoreFaults, ADiskThatTakesNothingIsToldOnceAndComesBackByItself) {
    open();
    commit(key, 1, 2);
    disk.fail_every(MemoryFileSystem::Call::sync, EIO);
    EXPECT_EQ(commit(key, 3, 4).outcome, Committed::degraded);
    EXPECT_TRUE(store->figures().degraded);
    EXPECT_EQ(count(Finding::Kind::degraded), 1U);
    for (int at = 0; at < 5; ++at) {
        pass(options.retry_interval);
        maintain();
        EXPECT_EQ(commit(key, 3, 4).outcome, Committed::degraded);
    }
    EXPECT_EQ(read_all(key), words(1, 2));
    EXPECT_EQ(count(Finding::Kind::degraded), 1U);
    disk.fail_every(MemoryFileSystem::Call::sync, 0);
    pass(options.retry_interval);
    maintain();
    EXPECT_EQ(count(Finding::Kind::recovered), 1U);
    EXPECT_EQ(commit(key, 3, 4).outcome, Committed::stored);
    crash_and_open();
    EXPECT_EQ(read_all(key), words(1, 4));
}

TEST_F(StoreFaults, AReadOnlyDiskAtTheStartIsReadAndLaterWritten) {
    make_small_store(false);
    disk.set_read_only(true);
    open();
    EXPECT_EQ(read_all(key), words(2, 6, "payload"));
    EXPECT_EQ(commit(key, 101, 101).outcome, Committed::degraded);
    disk.set_read_only(false);
    pass(options.retry_interval);
    maintain();
    EXPECT_EQ(commit(key, 101, 101).outcome, Committed::stored);
}

TEST_F(StoreFaults, WithoutAFolderAtTheStartItComesBackWhenThereIsOne) {
    disk.set_read_only(true);
    open();
    EXPECT_TRUE(store->figures().degraded);
    EXPECT_GT(recovered->first_of_new, 1U << 20);
    EXPECT_EQ(commit(key, 1, 1).outcome, Committed::degraded);
    disk.set_read_only(false);
    pass(options.retry_interval);
    maintain();
    EXPECT_EQ(count(Finding::Kind::recovered), 1U);
    EXPECT_EQ(commit(key, 1, 1).outcome, Committed::stored);
}

TEST_F(StoreFaults, OnAFullDiskTheOldestGoAndAlarmsHaveTheBallast) {
    options.limits.max_bytes = 1024 * 1024;
    options.segment_bytes = 16 * 1024;
    open();
    pass(options.journal_interval);
    maintain();
    disk.set_capacity(disk.used() + 40 * 1024);
    const StreamKey alarm = stream_of("one", Lane::alarm);
    Sequence next = 1;
    for (; next <= 100; ++next)
        ASSERT_EQ(commit(key, next, next, std::string(1000, 'x')).outcome, Committed::stored);
    EXPECT_GT(losses.size(), 0U);
    EXPECT_EQ(read_all(key).back().substr(0, 4), "100=");
    disk.set_capacity(disk.used());  // somebody else takes the rest
    for (Sequence at = 1; at <= 5; ++at)
        EXPECT_EQ(commit(alarm, at, at, std::string(1000, 'a')).outcome, Committed::stored);
    store->acknowledge(key, 95, {});
    EXPECT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    EXPECT_EQ(read_all(alarm).size(), 5U);
}

TEST_F(StoreFaults, AFileOfANewerVersionIsLeftUntouched) {
    make_small_store(true);
    const std::string name = "/queue/snapshot";
    Bytes content = disk.content(name);
    content[8] = 2;  // version; the header's checksum is made right again below
    const std::uint32_t crc = crc32c(ByteView(content).first(20));
    std::memcpy(content.data() + 20, &crc, sizeof crc);
    disk.set_content(name, content);
    const auto before = disk.names();
    open();
    EXPECT_TRUE(store->figures().degraded);
    EXPECT_THAT(store->figures().reason, HasSubstr("newer version"));
    EXPECT_EQ(commit(key, 7, 7).outcome, Committed::degraded);
    pass(options.retry_interval);
    maintain();
    store.reset();
    EXPECT_EQ(disk.names(), before);
    EXPECT_EQ(disk.content(name), content);
}

TEST_F(StoreFaults, ALostSnapshotNeverRepeatsASequence) {
    make_small_store(true);
    disk.set_content("/queue/snapshot", Bytes(100, 7));
    open();
    note(recovered->news);
    EXPECT_EQ(count(Finding::Kind::lost_state), 1U);
    EXPECT_THAT(disk.names(), Contains("/queue/snapshot.set-aside"));
    const Sequence by_clock = Sequence{1'763'806'530} << 20;
    EXPECT_GE(recovered->first_of_new, by_clock);
    EXPECT_GE(recovered->streams.at(0).next, by_clock);
    EXPECT_EQ(read_all(key), words(2, 6, "payload"));
}

}  // namespace
}  // namespace fieldway::queue
