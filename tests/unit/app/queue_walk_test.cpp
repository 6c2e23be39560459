#include "app/queue_walk.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/queue_desk.h"
#include "app/queue_table.h"
#include "support/manual_clock.h"
#include "unit/app/fake_browser.h"

namespace fieldway::app {
namespace {

namespace json = boost::json;

/// The desk at hand, without a socket between.
class DeskSource final : public QueueSource {
  public:
    explicit DeskSource(QueueDesk& desk) : desk_(desk) {}
    Result<json::value> ask(json::object request) override {
        std::optional<Result<json::value>> answer;
        desk_.answer(request, [&](Result<json::value> given) { answer = std::move(given); });
        return answer ? *answer : Result<json::value>(Error::retry("not answered"));
    }
    Result<> close() override { return {}; }

  private:
    QueueDesk& desk_;
};

class QueueWalkTest : public testing::Test {
  protected:
    void fill(const queue::StreamKey& key, Sequence first, Sequence last) {
        for (Sequence sequence = first; sequence <= last; ++sequence)
            browser_.put(key, sequence, "{}");
    }
    /// device and sequence of each record, in the order in which they came.
    std::vector<std::pair<std::string, Sequence>> walked(const QueueFilter& filter) {
        std::vector<std::pair<std::string, Sequence>> records;
        const auto all = each_record(source_, filter, false, [&](const json::object& record) {
            records.emplace_back(record.at("device").as_string(),
                                 record.at("sequence").to_number<Sequence>());
            return true;
        });
        EXPECT_TRUE(all) << all.error().text();
        if (all) {
            EXPECT_EQ(all->records, records.size());
            remark_ = all->remark;
        }
        return records;
    }

