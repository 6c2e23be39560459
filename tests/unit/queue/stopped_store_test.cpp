#include "queue/stopped_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "unit/queue/store_fixture.h"

namespace fieldway::queue {
namespace {

using test::record_of;
using test::stream_of;
using test::word_of;

/// A gateway's store at work, then stopped, then looked into.
class StoppedStoreTest : public test::StoreTest {
  protected:
    void look() {
        store.reset();
        auto opened = StoppedStore::open(disk, "/", "boot-1", clock_);
        ASSERT_TRUE(opened) << opened.error().text();
        stopped_ = std::move(*opened);
    }
    std::vector<std::string> words(const StreamKey& key, std::size_t page) {
        std::vector<std::string> found;
        Sequence after = 0;
        for (;;) {
            std::optional<Sequence> next;
            stopped_->records(key, after, page, [&](Result<Browser::Page> answer) {
                ASSERT_TRUE(answer) << answer.error().text();
                EXPECT_LE(answer->records.size(), page);
                for (const auto& record : answer->records)
                    found.push_back(word_of(*record));
                next = answer->next;
            });
            if (!next) return found;
            if (*next <= after) {
                ADD_FAILURE() << "the next page begins where this one did";
                return found;
            }
            after = *next;
        }
    }
    QueueFigures figures() {
        QueueFigures figures;
        stopped_->figures([&](Result<QueueFigures> answer) { figures = *answer; });
        return figures;
    }
    Result<Sequence> retry(std::uint64_t number) {
        std::optional<Result<Sequence>> answer;
        stopped_->retry_dead(number, [&](Result<Sequence> given) { answer = std::move(given); });
        return *answer;
    }
    bool drop(std::uint64_t number) {
        bool dropped = false;
        stopped_->drop_dead(number, [&](Result<std::monostate> given) { dropped = !!given; });
        return dropped;
    }
    std::vector<DeadLetter> letters() {
        std::vector<DeadLetter> found;
        stopped_->dead_letters(0, 100, [&](auto answer) { found = std::move(*answer); });
        return found;
    }

