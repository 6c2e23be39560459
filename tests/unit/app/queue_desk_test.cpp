#include "app/queue_desk.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "support/manual_clock.h"
#include "unit/app/fake_browser.h"

namespace fieldway::app {
namespace {

namespace json = boost::json;

class QueueDeskTest : public testing::Test {
  protected:
    Result<json::value> ask(json::object request) {
        std::optional<Result<json::value>> answer;
        request["verb"] = "queue";
        desk_.answer(request, [&](Result<json::value> given) { answer = std::move(given); });
        EXPECT_TRUE(answer) << "not answered";
        return answer ? *answer : Result<json::value>(Error::retry("not answered"));
    }
    std::string text(json::object request) {
        const auto answer = ask(std::move(request));
        return answer ? to_json_text(*answer) : "error: " + answer.error().text();
    }
    static json::object records_of(const std::string& device) {
        return {{"ask", "records"},
                {"uplink", "broker"},
                {"device", device},
                {"lane", "telemetry"},
                {"drain", "in-order"}};
    }

    FakeBrowser browser_;
    test::ManualClock clock_;
    QueueDesk desk_{browser_, clock_};
};

TEST_F(QueueDeskTest, ARecordIsToldWithEverythingThatSendsItAgain) {
    browser_.put(test_key("ROOM-1"), 17, R"({"n":1})", "alerts/high");
    json::object request = records_of("ROOM-1");
    request["payloads"] = true;
    EXPECT_EQ(text(request),
              R"({"records":[{"uplink":"broker","device":"ROOM-1","lane":"telemetry",)"
              R"("drain":"in-order","subtopic":"alerts/high","content_type":"application/json",)"
              R"("sequence":17,"timestamp":"2025-11-22T10:15:00.000Z","age_s":30,"bytes":7,)"
              R"("payload":"{\"n\":1}"}]})");
}

TEST_F(QueueDeskTest, AListHasNoPayloads) {
    browser_.put(test_key("ROOM-1"), 17, "secret of the process");
    const std::string told = text(records_of("ROOM-1"));
    EXPECT_EQ(told.find("secret"), std::string::npos) << told;
    EXPECT_NE(told.find(R"("bytes":21)"), std::string::npos) << told;
}

TEST_F(QueueDeskTest, BytesThatAreNoTextAreBase64) {
    browser_.put(test_key("ROOM-1"), 1, std::string("\xFF\x00\x01", 3));
    json::object request = records_of("ROOM-1");
    request["payloads"] = true;
    const auto answer = ask(request);
    ASSERT_TRUE(answer);
    const json::object& record = answer->at("records").at(0).as_object();
    EXPECT_EQ(record.at("payload_base64").as_string(), "/wAB");
    EXPECT_FALSE(record.contains("payload"));
}

TEST_F(QueueDeskTest, PagesLeadThroughAllRecordsOnceAndInOrder) {
    constexpr Sequence all = 3 * QueueDesk::most_records + 7;
    for (Sequence sequence = 1; sequence <= all; ++sequence)
        browser_.put(test_key("ROOM-1"), sequence, "{}");
    json::object request = records_of("ROOM-1");
    Sequence expected = 1;
    for (int pages = 1;; ++pages) {
        const auto answer = ask(request);
        ASSERT_TRUE(answer) << answer.error().text();
        for (const json::value& record : answer->at("records").as_array())
            EXPECT_EQ(record.at("sequence").to_number<Sequence>(), expected++);
        const json::value* next = answer->as_object().if_contains("next");
        if (next == nullptr) {
            EXPECT_EQ(pages, 4);
            break;
        }
        request["after"] = *next;
    }
    EXPECT_EQ(expected, all + 1);
    EXPECT_EQ(browser_.largest_page_, QueueDesk::most_records);
}

TEST_F(QueueDeskTest, LargePayloadsMakeAPageShortButNeverEmpty) {
    for (Sequence sequence = 1; sequence <= 3; ++sequence)
        browser_.put(test_key("ROOM-1"), sequence, std::string(QueueDesk::most_payload_bytes, 'x'));
    json::object request = records_of("ROOM-1");
    request["payloads"] = true;
    for (Sequence sequence = 1; sequence <= 3; ++sequence) {
        const auto answer = ask(request);
        ASSERT_TRUE(answer);
        ASSERT_EQ(answer->at("records").as_array().size(), 1U);
        EXPECT_EQ(answer->at("records").at(0).at("sequence").to_number<Sequence>(), sequence);
        EXPECT_EQ(answer->as_object().contains("next"), sequence < 3);
        request["after"] = sequence;
    }
}

