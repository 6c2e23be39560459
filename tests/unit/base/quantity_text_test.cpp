#include "base/quantity_text.h"

#include <cstdint>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, ReadsNumbersWithUnits) {
    EXPECT_EQ(parse_duration("250ms"), 250ms);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("10 s"), 10s);
    EXPECT_EQ(parse_duration("7d"), 168h);
    EXPECT_EQ(parse_duration("0"), 0s);
}

TEST(DurationText, RefusesWhatIsNone) {
    for (const char* text :
         {"", "10", "s", "-1s", "1 S", "1sec", "1.2.3s", "300000d", "1s ", "1e3s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(DurationText, PrintsTheShortestExactForm) {
    EXPECT_EQ(to_text(1500ms), "1500ms");
    EXPECT_EQ(to_text(Duration(168h)), "7d");
    EXPECT_EQ(to_text(Duration::zero()), "0s");
    EXPECT_EQ(to_text(Duration(1)), "1ns");
}

TEST(DurationText, ReadsWhatItPrints) {
    EXPECT_TRUE(rc::check("microseconds up to a year", [] {
        const std::chrono::microseconds time(
            *rc::gen::inRange<std::int64_t>(0, 31'536'000'000'000));
        RC_ASSERT(parse_duration(to_text(Duration(time))) == Duration(time));
    }));
}

TEST(SizeText, ReadsBinaryAndDecimalUnits) {
    EXPECT_EQ(parse_size("64KiB"), 65536U);
    EXPECT_EQ(parse_size("1 GiB"), 1073741824U);
    EXPECT_EQ(parse_size("5kB"), 5000U);
    EXPECT_EQ(parse_size("12B"), 12U);
    EXPECT_EQ(parse_size("0"), 0U);
}

TEST(SizeText, RefusesWhatIsNone) {
    for (const char* text : {"", "64", "1.5MiB", "-1B", "64K", "KiB", "99999999999TiB"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(SizeText, ReadsWhatItPrints) {
    EXPECT_EQ(size_text(65536), "64KiB");
    EXPECT_EQ(size_text(1000), "1000B");
    EXPECT_TRUE(rc::check("any number of bytes", [] {
        const auto bytes = *rc::gen::arbitrary<std::uint64_t>();
        RC_ASSERT(parse_size(size_text(bytes)) == bytes);
    }));
}

TEST(RoughText, HasOneUnitAndAtLeastTwoOfIt) {
    using namespace std::chrono_literals;
    EXPECT_EQ(rough_text(0s), "0s");
    EXPECT_EQ(rough_text(119s + 999ms), "119s");
    EXPECT_EQ(rough_text(120s), "2m");
    EXPECT_EQ(rough_text(119min), "119m");
    EXPECT_EQ(rough_text(2h), "2h");
    EXPECT_EQ(rough_text(47h), "47h");
    EXPECT_EQ(rough_text(24h * 366), "366d");
}

TEST(RoughText, SizesHaveThreeDigits) {
    EXPECT_EQ(rough_size_text(0), "0B");
    EXPECT_EQ(rough_size_text(1023), "1023B");
    EXPECT_EQ(rough_size_text(1024), "1.00KiB");
    EXPECT_EQ(rough_size_text(12 * 1024 + 300), "12.3KiB");
    EXPECT_EQ(rough_size_text(1024 * 1024 - 1), "1.00MiB");
    EXPECT_EQ(rough_size_text(999 * 1024), "999KiB");
    EXPECT_EQ(rough_size_text(1ULL << 40), "1.00TiB");
    EXPECT_EQ(rough_size_text(~0ULL), "16.0EiB");
}

}  // namespace
}  // namespace fieldway
