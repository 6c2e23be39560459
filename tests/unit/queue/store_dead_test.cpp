// Dead letters keep their order and their place, whatever the disk did when they were buried.
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

class StoreDead : public StoreTest {
  protected:
    void bury(Sequence first, Sequence last, const std::string& payload = "p") {
        for (Sequence at = first; at <= last; ++at)
            note(store->bury(record_of(key, at, payload), "refused", time));
    }
    /// The sequences of the messages, in the order of their letters.
    std::vector<Sequence> letters() {
        std::vector<Sequence> all;
        for (const DeadLetter& letter : store->dead_letters(0, 1000))
            all.push_back(letter.record->sequence);
        return all;
    }

    const StreamKey key = stream_of("one");
};

TEST_F(StoreDead, OneBuriedBeforeTheFolderCouldBeReadComesBehindThoseThatAreThere) {
    open();
    bury(1, 5);
    store.reset();
    disk.kill();
    disk.fail_every(MemoryFileSystem::Call::list, EMFILE);
    open();
    bury(100, 100);
    disk.fail_every(MemoryFileSystem::Call::list, 0);
    pass(options.retry_interval);
    maintain();
    EXPECT_THAT(letters(), ElementsAre(1, 2, 3, 4, 5, 100));
    for (int starts = 0; starts < 2; ++starts) {
        crash_and_open();
        pass(options.journal_interval);
        maintain();
        EXPECT_THAT(letters(), ElementsAre(1, 2, 3, 4, 5, 100));
    }
}

TEST_F(StoreDead, OneThatFoundNoRoomIsStoredBeforeThoseThatComeLater) {
    options.limits.when_full = config::WhenFull::drop_newest;
    open();
    disk.fail_every(MemoryFileSystem::Call::allocate, ENOSPC);
    bury(1, 1);
    ASSERT_FALSE(store->figures().degraded);
    bury(2, 2);
    disk.fail_every(MemoryFileSystem::Call::allocate, 0);
    bury(3, 5);
    EXPECT_EQ(store->flush(time), Committed::stored);
    EXPECT_EQ(store->figures().dead, 5U);
    crash_and_open();
    EXPECT_THAT(letters(), ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(StoreDead, OneThatFoundNoRoomIsTriedAgainByUpkeep) {
    options.limits.when_full = config::WhenFull::drop_newest;
    open();
    disk.fail_every(MemoryFileSystem::Call::allocate, ENOSPC);
    bury(1, 1);
    disk.fail_every(MemoryFileSystem::Call::allocate, 0);
    pass(options.journal_interval);
    maintain();
    crash_and_open();
    EXPECT_THAT(letters(), ElementsAre(1));
}

TEST_F(StoreDead, OneThatCannotFitIsRefusedAndToldAndCostsNoOther) {
    options.limits.dead_letters = 8192;
    open();
    bury(1, 3);
    bury(4, 4, std::string(20'000, 'x'));
    bury(5, 5);
    EXPECT_EQ(count(Finding::Kind::evicted), 1U);
    EXPECT_THAT(findings.back().sentence, HasSubstr("dead_letters is 8192"));
    EXPECT_EQ(store->figures().dead, 4U);
    crash_and_open();
    EXPECT_THAT(letters(), ElementsAre(1, 2, 3, 5));
}

TEST_F(StoreDead, ALetterIsDurableBeforeTheJournalSaysThatItsRecordIsDoneWith) {
    open();
    commit(key, 1, 2);
    disk.fail_every(MemoryFileSystem::Call::sync, EIO);
    bury(1, 1);
    store->acknowledge(key, 1, {});
    disk.fail_every(MemoryFileSystem::Call::sync, 0);
    ASSERT_TRUE(store->figures().degraded);
    pass(options.retry_interval);
    // Wherever the power goes while it comes back, the message is waiting or a dead letter.
    for (std::uint64_t calls = 1;; ++calls) {
        ASSERT_LT(calls, 100U);
        disk.stop_at_call(calls);
        store->maintain(time);
        const bool stopped = disk.stopped();
        disk.crash(random);
        open();
        const bool waits = read_all(key).size() == 2;
        EXPECT_TRUE(waits || letters() == std::vector<Sequence>{1}) << calls;
        if (!stopped) break;
        store.reset();
        disk.clear();
        open();
        commit(key, 1, 2);
        disk.fail_every(MemoryFileSystem::Call::sync, EIO);
        bury(1, 1);
        store->acknowledge(key, 1, {});
        disk.fail_every(MemoryFileSystem::Call::sync, 0);
        pass(options.retry_interval);
    }
}

}  // namespace
}  // namespace fieldway::queue
