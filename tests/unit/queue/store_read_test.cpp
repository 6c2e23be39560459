// Reading back from a disk that fails for a moment, and over segments that are too old.
#include <cerrno>

#include <gmock/gmock.h>

#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::record_of;
using test::StoreTest;
using test::stream_of;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class StoreRead : public StoreTest {
  protected:
    /// The next read of a segment fails as a whole, and then at its first page.
    void fail_next_read() {
        disk.fail_call(1, EIO);
        disk.fail_call(2, EIO);
    }
    Store::Chunk read(const StreamKey& from) {
        auto chunk = store->read(from, 0, ~Sequence{0}, 1 << 20, time);
        note(chunk.news);
        return chunk;
    }

    const StreamKey key = stream_of("one");
};

TEST_F(StoreRead, WhatLacksItsTimeGetsItAfterARestartWhereThatBootIsKnown) {
    const std::string lacking = R"({"timestamp":null})";
    const Timestamp then{MonotonicTime(std::chrono::seconds(90)), WallTime(), false};
    const auto record = std::make_shared<const Record>(
        Record{1,
               {key.uplink,
                key.device,
                "sub",
                key.lane,
                ContentType::json,
                lacking,
                then,
                key.drain,
                {{TimePlace::Form::json_rfc3339, 13, 4, then.monotonic}}}});
    const auto payload = [this] {
        const auto chunk = read(key);
        EXPECT_EQ(chunk.records.size(), 1U);
        const Message& message = chunk.records.at(0)->message;
        return std::pair(message.payload, message.lacks.size());
    };
    open();
    const std::vector<std::shared_ptr<const Record>> records{record};
    store->commit(records, time);
    kill_and_open();
    EXPECT_EQ(payload(), std::pair(lacking, std::size_t{1})) << "the same boot: it may settle yet";
    options.boot_id = "boot-2";
    options.last_boot = {"boot-1", std::chrono::hours(500'000)};
    kill_and_open();
    const std::pair known(std::string(R"({"timestamp":"2027-01-15T08:01:30.000Z"})"),
                          std::size_t{0});
    EXPECT_EQ(payload(), known);
    options.boot_id = "boot-3";
    options.last_boot = {"boot-2", std::chrono::hours(400'000)};
    kill_and_open();
    EXPECT_EQ(payload(), std::pair(lacking, std::size_t{0})) << "of a boot before: null for good";
}

TEST_F(StoreRead, ManyFailedReadsInOneMomentLoseNothing) {
    open();
    for (int device = 0; device < 6; ++device)
        commit(stream_of("d" + std::to_string(device)), 1, 10, std::string(400, 'z'));
    kill_and_open();
    for (int device = 0; device < 6; ++device) {
        fail_next_read();
        const auto chunk = read(stream_of("d" + std::to_string(device)));
        EXPECT_THAT(chunk.records, IsEmpty());
        EXPECT_TRUE(chunk.next);
    }
    EXPECT_THAT(losses, IsEmpty());
    EXPECT_EQ(read_all(stream_of("d0")).size(), 10U);
}

TEST_F(StoreRead, AGoodReadForgetsTheFailedOnesBefore) {
    open();
    commit(key, 1, 10, std::string(900, 'z'));
    for (int failures = 0; failures < 6; ++failures) {
        kill_and_open();
        for (int tries = 0; tries < 2; ++tries) {
            fail_next_read();
            EXPECT_THAT(read(key).records, IsEmpty());
            pass(std::chrono::seconds(2));
        }
        EXPECT_EQ(read_all(key).size(), 10U);
        store->dead_letters(0, 1);
        for (int at = 0; at < 2; ++at) {  // out of the cache
            pass(options.journal_interval);
            maintain();
        }
        fail_next_read();
        EXPECT_THAT(read(key).records, IsEmpty());
        EXPECT_EQ(read_all(key).size(), 10U);
    }
    EXPECT_THAT(losses, IsEmpty());
}

TEST_F(StoreRead, APageThatFailsForGoodIsGivenUpAfterSomeSeconds) {
    open();
    commit(key, 1, 10, std::string(900, 'z'));
    commit(key, 11, 12, std::string(9000, 'z'));
    kill_and_open();
    for (int tries = 0; tries < 3; ++tries) {
        pass(std::chrono::seconds(2));
        fail_next_read();
        static_cast<void>(read(key));
    }
    ASSERT_EQ(losses.size(), 1U);
    EXPECT_EQ(losses[0].reason, LossReason::damaged);
    EXPECT_EQ(losses[0].count, 10U);
    EXPECT_EQ(read_all(key).size(), 2U);
}

TEST_F(StoreRead, OneReadWorksThroughOneExpiredSegmentAlone) {
    options.segment_bytes = 8192;
    options.limits.lanes[1].max_age = std::chrono::hours(1);
    open();
    for (Sequence at = 1; at <= 100; ++at)
        commit(key, at, at, std::string(1000, 'x'));
    ASSERT_GT(segment_files(), 10U);
    pass(std::chrono::hours(2));
    commit(key, 101, 102);
    kill_and_open();
    std::size_t turns = 0;
    Sequence after = 0;
    for (;; ++turns) {
        const std::uint64_t calls = disk.calls();
        auto chunk = store->read(key, after, ~Sequence{0}, 1000, time);
        note(chunk.news);
        EXPECT_LT(disk.calls() - calls, 6U);
        if (!chunk.records.empty()) {
            EXPECT_EQ(test::word_of(*chunk.records.front()), "101=p");
            break;
        }
        ASSERT_TRUE(chunk.next);
        ASSERT_GT(*chunk.next, after + 1);
        after = *chunk.next - 1;
    }
    EXPECT_GT(turns, 10U);
    std::uint64_t lost = 0;
    for (const Loss& loss : losses)
        lost += loss.count;
    EXPECT_EQ(lost, 100U);
}

TEST_F(StoreRead, TheDamageOfAFrameNamesNoSoundOne) {
    open();
    for (Sequence at = 1; at <= 3; ++at) {
        commit(key, at, at, "payload");
        if (at == 3) break;
        EXPECT_EQ(read_all(key).size(), at);  // decoded one by one
    }
    const std::string name = "/queue/telemetry-0000000001.seg";
    Bytes content = disk.content(name);
    const std::string text(content.begin(), content.end());
    content[text.rfind("payload")] ^= 1;
    disk.set_content(name, content);
    EXPECT_EQ(read_all(key).size(), 2U);
    ASSERT_EQ(count(Finding::Kind::bad_frame), 1U);
    EXPECT_THAT(findings.back().sentence, ContainsRegex("\\(at offset [0-9]+\\)"));
}

TEST_F(StoreRead, TheBallastOfAnEarlierRunGivesWay) {
    options.limits.max_bytes = 16 * 1024 * 1024;
    open();
    commit(key, 1, 10);
    pass(options.journal_interval);
    maintain();
    const std::string ballast = "/queue/ballast";
    ASSERT_THAT(disk.names(), Contains(ballast));
    const std::uint64_t counted = store->figures().file_bytes;
    kill_and_open();
    EXPECT_GT(store->figures().file_bytes + 128 * 1024, counted);
    disk.set_capacity(disk.used());
    const std::array<Store::Reservation, 1> wanted{{{key, 5000}}};
    EXPECT_EQ(store->reserve(wanted), Committed::stored);
    EXPECT_THAT(disk.names(), Not(Contains(ballast)));
}

}  // namespace
}  // namespace fieldway::queue
