#include "mapping/mapper.h"

#include <algorithm>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "case_device.h"
#include "mapping/message_builder.h"
#include "support/manual_clock.h"

namespace fieldway::mapping {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Mapper mapper_of(std::string_view device) {
    return Mapper::make(test::device_of(boost::json::parse(device).as_object())).value();
}

Reading declared(PointNumber point, Value value, Timestamp time = {}) {
    return {point, "", std::move(value), false, time};
}
Reading undeclared(std::string name, Value value) {
    return {undeclared_point, std::move(name), std::move(value), false, {}};
}
Value number(std::int64_t whole) {
    return whole;
}

constexpr auto two_points =
    R"({"every": "1s", "points": [{"name": "a", "scale": 0.1}, {"name": "b"}]})";

TEST(Mapper, AMessageCarriesDeviceUplinkAndTheTimeOfItsNewestReading) {
    fieldway::test::ManualClock clock;
    auto mapper = mapper_of(two_points);
    const Timestamp first = clock.now();
    clock.advance(std::chrono::seconds(3));
    const auto messages =
        mapper.take({0, {declared(1, number(1), clock.now()), declared(0, number(1), first)}, ""});
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].device.text(), "0CA1");
    EXPECT_EQ(messages[0].uplink, "cloud");
    EXPECT_EQ(messages[0].time, clock.now());
}

/// What the message says once its clock is right: an hour after 1970 began for monotonic zero.
std::string told_later(const Message& message) {
    return filled(message.payload, message.lacks, [](MonotonicTime then) {
        return WallTime(std::chrono::hours(1) +
                        std::chrono::floor<std::chrono::milliseconds>(then.time_since_epoch()));
    });
}
Timestamp unsettled(Duration since_boot) {
    return {MonotonicTime(since_boot),
            WallTime(std::chrono::hours(9000) +
                     std::chrono::floor<std::chrono::milliseconds>(since_boot)),
            false};
}

TEST(Mapper, ATimeThatIsNotSettledIsFilledInLaterInEveryFormat) {
    const struct {
        const char* message;
        std::string now;
        std::string later;
    } cases[] = {
        {R"({})", R"({"timestamp":null,"a":1})",
         R"({"timestamp":"1970-01-01T01:00:02.000Z","a":1})"},
        {R"({"fields": {"x.y": "a"}})", R"({"timestamp":null,"x":{"y":1}})",
         R"({"timestamp":"1970-01-01T01:00:02.000Z","x":{"y":1}})"},
        {R"({"format": "csv", "csv": {"columns": ["a", "timestamp"], "header": true}})",
         "a,timestamp\r\n1,\"\"\r\n", "a,timestamp\r\n1,\"1970-01-01T01:00:02.000Z\"\r\n"},
        {R"({"format": "text", "text": {"template": "{a} at {timestamp}."}})", "1 at .",
         "1 at 1970-01-01T01:00:02.000Z."},
    };
    for (const auto& one : cases) {
        SCOPED_TRACE(one.message);
        const std::string device = R"({"every": "1s", "points": [{"name": "a"}], "messages": [)" +
                                   std::string(one.message) + "]}";
        auto mapper = mapper_of(device);
        const auto messages =
            mapper.take({0, {declared(0, number(1), unsettled(std::chrono::seconds(2)))}, ""});
        ASSERT_THAT(messages, SizeIs(1));
        EXPECT_EQ(messages[0].payload, one.now);
        EXPECT_EQ(told_later(messages[0]), one.later);
    }
}

TEST(Mapper, TimesThatAreFilledInLaterAreUniqueToo) {
    auto mapper = mapper_of(R"({"every": "1s", "points": [{"name": "a"}]})");
    const Timestamp same = unsettled(std::chrono::seconds(2));
    const auto first = mapper.take({0, {declared(0, number(1), same)}, ""});
    const auto second = mapper.take({0, {declared(0, number(2), same)}, ""});
    ASSERT_THAT(second, SizeIs(1));
    EXPECT_EQ(told_later(first[0]), R"({"timestamp":"1970-01-01T01:00:02.000Z","a":1})");
    EXPECT_EQ(told_later(second[0]), R"({"timestamp":"1970-01-01T01:00:02.001Z","a":2})");
}

TEST(Mapper, UndeclaredPointsAreLimitedAndCounted) {
    auto mapper = mapper_of("{}");
    Readings batch;
    for (std::size_t i = 0; i < Mapper::most_undeclared + 5; ++i) {
        batch.readings.push_back(undeclared("p" + std::to_string(i), number(1)));
    }
    batch.readings.push_back(undeclared("", number(1)));
    batch.readings.push_back(undeclared(std::string(300, 'x'), number(1)));
    ASSERT_THAT(mapper.take(batch), SizeIs(1));
    EXPECT_THAT(mapper.last(), SizeIs(Mapper::most_undeclared));
    EXPECT_EQ(mapper.figures().undeclared_refused, 7U);
}

