#include "mapping/decimal.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

std::string shown(const std::optional<Decimal>& number) {
    return number ? to_json_text(number->to_value()) : "none";
}

TEST(Decimal, TakesANumberAsItIsWritten) {
    EXPECT_EQ(shown(Decimal::of(0.1)), "0.1");
    EXPECT_EQ(shown(Decimal::of(0.1F)), "0.1");
    EXPECT_EQ(shown(Decimal::of(-1.25e-7)), "-1.25e-07");
    EXPECT_EQ(shown(Decimal::of(1e300)), "1e+300");
    EXPECT_EQ(shown(Decimal::of(std::nan(""))), "none");
    EXPECT_EQ(shown(Decimal::of(Value(std::string("1")))), "none");
}

TEST(Decimal, MultipliesAndAddsWithoutError) {
    EXPECT_EQ(shown(Decimal(215, 0).times(*Decimal::of(0.1))), "21.5");
    EXPECT_EQ(shown(Decimal::of(0.1)->plus(*Decimal::of(0.2))), "0.3");
}

TEST(Decimal, WholeResultsAreIntegersOfAll64Bits) {
    EXPECT_EQ(Decimal(std::numeric_limits<std::int64_t>::min(), 0).to_value(),
              Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(Decimal(std::numeric_limits<std::uint64_t>::max(), 0).to_value(),
              Value(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_EQ(Decimal(1, 30).to_value(), Value(1e30));
}

TEST(Decimal, WhatDoesNotFitSaysSo) {
    const auto long_number = Decimal::of(1.2345678901234567);
    const auto square = long_number->times(*long_number);
    ASSERT_TRUE(square);
    EXPECT_FALSE(square->times(*long_number));
    EXPECT_FALSE(Decimal::of(1e300)->plus(*Decimal::of(0.1)));
}

TEST(Decimal, RoundsHalfAwayFromZero) {
    const auto rounded = [](double number, int places) {
        return shown(Decimal::of(number)->rounded(places));
    };
    EXPECT_EQ(rounded(2.675, 2), "2.68");
    EXPECT_EQ(rounded(-2.5, 0), "-3");
    EXPECT_EQ(rounded(0.149, 1), "0.1");
    EXPECT_EQ(rounded(0.06, 1), "0.1");
    EXPECT_EQ(rounded(0.006, 1), "0");
    EXPECT_EQ(rounded(1250, -2), "1300");
    EXPECT_EQ(rounded(1e-300, 3), "0");
}

TEST(Decimal, DividesWhereTheQuotientIsWhole) {
    EXPECT_EQ(shown(Decimal::of(21.5)->whole_quotient(*Decimal::of(0.5))), "43");
    EXPECT_EQ(shown(Decimal::of(21.3)->whole_quotient(*Decimal::of(0.5))), "none");
    EXPECT_EQ(shown(Decimal(1, 0).whole_quotient(Decimal(0, 0))), "none");
}

TEST(Decimal, ReadsBackEveryDouble) {
    EXPECT_TRUE(rc::check("shortest round trip of a double", [] {
        const auto bits = *rc::gen::arbitrary<std::uint64_t>();
        double number = 0;
        static_assert(sizeof number == sizeof bits);
        std::memcpy(&number, &bits, sizeof bits);
        RC_PRE(std::isfinite(number));
        RC_ASSERT(Decimal::of(number)->to_double() == number);
    }));
    EXPECT_TRUE(rc::check("a float's text is that of its decimal", [] {
        const auto bits = *rc::gen::arbitrary<std::uint32_t>();
        float number = 0;
        std::memcpy(&number, &bits, sizeof bits);
        RC_PRE(std::isfinite(number));
        RC_ASSERT(static_cast<float>(Decimal::of(number)->to_double()) == number);
    }));
}

TEST(Decimal, SumsAreExactWhateverTheScale) {
    EXPECT_TRUE(rc::check("raw * 10^-n prints the digits of raw", [] {
        const auto raw = *rc::gen::inRange<std::int64_t>(-999'999'999, 999'999'999);
        const auto places = *rc::gen::inRange(0, 6);
        const double scale = std::stod("1e-" + std::to_string(places));
        const auto product = Decimal(raw, 0).times(*Decimal::of(scale));
        RC_ASSERT(product.has_value());
        // The reference: an integer division into whole and fraction.
        std::int64_t divisor = 1;
        for (int i = 0; i < places; ++i)
            divisor *= 10;
        const double wanted = static_cast<double>(raw) / static_cast<double>(divisor);
        RC_ASSERT(product->to_double() == wanted);
    }));
}

}  // namespace
}  // namespace fieldway::mapping