    fieldway::test::ManualClock clock_;
    std::unique_ptr<StoppedStore> stopped_;
    const StreamKey a_ = stream_of("A");
    const StreamKey b_ = stream_of("B", Lane::alarm);
};

TEST_F(StoppedStoreTest, WhatWaitsIsSeenInPagesAndStaysWhereItIs) {
    open();
    std::vector<std::string> expected;
    for (Sequence sequence = 1; sequence <= 50; ++sequence) {
        commit(a_, sequence, sequence, std::string(4000, 'x'));  // over several segments
        expected.push_back(word_of(*record_of(a_, sequence, std::string(4000, 'x'))));
    }
    commit(b_, 1, 1, "alarm");
    look();
    EXPECT_EQ(words(a_, 7), expected);
    EXPECT_EQ(words(b_, 100), (std::vector<std::string>{"1=alarm"}));
    EXPECT_EQ(figures().total.records, 51U);
    stopped_->streams([&](Result<std::vector<StreamView>> answer) {
        ASSERT_TRUE(answer);
        for (const StreamView& view : *answer) {
            if (view.key != a_) continue;
            EXPECT_EQ(view.first, 1U);
            EXPECT_EQ(view.last, 50U);
        }
    });
    EXPECT_TRUE(stopped_->flush());
    stopped_.reset();
    open();
    EXPECT_EQ(store->figures().records, 51U) << "looking takes nothing out";
}

TEST_F(StoppedStoreTest, WhatWasAcknowledgedIsNotShown) {
    open();
    commit(a_, 1, 5);
    store->acknowledge(a_, 2, std::vector<Sequence>{4});
    ASSERT_EQ(store->flush(time), Committed::stored);
    look();
    EXPECT_EQ(words(a_, 100), (std::vector<std::string>{"3=p", "5=p"}));
}

TEST_F(StoppedStoreTest, NothingIsTooOldOrTooMuchToBeSeen) {
    open();
    commit(a_, 1, 3);
    clock_.advance(std::chrono::hours(24 * 365));
    look();
    EXPECT_EQ(words(a_, 100).size(), 3U);
    EXPECT_EQ(figures().store.evicted, 0U);
}

TEST_F(StoppedStoreTest, ARetriedLetterWaitsAtTheEndOfItsStreamAndSurvives) {
    open();
    commit(a_, 1, 3);
    store->bury(record_of(a_, 2, "dead"), "topic refused", time);
    store->acknowledge(a_, 3, {});
    ASSERT_EQ(store->flush(time), Committed::stored);
    look();
    ASSERT_EQ(letters().size(), 1U);
    const auto sequence = retry(letters().front().number);
    ASSERT_TRUE(sequence) << sequence.error().text();
    EXPECT_GT(*sequence, 3U) << "never one that was given before";
    EXPECT_TRUE(letters().empty());
    EXPECT_TRUE(stopped_->flush());
    stopped_.reset();
    crash_and_open();
    EXPECT_EQ(store->figures().records, 1U);
    EXPECT_EQ(store->figures().dead, 0U);
    look();
    EXPECT_EQ(words(a_, 10), (std::vector<std::string>{std::to_string(*sequence) + "=dead"}));
}

TEST_F(StoppedStoreTest, ALetterOfAStreamThatTheStoreDoesNotKnowIsRetriedToo) {
    open();
    store->bury(record_of(b_, 7, "dead"), "too large", time);
    ASSERT_EQ(store->flush(time), Committed::stored);
    look();
    ASSERT_EQ(letters().size(), 1U);
    const auto sequence = retry(letters().front().number);
    ASSERT_TRUE(sequence) << sequence.error().text();
    EXPECT_EQ(words(b_, 10), (std::vector<std::string>{std::to_string(*sequence) + "=dead"}));
}

TEST_F(StoppedStoreTest, ADroppedLetterIsGoneAndANumberThatIsNotThereIsAnError) {
    open();
    store->bury(record_of(a_, 2, "dead"), "topic refused", time);
    ASSERT_EQ(store->flush(time), Committed::stored);
    look();
    const std::uint64_t number = letters().front().number;
    EXPECT_FALSE(retry(number + 1));
    EXPECT_FALSE(retry(0));
    EXPECT_FALSE(drop(number + 1));
    EXPECT_TRUE(drop(number));
    EXPECT_FALSE(drop(number));
    EXPECT_TRUE(letters().empty());
}

TEST_F(StoppedStoreTest, ARunningGatewayIsAskedInstead) {
    open();
    const auto second = StoppedStore::open(disk, "/", "boot-1", clock_);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().text().find(
                  "a gateway holds the store in /queue; leave --state out to ask it"),
              std::string::npos)
        << second.error().text();
}

TEST_F(StoppedStoreTest, AFolderWithoutAQueueIsNotMadeOne) {
    const auto stopped = StoppedStore::open(disk, "/elsewhere", "boot-1", clock_);
    ASSERT_FALSE(stopped);
    EXPECT_NE(stopped.error().text().find("there is no queue in /elsewhere"), std::string::npos);
    EXPECT_TRUE(disk.names().empty());
}

TEST_F(StoppedStoreTest, ADiskThatTakesNothingIsAnErrorAndTheLetterStays) {
    open();
    store->bury(record_of(a_, 2, "dead"), "topic refused", time);
    ASSERT_EQ(store->flush(time), Committed::stored);
    look();
    const std::uint64_t number = letters().front().number;
    disk.set_read_only(true);
    const auto sequence = retry(number);
    ASSERT_FALSE(sequence);
    EXPECT_NE(sequence.error().text().find("the store cannot be written"), std::string::npos);
    EXPECT_EQ(letters().size(), 1U);
}

}  // namespace
}  // namespace fieldway::queue
