#include "downlink/device_router.h"

#include <optional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/downlink/router_fixture.h"

namespace fieldway::downlink {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using Status = CommandOutcome::Status;

class Router : public ::testing::Test {
  protected:
    /// As after a crash: what the disk has of it is the book.
    void restart(const std::string& disk) {
        router_.emplace(device_, mapper_, CommandBook::from_json(disk).value());
    }
    [[nodiscard]] Downlink sent(const std::string& payload,
                                const std::string& subtopic = "commands") const {
        return test::downlink(payload, subtopic, now_);
    }
    template <class Wanted>
    static std::vector<Wanted> only(const Actions& actions) {
        std::vector<Wanted> found;
        for (const Action& action : actions) {
            if (const auto* one = std::get_if<Wanted>(&action)) found.push_back(*one);
        }
        return found;
    }
    static boost::json::object answer_in(const Actions& actions) {
        const auto answers = only<action::Answer>(actions);
        EXPECT_EQ(answers.size(), 1U);
        if (answers.empty()) return {};
        return boost::json::parse(answers.front().payload).as_object();
    }
    /// Until it is with the device; nothing where it does not come so far.
    std::optional<action::Submit> submit(const Downlink& downlink) {
        last_ = router_->arrived(now_, downlink);
        const auto stores = only<action::Store>(last_);
        if (stores.empty() || !stores.front().number) return std::nullopt;
        const auto submits = only<action::Submit>(router_->stored(now_, *stores.front().number));
        if (submits.empty()) return std::nullopt;
        return submits.front();
    }
    boost::json::object write(const Downlink& downlink) {
        const auto submitted = submit(downlink);
        EXPECT_TRUE(submitted);
        if (!submitted) return {};
        return answer_in(
            router_->ended(now_, submitted->number, test::confirmed(submitted->points)));
    }
    std::string refusal(const Downlink& downlink) {
        const Actions actions = router_->arrived(now_, downlink);
        EXPECT_TRUE(only<action::Store>(actions).empty()) << "it is executed";
        const boost::json::object answer = answer_in(actions);
        if (answer.empty()) return "";
        EXPECT_EQ(answer.at("status").as_string(), "refused");
        return std::string(answer.at("reason").as_string());
    }