TEST_F(QueueDeskTest, StreamsComeInPagesAndOnlyThoseWhereSomethingWaits) {
    for (std::size_t i = 0; i < QueueDesk::most_streams + 1; ++i)
        browser_.put(test_key("ROOM-" + std::to_string(10'000 + i)), 5, "{}");
    browser_.streams_[test_key("EMPTY")];
    const auto first = ask({{"ask", "streams"}});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->at("streams").as_array().size(), QueueDesk::most_streams);
    EXPECT_EQ(first->at("streams").at(0).at("device").as_string(), "ROOM-10000");
    const auto second = ask({{"ask", "streams"}, {"after", first->at("next")}});
    ASSERT_TRUE(second);
    ASSERT_EQ(second->at("streams").as_array().size(), 1U);
    EXPECT_EQ(second->at("streams").at(0).at("device").as_string(), "ROOM-10500");
    EXPECT_FALSE(second->as_object().contains("next"));
}

TEST_F(QueueDeskTest, DeadLettersAreToldRetriedAndDropped) {
    const auto record = browser_.put(test_key("ROOM-1"), 9, "{}", "log");
    browser_.bury(3, record, "topic refused");
    browser_.bury(4, record, "too large");
    EXPECT_EQ(text({{"ask", "dead"}, {"after", 3}}),
              R"({"next":4,"letters":[{"number":4,"buried":"2025-11-22T10:15:20.000Z",)"
              R"("reason":"too large","uplink":"broker","device":"ROOM-1","lane":"telemetry",)"
              R"("drain":"in-order","subtopic":"log","content_type":"application/json",)"
              R"("sequence":9,"timestamp":"2025-11-22T10:15:00.000Z","age_s":30,"bytes":2}]})");
    EXPECT_EQ(text({{"ask", "dead"}, {"after", 4}}), R"({"letters":[]})");
    EXPECT_EQ(text({{"ask", "retry"}, {"number", 3}}), R"({"number":3,"sequence":4711})");
    EXPECT_EQ(text({{"ask", "drop"}, {"number", 4}}), R"({"number":4})");
    EXPECT_EQ(text({{"ask", "drop"}, {"number", 4}}),
              "error: dead letter 4: there is none of that number");
    EXPECT_TRUE(browser_.letters_.empty());
}

TEST_F(QueueDeskTest, TheFiguresSayWhetherThePromiseHolds) {
    browser_.figures_.store.degraded = true;
    browser_.figures_.store.reason = "no space left on device";
    browser_.figures_.total.records = 12;
    browser_.figures_.memory_alone = 12;
    browser_.figures_.max_bytes = 1024;
    browser_.figures_.store.lane_file_bytes = {1, 2, 3};
    const auto answer = ask({{"ask", "figures"}});
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->at("durable").as_bool());
    EXPECT_EQ(answer->at("reason").as_string(), "no space left on device");
    EXPECT_EQ(answer->at("memory").at("records_alone").as_uint64(), 12U);
    EXPECT_EQ(answer->at("files").at("max_bytes").as_uint64(), 1024U);
    EXPECT_EQ(to_json_text(answer->at("files").at("lanes")),
              R"({"alarm":1,"telemetry":2,"bulk":3})");
}

TEST_F(QueueDeskTest, WhatMakesNoSenseIsAnsweredWithASentence) {
    json::object bad_after = records_of("ROOM-1");
    bad_after["after"] = "x";
    json::object bad_lane = records_of("ROOM-1");
    bad_lane["lane"] = "fast";
    for (const json::object& request : {json::object{},
                                        {{"ask", 3}},
                                        {{"ask", "stream"}},
                                        {{"ask", "streams"}, {"after", 3}},
                                        {{"ask", "streams"}, {"after", json::object()}},
                                        records_of(""),
                                        records_of("a/b"),
                                        bad_after,
                                        bad_lane,
                                        {{"ask", "dead"}, {"after", -1}},
                                        {{"ask", "retry"}},
                                        {{"ask", "retry"}, {"number", 1.5}},
                                        {{"ask", "drop"}, {"number", "1"}}}) {
        const auto answer = ask(request);
        ASSERT_FALSE(answer) << json::serialize(request);
        EXPECT_GT(answer.error().text().size(), 10U) << json::serialize(request);
    }
    EXPECT_EQ(text({{"ask", "stream"}}),
              "error: the queue cannot be asked for `stream`; did you mean streams?");
}

}  // namespace
}  // namespace fieldway::app
