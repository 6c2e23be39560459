// Limits: who goes first, what is told of it, and what is rewritten instead of being kept whole.
#include <gmock/gmock.h>

#include "store_fixture.h"

namespace fieldway::queue {
namespace {

using test::record_of;
using test::StoreTest;
using test::stream_of;
using ::testing::IsEmpty;

class StoreLimits : public StoreTest {
  protected:
    StoreLimits() {
        options.limits.max_bytes = 160 * 1024;
        options.segment_bytes = 8 * 1024;
    }
    void fill(const StreamKey& stream, Sequence first, Sequence last) {
        for (Sequence at = first; at <= last; ++at)
            ASSERT_EQ(commit(stream, at, at, payload).outcome, Committed::stored) << at;
    }
    std::uint64_t lost() const {
        std::uint64_t sum = 0;
        for (const Loss& loss : losses)
            sum += loss.count;
        return sum;
    }

    const StreamKey key = stream_of("one");
    const std::string payload = std::string(1000, 'x');
};

TEST_F(StoreLimits, TheOldestSegmentGoesAndTheLossIsExactAndDurable) {
    open();
    fill(key, 1, 300);
    const auto read = read_all(key);
    EXPECT_EQ(read, words(301 - read.size(), 300, payload));
    EXPECT_EQ(lost() + read.size(), 300U);
    EXPECT_LE(store->figures().file_bytes, options.limits.max_bytes);
    EXPECT_LE(disk.used(), options.limits.max_bytes + 8192);
    EXPECT_EQ(count(Finding::Kind::evicted), 1U);
    crash_and_open();
    ASSERT_EQ(recovered->gaps.size(), 1U);
    EXPECT_EQ(recovered->gaps[0].loss.count, 300 - read.size());
    EXPECT_EQ(recovered->gaps[0].loss.first, 1U);
    EXPECT_EQ(recovered->gaps[0].loss.last, 300 - read.size());
    EXPECT_EQ(recovered->gaps[0].loss.reason, LossReason::bytes);
}

TEST_F(StoreLimits, ALowerLanePaysForAHigherOneAndNeverTheOtherWay) {
    open();
    const StreamKey bulk = stream_of("one", Lane::bulk);
    const StreamKey alarm = stream_of("one", Lane::alarm);
    fill(bulk, 1, 40);
    fill(alarm, 1, 80);
    EXPECT_EQ(read_all(alarm).size(), 80U);
    EXPECT_LT(read_all(bulk).size(), 40U);
    Sequence next = 81;
    while (commit(alarm, next, next, payload).outcome == Committed::stored && losses.size() < 100 &&
           next < 400) {
        ++next;
    }
    const std::size_t alarms = read_all(alarm).size();
    EXPECT_THAT(read_all(bulk), IsEmpty());
    EXPECT_EQ(commit(bulk, 41, 41, payload).outcome, Committed::full);
    EXPECT_EQ(read_all(alarm).size(), alarms);
}

TEST_F(StoreLimits, DropNewestRefusesAndKeepsWhatIsThere) {
    options.limits.when_full = config::WhenFull::drop_newest;
    open();
    Sequence next = 1;
    while (commit(key, next, next, payload).outcome == Committed::stored && next < 500)
        ++next;
    EXPECT_LT(next, 200U);
    EXPECT_EQ(read_all(key), words(1, next - 1, payload));
    EXPECT_THAT(losses, IsEmpty());
    store->acknowledge(key, 50, {});
    EXPECT_EQ(commit(key, next, next, payload).outcome, Committed::stored);
}

TEST_F(StoreLimits, ThinKeepsEverySecondOfTheOlderHalf) {
    options.limits.when_full = config::WhenFull::thin;
    options.limits.max_bytes = 1024 * 1024;
    options.segment_bytes = 64 * 1024;
    open();
    fill(key, 1, 1300);
    const auto read = read_all(key);
    EXPECT_EQ(lost() + read.size(), 1300U);
    EXPECT_EQ(read.back(), "1300=" + payload);
    EXPECT_EQ(read.front(), "1=" + payload);  // the oldest are thinner, and not gone
    EXPECT_LE(disk.used(), options.limits.max_bytes + 64 * 1024);
    for (const Loss& loss : losses)
        EXPECT_EQ(loss.reason, LossReason::thinned);
    crash_and_open();
    EXPECT_EQ(read_all(key), read);
}

TEST_F(StoreLimits, ADeviceIsKeptToItsOwnLimit) {
    options.limits.device_max_bytes = 20'000;
    open();
    const StreamKey other = stream_of("two");
    fill(other, 1, 15);
    fill(key, 1, 50);
    EXPECT_EQ(read_all(key), words(31, 50, payload));
    EXPECT_EQ(read_all(other).size(), 15U);
    EXPECT_EQ(lost(), 30U);
    crash_and_open();
    EXPECT_EQ(recovered->gaps.at(0).loss.reason, LossReason::device_bytes);
}

TEST_F(StoreLimits, WhatIsTooOldIsNotDelivered) {
    options.limits.lanes[1].max_age = std::chrono::hours(1);
    open();
    fill(key, 1, 10);
    pass(std::chrono::minutes(50));
    fill(key, 11, 12);
    pass(std::chrono::minutes(20));
    EXPECT_EQ(read_all(key), words(11, 12, payload));
    EXPECT_EQ(lost(), 10U);
    EXPECT_EQ(losses.at(0).reason, LossReason::age);
    pass(std::chrono::hours(2));
    maintain();
    EXPECT_EQ(lost(), 12U);
    EXPECT_EQ(store->figures().records, 0U);
}

TEST_F(StoreLimits, AnUnsettledClockAgesNothingAcrossABoot) {
    options.limits.lanes[1].max_age = std::chrono::hours(1);
    open();
    fill(key, 1, 3);
    options.boot_id = "boot-2";
    time.monotonic = MonotonicTime(std::chrono::seconds(10));
    time.wall += std::chrono::hours(24 * 365 * 10);
    time.settled = false;
    crash_and_open();
    maintain();
    EXPECT_EQ(read_all(key).size(), 3U);
    time.settled = true;
    pass(options.journal_interval);
    maintain();
    EXPECT_THAT(read_all(key), IsEmpty());
}

TEST_F(StoreLimits, ADeviceThatIsRefusedForMonthsPinsItsOwnBytesAlone) {
    options.limits.max_bytes = 16 << 20;
    options.segment_bytes = 64 * 1024;
    open();
    const StreamKey refused = stream_of("refused");
    for (Sequence at = 1; at <= 1000; ++at) {
        std::vector<std::shared_ptr<const Record>> records{record_of(key, at, payload, time)};
        if (at % 100 == 0) records.push_back(record_of(refused, at, payload, time));
        store->commit(records, time);
    }
    store->acknowledge(key, 1000, {});
    for (int at = 0; at < 4; ++at) {
        pass(std::chrono::minutes(1));
        maintain();
    }
    EXPECT_GT(store->figures().rewritten_segments, 5U);
    EXPECT_LT(store->figures().lane_file_bytes[1], 10 * 4096U + 2 * 64 * 1024U);
    crash_and_open();
    EXPECT_EQ(read_all(refused).size(), 10U);
    EXPECT_THAT(read_all(key), IsEmpty());
}

TEST_F(StoreLimits, DeadLettersAreKeptListedDroppedAndNeverShareANumber) {
    options.limits.dead_letters = 64 * 1024;
    open();
    for (Sequence at = 1; at <= 5; ++at)
        store->bury(record_of(key, at, "dead"), "too large", time);
    crash_and_open();
    auto letters = store->dead_letters(0, 10);
    ASSERT_EQ(letters.size(), 5U);
    EXPECT_EQ(letters[1].number, 2U);
    EXPECT_EQ(letters[1].reason, "too large");
    EXPECT_EQ(*letters[1].record, *record_of(key, 2, "dead"));
    EXPECT_TRUE(store->drop_dead(2));
    EXPECT_FALSE(store->drop_dead(2));
    EXPECT_TRUE(store->drop_dead(1));
    EXPECT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    EXPECT_EQ(store->dead_letters(0, 10).size(), 3U);
    EXPECT_EQ(store->dead_letters(3, 1).at(0).number, 4U);
    for (int at = 0; at < 200; ++at)
        store->bury(record_of(key, 9, payload), "refused", time);
    EXPECT_LE(store->figures().dead_file_bytes, options.limits.dead_letters);
    letters = store->dead_letters(0, 1000);
    EXPECT_GT(letters.front().number, 5U);
    EXPECT_GT(letters.size(), 20U);
    EXPECT_THAT(read_all(key), IsEmpty());
}

TEST_F(StoreLimits, AGapStandsStillOnceItIsTaken) {
    open();
    const Loss loss{key, LossReason::memory, 2, 1, 2};
    store->add_losses(std::vector{loss});
    const auto gap = store->take_gap(store->gaps().at(0).number);
    ASSERT_TRUE(gap);
    store->add_losses(std::vector{loss});
    ASSERT_EQ(store->gaps().size(), 2U);
    EXPECT_EQ(store->gaps()[0], *gap);
    store->gap_told(gap->number);
    EXPECT_EQ(store->flush(time), Committed::stored);
    crash_and_open();
    EXPECT_EQ(recovered->gaps.size(), 1U);
}

}  // namespace
}  // namespace fieldway::queue
