#include "base/json_members.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

Value number(const std::string& digits) {
    const auto members = parse_json_object("{\"n\":" + digits + "}");
    EXPECT_TRUE(members) << digits;
    return members->at(0).value;
}

TEST(JsonObject, KeepsEveryDigitOf64BitIntegers) {
    EXPECT_EQ(number("9007199254740993"), Value(std::int64_t{9007199254740993}));
    EXPECT_EQ(number("-9223372036854775808"), Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(number("9223372036854775807"), Value(std::numeric_limits<std::int64_t>::max()));
    EXPECT_EQ(number("9223372036854775808"), Value(std::uint64_t{1} << 63));
    EXPECT_EQ(number("18446744073709551615"), Value(std::numeric_limits<std::uint64_t>::max()));
}

TEST(JsonObject, NamesNumbersThatNoTypeHoldsInsteadOfRoundingThem) {
    for (const char* digits : {"18446744073709551616", "-9223372036854775809", "1e400", "-1e400"}) {
        const auto members = parse_json_object(fmt::format("{{\"n\":{}}}", digits));
        ASSERT_TRUE(members) << digits;
        EXPECT_EQ(members->at(0).kind, JsonKind::out_of_range) << digits;
    }
    EXPECT_EQ(number("1e-400"), Value(0.0));
    EXPECT_EQ(number("1e3"), Value(1000.0));
}

TEST(JsonObject, ReadsDoublesAsTheirShortestDigitsMeanThem) {
    std::mt19937_64 random(20261122);
    for (int i = 0; i < 20'000; ++i) {
        double wanted = 0;
        do {
            const std::uint64_t bits = random();
            std::memcpy(&wanted, &bits, sizeof wanted);
        } while (!std::isfinite(wanted));
        char digits[64];
        const auto end =
            std::to_chars(digits, digits + sizeof digits, wanted, std::chars_format::scientific);
        ASSERT_EQ(number(std::string(digits, end.ptr)), Value(wanted))
            << "seed 20261122, number " << i;
    }
}

TEST(JsonObject, KeepsBothOfANameThatStandsTwice) {
    const auto members = parse_json_object(R"({"a":1,"a":2})");
    ASSERT_TRUE(members);
    EXPECT_EQ(members->size(), 2u);
}

TEST(JsonObject, RefusesWhatIsNoObject) {
    for (const char* text : {"[]", "1", "\"x\"", "null", "{} {}", "{\"a\":}", "{'a':1}",
                             "{\"a\":NaN}", "{\"a\":1,}", "{\"a\":\"\xff\"}", "{\"a\":01}"}) {
        EXPECT_FALSE(parse_json_object(text)) << text;
    }
}

TEST(JsonObject, RefusesDepthWithoutFollowingIt) {
    EXPECT_FALSE(parse_json_object("{\"a\":" + std::string(60'000, '[')));
}

}  // namespace
}  // namespace fieldway