TEST(Mapper, AnUndeclaredReadingOfADeclaredNameIsThatPoint) {
    auto mapper = mapper_of(R"({"every": "1s", "points": [{"name": "a", "scale": 0.1}]})");
    const auto messages = mapper.take({0, {undeclared("a", number(215))}, ""});
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_THAT(messages[0].payload, HasSubstr("\"a\":21.5"));
}

TEST(Mapper, APointNumberOfNobodyIsCountedNotTaken) {
    auto mapper = mapper_of(two_points);
    EXPECT_THAT(mapper.take({0, {declared(7, number(1))}, ""}), IsEmpty());
    EXPECT_EQ(mapper.figures().undeclared_refused, 1U);
}

TEST(Mapper, RemembersTheLastMappedValues) {
    auto mapper = mapper_of(two_points);
    EXPECT_THAT(mapper.last(), IsEmpty());
    mapper.take({0, {declared(0, number(215))}, ""});
    ASSERT_THAT(mapper.last(), SizeIs(1));
    EXPECT_EQ(mapper.last()[0].first, "a");
    EXPECT_EQ(mapper.last()[0].second.value, Value(21.5));
    EXPECT_EQ(mapper.map(declared(0, number(11))), Value(1.1));
    EXPECT_EQ(mapper.last()[0].second.value, Value(21.5)) << "map() changes nothing";
}

TEST(Mapper, FindsPointsByNameAndSuggestsTheNearest) {
    const auto mapper = mapper_of(R"({"points": [{"name": "supply_temp"}, {"name": "energy"}]})");
    EXPECT_EQ(mapper.point_of("energy").value(), 1U);
    EXPECT_EQ(mapper.point_of("suply_temp").error().sentence(),
              "the device has no point \"suply_temp\"; did you mean supply_temp?");
    EXPECT_EQ(mapper.point_of("x").error().sentence(),
              "the device has no point \"x\"; it has supply_temp, energy");
    EXPECT_EQ(mapper_of("{}").point_of("x").error().sentence(),
              "the device has no point \"x\"; it declares none, and only declared points can be "
              "asked for");
}

TEST(Mapper, WithoutIntervalsNothingIsEverDue) {
    auto mapper = mapper_of(two_points);
    EXPECT_EQ(mapper.next_due({}), std::nullopt);
    EXPECT_THAT(mapper.due({}), IsEmpty());
}

TEST(Mapper, AReadingSentAHundredTimesIsNotSentAgain) {
    fieldway::test::ManualClock clock;
    auto mapper =
        mapper_of(R"({"every": "1h", "points": [{"name": "x"}], "messages": [{"every": "1s"}]})");
    mapper.due(clock.now());
    mapper.take({0, {declared(0, number(1), clock.now())}, ""});
    std::vector<WallTime> times;
    for (int i = 0; i < 150; ++i) {
        clock.advance(std::chrono::seconds(1));
        for (const auto& message : mapper.due(clock.now()))
            times.push_back(message.time.wall);
    }
    ASSERT_THAT(times, SizeIs(101)) << "its own time and a hundred bumps";
    EXPECT_EQ(std::adjacent_find(times.begin(), times.end()), times.end());
    EXPECT_EQ(times.back() - times.front(), std::chrono::milliseconds(100));
    EXPECT_EQ(mapper.figures().held_back, 49U);
}

TEST(Mapper, NullsBesideASlowGoodReadingHaveTheTimeOfTheirInterval) {
    fieldway::test::ManualClock clock;
    auto mapper = mapper_of(R"({"every": "1s", "messages": [{"every": "1s"}],
                               "points": [{"name": "slow", "every": "1h"}, {"name": "fast"}]})");
    mapper.due(clock.now());
    mapper.take(
        {0, {declared(0, number(1), clock.now()), declared(1, number(1), clock.now())}, ""});
    std::size_t told = 0;
    for (int i = 0; i < 150; ++i) {
        clock.advance(std::chrono::seconds(1));
        for (const auto& message : mapper.due(clock.now())) {
            if (message.payload.find("\"fast\":null") == std::string::npos) continue;
            ++told;
            EXPECT_EQ(message.time.wall, clock.wall());
        }
    }
    EXPECT_GT(told, 140U) << "stale after two intervals and a second, and said ever after";
    EXPECT_EQ(mapper.figures().held_back, 0U);
}

