// What is stored comes back, what is acknowledged does not: over crashes, restarts and bad files.
#include <gmock/gmock.h>

#include "store_fixture.h"
#include "support/temp_folder.h"

namespace fieldway::queue {
namespace {

using test::record_of;
using test::StoreTest;
using test::stream_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(StoreTest, WhatIsCommittedIsReadBackAfterAPowerCut) {
    open();
    const StreamKey key = stream_of("one");
    EXPECT_EQ(commit(key, 1, 5).outcome, Committed::stored);
    EXPECT_EQ(read_all(key), words(1, 5));
    for (int at = 0; at < 10; ++at) {
        crash_and_open();
        EXPECT_EQ(read_all(key), words(1, 5));
    }
}

TEST_F(StoreTest, WhatIsAcknowledgedStaysAwayOnceTheJournalIsWritten) {
    open();
    const StreamKey key = stream_of("one");
    commit(key, 1, 10);
    store->acknowledge(key, 3, std::vector<Sequence>{5, 7});
    const std::vector<std::string> left{"4=p", "6=p", "8=p", "9=p", "10=p"};
    EXPECT_EQ(read_all(key), left);
    EXPECT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    EXPECT_EQ(read_all(key), left);
    ASSERT_EQ(recovered->streams.size(), 1U);
    EXPECT_EQ(recovered->streams[0].records, 5U);
    EXPECT_EQ(recovered->streams[0].first, 4U);
    EXPECT_EQ(recovered->streams[0].last, 10U);
}

TEST_F(StoreTest, ASegmentGoesOnlyAfterItsAcknowledgementIsDurable) {
    options.segment_bytes = 4096;
    open();
    const StreamKey key = stream_of("one");
    for (Sequence at = 1; at <= 40; ++at)
        commit(key, at, at, std::string(1000, 'x'));
    const std::size_t before = segment_files();
    EXPECT_GT(before, 5U);
    store->acknowledge(key, 39, {});
    EXPECT_EQ(segment_files(), before);
    pass(options.journal_interval);
    maintain();
    EXPECT_LE(segment_files(), 2U);
    crash_and_open();
    EXPECT_EQ(read_all(key), words(40, 40, std::string(1000, 'x')));
}

TEST_F(StoreTest, LanesHaveTheirOwnSegmentsAndStreamsTheirOwnOrder) {
    open();
    const StreamKey alarm = stream_of("one", Lane::alarm);
    const StreamKey live = stream_of("one", Lane::telemetry, Drain::live_first);
    std::vector<std::shared_ptr<const Record>> records{
        record_of(live, 1, "a"), record_of(alarm, 1, "b"), record_of(stream_of("two"), 9, "c"),
        record_of(live, 2, "d")};
    EXPECT_EQ(store->commit(records, time).outcome, Committed::stored);
    crash_and_open();
    EXPECT_THAT(read_all(alarm), ElementsAre("1=b"));
    EXPECT_THAT(read_all(live), ElementsAre("1=a", "2=d"));
    EXPECT_THAT(read_all(stream_of("two")), ElementsAre("9=c"));
    EXPECT_THAT(read_all(stream_of("one")), IsEmpty());
    EXPECT_EQ(segment_files("alarm-"), 1U);
}

TEST_F(StoreTest, AllOfAMessageComesBackAsItWas) {
    options.limits.compress = true;
    open();
    StreamKey key = stream_of("gerät", Lane::bulk);
    key.uplink = "";
    auto record = std::make_shared<Record>(
        Record{77,
               {"", key.device, "", Lane::bulk, ContentType::binary,
                std::string("\0x", 2) + std::string(3000, 'y'), time, Drain::in_order}});
    store->commit(std::vector<std::shared_ptr<const Record>>{record}, time);
    crash_and_open();
    const auto chunk = store->read(key, 0, 100, 10, time);
    ASSERT_EQ(chunk.records.size(), 1U);
    EXPECT_EQ(*chunk.records[0], *record);
    EXPECT_LT(store->figures().written_bytes, 3000U);
}

TEST_F(StoreTest, ARangeIsReadInChunksOfTheAskedSize) {
    open();
    const StreamKey key = stream_of("one");
    commit(key, 1, 20, std::string(100, 'z'));
    auto chunk = store->read(key, 4, 15, 250, time);
    EXPECT_EQ(chunk.records.size(), 2U);
    EXPECT_EQ(chunk.records.front()->sequence, 5U);
    EXPECT_EQ(chunk.next, 7U);
    chunk = store->read(key, 14, 15, 10, time);
    EXPECT_EQ(chunk.records.size(), 1U);
    EXPECT_EQ(chunk.next, std::nullopt);
}

TEST_F(StoreTest, ASecondHolderIsRefusedAndTheFirstIsUnharmed) {
    open();
    const auto second = Store::open(disk, options, time);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().consequence(), Consequence::stop_program);
    EXPECT_THAT(second.error().text(), HasSubstr("in use by another process"));
    EXPECT_EQ(commit(stream_of("one"), 1, 1).outcome, Committed::stored);
}

TEST_F(StoreTest, ReservedSequencesAreNeverGivenAgain) {
    open();
    const StreamKey key = stream_of("one");
    EXPECT_EQ(store->reserve(std::vector<Store::Reservation>{{key, 1024}}), Committed::stored);
    crash_and_open();
    ASSERT_EQ(recovered->streams.size(), 1U);
    EXPECT_EQ(recovered->streams[0].next, 1025U);
    EXPECT_EQ(recovered->streams[0].reserved, 1024U);
}

TEST(StoreOnDisk, KeepsWhatItAccepted) {
    const fieldway::test::TempFolder folder;
    const auto files = make_posix_file_system();
    StoreOptions options;
    options.folder = folder.path() / "state" / "queue";
    options.boot_id = "boot-1";
    const StreamKey key = stream_of("one");
    {
        auto store = Store::open(*files, options, {});
        ASSERT_TRUE(store);
        EXPECT_FALSE(Store::open(*files, options, {}));
        std::vector<std::shared_ptr<const Record>> records;
        for (Sequence at = 1; at <= 1000; ++at)
            records.push_back(record_of(key, at, std::string(200, 'q')));
        EXPECT_EQ((*store)->commit(records, {}).outcome, Committed::stored);
        (*store)->acknowledge(key, 990, {});
        EXPECT_EQ((*store)->flush({}), Committed::stored);
    }
    auto store = Store::open(*files, options, {});
    ASSERT_TRUE(store);
    EXPECT_THAT((*store)->take_recovered().news.findings, IsEmpty());
    const auto chunk = (*store)->read(key, 0, 2000, 1 << 20, {});
    ASSERT_EQ(chunk.records.size(), 10U);
    EXPECT_EQ(chunk.records.front()->sequence, 991U);
    EXPECT_EQ(chunk.next, std::nullopt);
}

}  // namespace
}  // namespace fieldway::queue
