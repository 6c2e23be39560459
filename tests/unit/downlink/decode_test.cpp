#include "downlink/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::downlink {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view payload, bool configuration = false) {
    const auto decoded = decode(payload, configuration);
    return decoded ? "decoded" : decoded.error().text();
}

TEST(Decode, ValuesKeepTheirTypesAndTheirOrder) {
    const auto decoded =
        decode(R"({"b":21.5,"a":true,"c":"on","d":18446744073709551615,"e":-3,"id":42})", false);
    ASSERT_TRUE(decoded) << decoded.error().text();
    EXPECT_EQ(decoded->id, "42");
    const std::vector<std::pair<std::string, Value>> expected{
        {"b", 21.5},
        {"a", true},
        {"c", std::string("on")},
        {"d", std::uint64_t{0xFFFFFFFFFFFFFFFF}},
        {"e", std::int64_t{-3}}};
    EXPECT_EQ(decoded->values, expected);
}

TEST(Decode, WhatNobodyCanMeanIsRefused) {
    EXPECT_THAT(refusal(""), HasSubstr("no JSON"));
    EXPECT_THAT(refusal("{\"a\":1"), HasSubstr("no JSON: incomplete JSON at byte"));
    EXPECT_THAT(refusal("{\"a\":1} x"), HasSubstr("no JSON: extra data"));
    EXPECT_THAT(refusal("[{\"a\":1}]"), HasSubstr("no JSON object"));
    EXPECT_THAT(refusal("{}"), HasSubstr("names no point"));
    EXPECT_THAT(refusal(R"({"id":"x"})"), HasSubstr("names no point"));
    EXPECT_THAT(refusal(R"({"a":1,"a":2})"), HasSubstr("a stands twice"));
    EXPECT_THAT(refusal(R"({"a":[1]})"), HasSubstr("a is an array"));
    EXPECT_THAT(refusal(R"({"a":{"b":1}})"), HasSubstr("a is an object"));
    EXPECT_THAT(refusal(R"({"a":1e400})"), HasSubstr("out of all ranges"));
    EXPECT_THAT(refusal(R"({"a":99999999999999999999})"), HasSubstr("out of all ranges"));
    EXPECT_THAT(refusal("{\"a\":\"\xFF\"}"), HasSubstr("no JSON"));
    EXPECT_THAT(refusal("{\"a\":" + std::string(60'000, '[')), HasSubstr("no JSON"));
}

TEST(Decode, AnIdIsATextOrAWholeNumber) {
    EXPECT_EQ(decode(R"({"a":1,"id":"x"})", false)->id, "x");
    EXPECT_EQ(decode(R"({"a":1})", false)->id, "");
    for (const char* id : {"\"\"", "1.5", "true", "null"}) {
        EXPECT_THAT(refusal(std::string(R"({"a":1,"id":)") + id + "}"),
                    HasSubstr("id must be a text"))
            << id;
    }
    const std::string longest(Decoded::longest_id, 'x');
    EXPECT_EQ(decode(R"({"a":1,"id":")" + longest + "\"}", false)->id, longest);
    EXPECT_THAT(refusal(R"({"a":1,"id":")" + longest + "y\"}"), HasSubstr("128 bytes"));
}

TEST(Decode, SoManyPointsAndNoMore) {
    std::string payload = "{";
    for (std::size_t i = 0; i < Decoded::most_points; ++i)
        payload += "\"p" + std::to_string(i) + "\":1,";
    std::string one_more = payload + "\"more\":1}";
    payload.back() = '}';
    EXPECT_EQ(decode(payload, false)->values.size(), Decoded::most_points);
    EXPECT_THAT(refusal(one_more), HasSubstr("it names 257 points; the most is 256"));
}

TEST(Decode, AConfigurationMayStandInAnEnvelope) {
    const auto bare = decode(R"({"limit": 9, "mode":"on"})", true);
    const auto wrapped = decode(
        R"({"deviceId":"x","version":3,"configuration":{"mode":"on","limit":9},"created":null})",
        true);
    ASSERT_TRUE(bare && wrapped);
    EXPECT_EQ(wrapped->values.size(), 2U);
    EXPECT_EQ(bare->content(), wrapped->content());
    EXPECT_THAT(refusal(R"({"configuration":{"a":{"b":1}}})", true), HasSubstr("a is an object"));
    EXPECT_THAT(refusal(R"({"configuration":{}})", true), HasSubstr("names no point"));
    EXPECT_THAT(refusal(R"({"configuration":{"a":1}})", false),
                HasSubstr("configuration is an object"));
}

TEST(Decode, ContentIsEqualForEqualValuesAlone) {
    const auto content = [](std::string_view payload) { return decode(payload, true)->content(); };
    EXPECT_EQ(content(R"({"a":1,"b":2})"), content("{ \"b\":2 , \"a\":1 }"));
    EXPECT_NE(content(R"({"a":1,"b":2})"), content(R"({"a":1})"));
    EXPECT_NE(content(R"({"a":1})"), content(R"({"a":"1"})"));
    EXPECT_NE(content(R"({"a":"1\n\"b\":2"})"), content(R"({"a":"1","b":2})"));
}

}  // namespace
}  // namespace fieldway::downlink