TEST(Mapper, WhatIsLeftOutDoesNotMakeAnOldReadingNew) {
    fieldway::test::ManualClock clock;
    auto mapper = mapper_of(R"({"every": "1s", "when_bad": "skip", "messages": [{"every": "1s"}],
                               "points": [{"name": "slow", "every": "1h"}, {"name": "fast"}]})");
    mapper.due(clock.now());
    const Timestamp read = clock.now();
    mapper.take({0, {declared(0, number(1), read), declared(1, number(1), read)}, ""});
    for (int i = 0; i < 150; ++i) {
        clock.advance(std::chrono::seconds(1));
        for (const auto& message : mapper.due(clock.now()))
            EXPECT_LE(message.time.wall - read.wall, UniqueTimes::most_bump) << message.payload;
    }
}

TEST(Mapper, NullsAloneMakeNobodyWaitForAClockButThoseBehindReadingsThatDo) {
    auto mapper = mapper_of(R"({"every": "1s", "points": [{"name": "a"}], "when_bad": "null"})");
    const auto bad = [](Timestamp time) { return Reading{0, "", {}, true, time}; };
    const auto only = [&](Reading reading) {
        auto messages = mapper.take({0, {std::move(reading)}, ""});
        EXPECT_THAT(messages, SizeIs(1));
        return messages.at(0);
    };
    const Timestamp own{MonotonicTime(std::chrono::seconds(3)), WallTime(std::chrono::hours(9000))};
    EXPECT_THAT(only(bad(unsettled(std::chrono::seconds(2)))).lacks, IsEmpty());
    EXPECT_THAT(only(declared(0, number(1), own)).lacks, IsEmpty()) << "the device's own time";
    const auto nulls = only(bad(unsettled(std::chrono::seconds(4))));
    EXPECT_EQ(nulls.payload, R"({"timestamp":null,"a":null})");
    EXPECT_THAT(nulls.lacks, IsEmpty());
    EXPECT_THAT(only(declared(0, number(2), unsettled(std::chrono::seconds(5)))).lacks, SizeIs(1));
    EXPECT_EQ(told_later(only(bad(unsettled(std::chrono::seconds(6))))),
              R"({"timestamp":"1970-01-01T01:00:06.000Z","a":null})");
}

TEST(Mapper, AWallClockSetBackDoesNotHoldReadingsBack) {
    fieldway::test::ManualClock clock;
    auto mapper = mapper_of(R"({"every": "1s", "points": [{"name": "x"}]})");
    mapper.take({0, {declared(0, number(1), clock.now())}, ""});
    const Timestamp earlier{clock.monotonic() + std::chrono::seconds(1),
                            clock.wall() - std::chrono::hours(1)};
    const auto messages = mapper.take({0, {declared(0, number(2), earlier)}, ""});
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].time.wall, earlier.wall);
}

TEST(Mapper, LosesNoPoll) {
    EXPECT_TRUE(rc::check("every complete poll is one message, whatever the batches", [] {
        const auto points = *rc::gen::inRange<std::uint32_t>(1, 6);
        const auto polls = *rc::gen::inRange<std::int64_t>(1, 20);
        std::string device = R"({"every": "1s", "points": [)";
        for (std::uint32_t i = 0; i < points; ++i) {
            device += (i ? "," : "") + (R"({"name": "p)" + std::to_string(i)) + "\"}";
        }
        auto mapper = mapper_of(device + "]}");
        std::vector<std::string> payloads;
        Readings batch;
        const auto flush = [&] {
            for (auto& message : mapper.take(batch))
                payloads.push_back(message.payload);
            batch.readings.clear();
        };
        fieldway::test::ManualClock clock;
        for (std::int64_t poll = 0; poll < polls; ++poll) {
            clock.advance(std::chrono::milliseconds(200));
            for (std::uint32_t i = 0; i < points; ++i) {
                batch.readings.push_back(declared(i, number(poll), clock.now()));
                if (*rc::gen::arbitrary<bool>()) flush();
            }
        }
        flush();
        RC_ASSERT(payloads.size() == static_cast<std::size_t>(polls));
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            const boost::json::value parsed = boost::json::parse(payloads[i]);
            for (const auto& [key, value] : parsed.as_object()) {
                if (key != "timestamp") RC_ASSERT(value.to_number<std::size_t>() == i);
            }
        }
    }));
}

TEST(CheckPayload, SaysWhatToDoAboutALongOne) {
    const Message message{
        "cloud", DeviceId::parse("a").value(), "", Lane::telemetry, ContentType::json, "12345", {}};
    EXPECT_TRUE(check_payload(message, 5));
    EXPECT_THAT(check_payload(message, 4).error().sentence(),
                HasSubstr("has 5 bytes; the uplink's limits.message_bytes is 4"));
}

}  // namespace
}  // namespace fieldway::mapping