    const config::DeviceOptions device_ = test::device();
    const mapping::Mapper mapper_ = mapping::Mapper::make(device_).value();
    Timestamp now_{MonotonicTime(std::chrono::hours(1)), WallTime(std::chrono::hours(500'000))};
    std::optional<DeviceRouter> router_{std::in_place, device_, mapper_};
    Actions last_;
};

TEST_F(Router, ACommandIsWrittenDownThenSubmittedThenAnswered) {
    const auto submitted = submit(sent(R"({"id":"7","setpoint":21.5,"mode":"on"})"));
    ASSERT_TRUE(submitted);
    EXPECT_EQ(submitted->expires, now_.monotonic + seconds(30));
    const std::vector<PointValue> raw{{0, "", std::int64_t{43}}, {1, "", std::int64_t{1}}};
    EXPECT_EQ(submitted->points, raw);
    EXPECT_TRUE(router_->book().find("id:7")->under_way());
    const Actions ended = router_->ended(now_, submitted->number, test::confirmed(raw));
    EXPECT_EQ(only<action::Answer>(ended).at(0).subtopic, "ack");
    EXPECT_EQ(boost::json::serialize(answer_in(ended)),
              R"({"timestamp":"2027-01-15T08:00:00.000Z","subtopic":"commands","id":"7",)"
              R"("status":"written","verified":true,"values":{"setpoint":2.15E1,"mode":"on"}})");
    EXPECT_EQ(only<action::Store>(ended).size(), 1U);
    EXPECT_FALSE(router_->book().find("id:7")->told);
    EXPECT_EQ(only<action::Store>(router_->told("id:7")).size(), 1U);
    EXPECT_TRUE(router_->told("id:7").empty());
    EXPECT_EQ(router_->figures().written, 1U);
}

TEST_F(Router, WhatWasNotReadBackIsNamed) {
    const auto submitted = submit(sent(R"({"setpoint":20,"mode":1})"));
    CommandOutcome outcome = test::confirmed({submitted->points.front()});
    const auto answer = answer_in(router_->ended(now_, submitted->number, outcome));
    EXPECT_EQ(answer.at("verified").as_bool(), false);
    EXPECT_EQ(boost::json::serialize(answer.at("unverified")), R"(["mode"])");
    EXPECT_EQ(boost::json::serialize(answer.at("values")), R"({"setpoint":20})");
}

TEST_F(Router, ItIsRefusedWholeOrBegunWhole) {
    EXPECT_THAT(refusal(sent(R"({"setpoint":20,"mode":"onn"})")), HasSubstr("did you mean on?"));
    EXPECT_THAT(refusal(sent(R"({"setpoint":20,"temp":1})")),
                HasSubstr("temp is no point that subtopic commands may write; it may write "
                          "setpoint, mode"));
    EXPECT_THAT(refusal(sent(R"({"limit":20})")), HasSubstr("limit is no point"));
    EXPECT_THAT(refusal(sent(R"({"setpoint":31})")), HasSubstr("the most is 30"));
    EXPECT_THAT(refusal(sent("nonsense")), HasSubstr("no JSON"));
    Downlink large = sent("");
    large.bytes = Downlink::most_bytes + 1;
    EXPECT_THAT(refusal(large), HasSubstr("the downlink has 65537 bytes; the most is 65536"));
    EXPECT_EQ(router_->figures().refused, 6U);
    EXPECT_TRUE(router_->book().commands().empty());
}

TEST_F(Router, WhatIsQuotedOfALongPayloadIsItsBeginning) {
    const std::string why = refusal(sent(R"({"mode":")" + std::string(60'000, 'x') + "\"}"));
    EXPECT_EQ(why.size(), 512U + 3U);
    EXPECT_THAT(why, HasSubstr("xxx..."));
    const Actions actions = router_->arrived(now_, sent("{}", std::string(60'000, 'y')));
    EXPECT_LE(only<action::Tell>(actions).at(0).sentence.size(), 600U);
}

TEST_F(Router, WhatNoCommandNamesIsCountedAndToldToTheLogAlone) {
    const Actions actions = router_->arrived(now_, sent(R"({"setpoint":20})", "other"));
    EXPECT_TRUE(only<action::Answer>(actions).empty());
    EXPECT_THAT(only<action::Tell>(actions).at(0).sentence,
                HasSubstr("no command of the device has subtopic other"));
    EXPECT_EQ(router_->figures().refused, 1U);
}

TEST_F(Router, WithoutAReplyNothingIsSent) {
    const auto submitted = submit(sent(R"({"setpoint":20})", "quiet"));
    const Actions ended =
        router_->ended(now_, submitted->number, test::confirmed(submitted->points));
    EXPECT_TRUE(only<action::Answer>(ended).empty());
    EXPECT_EQ(only<action::Tell>(ended).at(0).good, true);
}

TEST_F(Router, ADuplicateIsAnsweredAsBeforeAndNotExecuted) {
    const auto first = write(sent(R"({"id":"7","setpoint":21.5})"));
    auto second = answer_in(router_->arrived(now_, sent(R"({"id":"7","setpoint":21.5})")));
    EXPECT_NE(first.at("timestamp"), second.at("timestamp"));
    EXPECT_EQ(second.at("duplicate").as_bool(), true);
    second.erase("duplicate");
    second["timestamp"] = first.at("timestamp");
    EXPECT_EQ(second, first);
    // Whatever it says now: the id is what it is known by.
    const Actions third = router_->arrived(now_, sent(R"({"id":"7","setpoint":5})"));
    EXPECT_TRUE(only<action::Store>(third).empty());
    EXPECT_EQ(router_->figures().duplicates, 2U);
}

TEST_F(Router, ADuplicateOfACommandUnderWayWaitsForItsAnswer) {
    ASSERT_TRUE(submit(sent(R"({"id":"7","setpoint":21.5})")));
    EXPECT_TRUE(router_->arrived(now_, sent(R"({"id":"7","setpoint":21.5})")).empty());
    EXPECT_EQ(router_->figures().duplicates, 1U);
}

TEST_F(Router, CorrelationDataGoesBeforeTheIdAndEqualBytesCountWithDupAlone) {
    Downlink correlated = sent(R"({"id":"7","setpoint":20})");
    correlated.correlation = std::string("\xFF\0", 2);
    EXPECT_EQ(write(correlated).at("correlation").as_string(), "ff00");
    EXPECT_TRUE(submit(sent(R"({"id":"7","setpoint":20})"))) << "another identity";
    correlated.payload = R"({"id":"8","setpoint":5})";
    EXPECT_FALSE(submit(correlated));
    const Downlink bare = sent(R"({"setpoint":25})");
    write(bare);
    write(bare);
    Downlink again = bare;
    again.again = true;
    EXPECT_FALSE(submit(again));
    again.payload = R"({"setpoint":26})";
    EXPECT_TRUE(submit(again)) << "the broker repeats what never came";
}

TEST_F(Router, WhatWasRefusedByTheInputMayBeSentAgain) {
    const auto first = submit(sent(R"({"id":"7","setpoint":20})"));
    const auto answer = answer_in(router_->ended(
        now_, first->number, test::ended_as(Status::refused, "input hall is not running")));
    EXPECT_EQ(answer.at("status").as_string(), "refused");
    EXPECT_TRUE(submit(sent(R"({"id":"7","setpoint":20})")));
}

TEST_F(Router, WhatFailedOrExpiredIsNotTriedAgain) {
    const auto first = submit(sent(R"({"id":"7","setpoint":20})"));
    const auto answer = answer_in(
        router_->ended(now_, first->number, test::ended_as(Status::failed, "no answer in 500ms")));
    EXPECT_EQ(answer.at("status").as_string(), "failed");
    EXPECT_FALSE(answer.contains("verified"));
    EXPECT_FALSE(submit(sent(R"({"id":"7","setpoint":20})")));
    // Expired before the disk had it.
    const auto stores =
        only<action::Store>(router_->arrived(now_, sent(R"({"id":"8","setpoint":20})")));
    now_.monotonic += seconds(30);
    const Actions late = router_->stored(now_, *stores.at(0).number);
    EXPECT_TRUE(only<action::Submit>(late).empty());
    EXPECT_EQ(answer_in(late).at("status").as_string(), "expired");
    EXPECT_FALSE(submit(sent(R"({"id":"8","setpoint":20})")));
}

TEST_F(Router, AConfigurationIsAppliedOnceByItsContent) {
    write(sent(R"({"limit":9})", "config"));
    const Actions again =
        router_->arrived(now_, sent(R"({"version":4,"configuration":{"limit":9}})", "config"));
    EXPECT_TRUE(again.empty());
    EXPECT_EQ(router_->figures().repeated, 1U);
    write(sent(R"({"limit":10})", "config"));
    write(sent(R"({"limit":9})", "config"));
    EXPECT_EQ(router_->figures().written, 3U);
}

TEST_F(Router, AConfigurationThatFailedIsTriedWithTheNextPush) {
    const auto first = submit(sent(R"({"limit":9})", "config"));
    ASSERT_TRUE(first);
    EXPECT_TRUE(router_->arrived(now_, sent(R"({"limit":9})", "config")).empty()) << "under way";
    (void)router_->ended(now_, first->number, test::ended_as(Status::failed, "no answer"));
    EXPECT_TRUE(submit(sent(R"({"limit":9})", "config")));
}

TEST_F(Router, ARetainedDownlinkIsExecutedOnceWhateverCameBetween) {
    Downlink kept = sent(R"({"setpoint":20})");
    write(kept);  // as it was sent, to a session that was up
    kept.retained = true;
    write(sent(R"({"setpoint":25})"));
    EXPECT_TRUE(router_->arrived(now_, kept).empty());
    restart(router_->book().to_json());
    EXPECT_TRUE(router_->arrived(now_, kept).empty());
    kept.payload = R"({"setpoint":22})";
    write(kept);
    EXPECT_TRUE(router_->arrived(now_, kept).empty());
}

TEST_F(Router, SoManyMayBeUnderWayAndNoMore) {
    for (std::size_t i = 0; i < DeviceRouter::most_open; ++i)
        ASSERT_TRUE(submit(sent(R"({"setpoint":20})")));
    EXPECT_THAT(refusal(sent(R"({"setpoint":20})")), HasSubstr("16 commands of the device are"));
}

TEST_F(Router, AFloodIsAnsweredAFewTimesAndCounted) {
    std::size_t answers = 0;
    for (int i = 0; i < 1000; ++i)
        answers += only<action::Answer>(router_->arrived(now_, sent("nonsense"))).size();
    EXPECT_EQ(answers, 20U);
    EXPECT_EQ(router_->figures().refused, 1000U);
    EXPECT_EQ(router_->figures().unanswered, 980U);
    EXPECT_TRUE(submit(sent(R"({"setpoint":20})"))) << "what is right is not held up";
}

TEST_F(Router, NoTwoAnswersHaveOneTime) {
    std::set<std::string> times;
    for (int i = 0; i < 20; ++i)
        times.insert(
            std::string(answer_in(router_->arrived(now_, sent("x"))).at("timestamp").as_string()));
    EXPECT_EQ(times.size(), 20U);
}

TEST_F(Router, AClockThatWasWrongDoesNotStayInTheAnswers) {
    const auto time_of_answer = [this] {
        return answer_in(router_->arrived(now_, sent("x"))).at("timestamp");
    };
    const Timestamp truth = now_;
    now_ = {truth.monotonic, truth.wall + std::chrono::hours(50'000), false};
    EXPECT_TRUE(time_of_answer().is_null());
    now_ = truth;
    EXPECT_EQ(time_of_answer().as_string(), rfc3339(truth.wall));
    now_.wall -= std::chrono::hours(1);
    EXPECT_EQ(time_of_answer().as_string(), rfc3339(now_.wall)) << "it was set back";
}

TEST_F(Router, WhatACrashCutShortIsToldAsFailedAndNeverTriedAgain) {
    ASSERT_TRUE(submit(sent(R"({"id":"7","setpoint":20})")));
    const std::string disk = router_->book().to_json();
    restart(disk);
    const Actions started = router_->start(now_);
    const auto answer = answer_in(started);
    EXPECT_EQ(answer.at("id").as_string(), "7");
    EXPECT_EQ(answer.at("subtopic").as_string(), "commands");
    EXPECT_EQ(answer.at("status").as_string(), "failed");
    EXPECT_THAT(std::string(answer.at("reason").as_string()), HasSubstr("may have been written"));
    EXPECT_EQ(only<action::Store>(started).size(), 1U);
    EXPECT_FALSE(submit(sent(R"({"id":"7","setpoint":20})")));
}

TEST_F(Router, AnAnswerThatWasNotSafeAtACrashIsSentAgainAsItWas) {
    const auto submitted = submit(sent(R"({"id":"7","setpoint":20})"));
    const auto said = only<action::Answer>(
        router_->ended(now_, submitted->number, test::confirmed(submitted->points)));
    std::string disk = router_->book().to_json();
    restart(disk);
    EXPECT_EQ(only<action::Answer>(router_->start(now_)), said);
    (void)router_->told("id:7");
    disk = router_->book().to_json();
    restart(disk);
    EXPECT_TRUE(router_->start(now_).empty());
}

TEST_F(Router, AnAnswerOfManyValuesStaysSmall) {
    config::DeviceOptions wide = test::device();
    wide.points.clear();
    wide.commands[0].points.clear();
    std::string payload = "{";
    for (std::size_t i = 0; i < Decoded::most_points; ++i) {
        const std::string name = "a_point_with_a_rather_long_name_" + std::to_string(i);
        wide.points.push_back(test::point(name));
        wide.commands[0].points.push_back(name);
        payload += "\"" + name + "\":1,";
    }
    payload.back() = '}';
    const mapping::Mapper mapper = mapping::Mapper::make(wide).value();
    DeviceRouter router(wide, mapper);
    const auto stores = only<action::Store>(router.arrived(now_, sent(payload)));
    const auto submits = only<action::Submit>(router.stored(now_, *stores.at(0).number));
    const auto answers = only<action::Answer>(
        router.ended(now_, submits.at(0).number, test::confirmed(submits.at(0).points)));
    EXPECT_LE(answers.at(0).payload.size(), 4096U + 100U);
    EXPECT_THAT(answers.at(0).payload, HasSubstr(R"("status":"written","verified":true)"));
}

}  // namespace
}  // namespace fieldway::downlink
