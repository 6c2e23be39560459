#include "base/value.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway {
namespace {

TEST(ValueJson, NumbersHaveTheShortestDigitsOfTheirType) {
    EXPECT_EQ(to_json_text(0.1F), "0.1");
    EXPECT_EQ(to_json_text(0.1), "0.1");
    EXPECT_EQ(to_json_text(static_cast<double>(0.1F)), "0.10000000149011612");
    EXPECT_EQ(to_json_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(to_json_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(to_json_text(true), "true");
}

TEST(ValueJson, WhatHasNoNumberIsNull) {
    EXPECT_EQ(to_json_text(NoValue{}), "null");
    EXPECT_EQ(to_json_text(std::nan("")), "null");
    EXPECT_EQ(to_json_text(-std::numeric_limits<float>::infinity()), "null");
}

TEST(ValueJson, ReadsBackAsTheSameNumber) {
    EXPECT_TRUE(rc::check("double", [] {
        const auto bits = *rc::gen::arbitrary<std::uint64_t>();
        double number = 0;
        std::memcpy(&number, &bits, sizeof bits);
        RC_PRE(std::isfinite(number));
        RC_ASSERT(std::strtod(to_json_text(number).c_str(), nullptr) == number);
    }));
    EXPECT_TRUE(rc::check("float", [] {
        const auto bits = *rc::gen::arbitrary<std::uint32_t>();
        float number = 0;
        std::memcpy(&number, &bits, sizeof bits);
        RC_PRE(std::isfinite(number));
        RC_ASSERT(std::strtof(to_json_text(number).c_str(), nullptr) == number);
    }));
}

TEST(ValueJson, TextIsValidJsonWhateverItsBytes) {
    EXPECT_EQ(to_json_text(std::string("a\"\\\n\t\x01\x7F")), R"("a\"\\\n\t\u0001\u007f")");
    EXPECT_EQ(to_json_text(std::string("\xC3\xA9\xFF")), "\"\xC3\xA9\xEF\xBF\xBD\"");
    EXPECT_TRUE(rc::check("any bytes", [] {
        const auto text = to_json_text(*rc::gen::arbitrary<std::string>());
        boost::system::error_code error;
        boost::json::parse(text, error);
        RC_ASSERT(!error);
        RC_ASSERT(is_utf8(text));
    }));
}

TEST(ValueJson, BytesAreHex) {
    EXPECT_EQ(to_json_text(Bytes{0x0A, 0xFF}), "\"0aff\"");
}

TEST(Utf8, KnowsOverlongFormsAndSurrogates) {
    EXPECT_TRUE(is_utf8("a\u00e9\u20ac\U0001F600"));
    for (const char* text : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80",
                             "\xE2\x82", "\xF5\x80\x80\x80"}) {
        EXPECT_FALSE(is_utf8(text));
    }
}

TEST(AsNumber, IsThereForNumbersAndTruth) {
    EXPECT_EQ(as_number(true), 1.0);
    EXPECT_EQ(as_number(std::int64_t{-7}), -7.0);
    EXPECT_EQ(as_number(std::string("7")), std::nullopt);
    EXPECT_EQ(as_number(NoValue{}), std::nullopt);
}

}  // namespace
}  // namespace fieldway