    FakeBrowser browser_;
    test::ManualClock clock_;
    QueueDesk desk_{browser_, clock_};
    DeskSource source_{desk_};
    std::string remark_;
};

using Records = std::vector<std::pair<std::string, Sequence>>;

TEST_F(QueueWalkTest, EveryRecordOfEveryStreamComesOnce) {
    browser_.most_a_page_ = 3;
    fill(test_key("B"), 1, 500);
    fill(test_key("A"), 7, 9);
    fill(test_key("A", Lane::bulk), 1, 4);
    const Records records = walked({});
    ASSERT_EQ(records.size(), 507U);
    EXPECT_EQ(records.front(), (Records::value_type{"A", 7}));
    EXPECT_EQ(records.back(), (Records::value_type{"B", 500}));
    EXPECT_EQ(remark_, "");
}

TEST_F(QueueWalkTest, FiltersAreKept) {
    fill(test_key("A"), 1, 2);
    fill(test_key("A", Lane::alarm), 1, 1);
    fill(test_key("B", Lane::alarm, "other"), 5, 5);
    EXPECT_EQ(walked({.uplink = "", .device = "A", .lane = ""}).size(), 3U);
    EXPECT_EQ(walked({.uplink = "", .device = "", .lane = "alarm"}), (Records{{"A", 1}, {"B", 5}}));
    EXPECT_EQ(walked({.uplink = "other", .device = "", .lane = ""}), (Records{{"B", 5}}));
    EXPECT_EQ(walked({.uplink = "", .device = "", .lane = "", .most = 2}).size(), 2U);
}

TEST_F(QueueWalkTest, AMisspeltDeviceIsNamed) {
    fill(test_key("METER-1"), 1, 2);
    EXPECT_TRUE(walked({.uplink = "", .device = "METRE-1", .lane = ""}).empty());
    EXPECT_EQ(remark_, "nothing of that kind waits; did you mean METER-1?");
}

TEST_F(QueueWalkTest, AQueueThatGrowsFasterThanItIsReadIsReadToWhereItWas) {
    browser_.most_a_page_ = 5;
    fill(test_key("A"), 1, 20);
    Sequence newest = 20;
    browser_.after_each_page_ = [&] {
        ASSERT_LT(newest, 2000U) << "the walk follows what is made meanwhile";
        fill(test_key("A"), newest + 1, newest + 10);
        newest += 10;
    };
    EXPECT_EQ(walked({}).size(), 20U);
}

TEST_F(QueueWalkTest, AWriterThatFailsEndsTheWalk) {
    fill(test_key("A"), 1, 2000);
    int written = 0;
    const auto all = each_record(source_, {}, false, [&](json::object&) { return ++written < 3; });
    ASSERT_TRUE(all);
    EXPECT_EQ(written, 3);
}

TEST_F(QueueWalkTest, DeadLettersAreWalkedThroughAllPages) {
    browser_.most_a_page_ = 2;
    for (std::uint64_t number = 1; number <= 5; ++number)
        browser_.bury(number, browser_.put(test_key("A"), number, "{}"), "too large");
    std::vector<std::uint64_t> numbers;
    ASSERT_TRUE(walk_pages(source_, {{"ask", "dead"}}, "letters", [&](const json::object& letter) {
        numbers.push_back(letter.at("number").to_number<std::uint64_t>());
        return true;
    }));
    EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(QueueWalkTest, TheTableShowsTheWholeTheLanesAndTheStreams) {
    fill(test_key("METER-1"), 4, 5);
    fill(test_key("METER-1", Lane::alarm), 1, 1);
    browser_.figures_.total.records = 3;
    browser_.figures_.total.bytes = 6;
    browser_.figures_.max_memory = 32 * 1024 * 1024;
    browser_.figures_.store.file_bytes = 4 * 1024 * 1024;
    const auto stats = queue_stats(source_);
    ASSERT_TRUE(stats) << stats.error().text();
    EXPECT_EQ(queue_table(*stats), R"(QUEUE
state         durable
waiting       3 messages, 6B
memory        0B of 32.0MiB; 0 messages are there alone
files         4.00MiB in 0 segments
written       0B in 0 commits, 0 messages; 0 failed, 0 segments rewritten
counted       0 taken, 0 delivered, 0 evicted, 0 dead
damage        0 bad frames, 0 torn tails
dead letters  0, 0B
gaps          0 not told yet
duplicates    0 possible after a crash now

LANES
lane       records  size  files
alarm      1        2B    0B
telemetry  2        4B    0B
bulk       0        0B    0B

STREAMS
device   uplink  lane       drain     records  size  first_sequence  oldest
METER-1  broker  alarm      in-order  1        2B    1
METER-1  broker  telemetry  in-order  2        4B    4
)");
}

TEST_F(QueueWalkTest, ADegradedQueueSaysSoInTheFirstLine) {
    browser_.figures_.store.degraded = true;
    browser_.figures_.store.reason = "the disk is full";
    const auto stats = queue_stats(source_);
    ASSERT_TRUE(stats);
    EXPECT_NE(
        queue_table(*stats).find("\nstate         DEGRADED, in memory alone: the disk is full\n"),
        std::string::npos);
}

TEST(QueueTable, ALineOfARecordAndOfALetter) {
    json::object record{{"sequence", 17},      {"timestamp", "2025-11-22T10:15:00.000Z"},
                        {"age_s", 7200},       {"device", "METER-1"},
                        {"lane", "telemetry"}, {"bytes", 212},
                        {"subtopic", ""}};
    EXPECT_EQ(record_heading() + record_line(record),
              "    sequence  time                        age  device                    lane       "
              "    bytes  subtopic\n"
              "          17  2025-11-22T10:15:00.000Z     2h  METER-1                   telemetry  "
              "      212  -\n");
    record["number"] = 3;
    record["buried"] = "2025-11-22T10:15:20.000Z";
    record["reason"] = "said\x1B[31m so\n";
    EXPECT_EQ(letter_heading() + letter_line(record),
              "  number  buried                    device                        bytes  subtopic   "
              "           reason\n"
              "       3  2025-11-22T10:15:20.000Z  METER-1                         212  -          "
              "           said?[31m so?\n")
        << "what a broker says must not steer a terminal";
}

}  // namespace
}  // namespace fieldway::app
