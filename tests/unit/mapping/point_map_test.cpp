#include "mapping/point_map.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::mapping {
namespace {

using ::testing::HasSubstr;

config::PointOptions writable() {
    config::PointOptions options;
    options.name = "setpoint";
    options.writable = true;
    return options;
}

PointMap scaled(double scale, double offset = 0) {
    auto options = writable();
    options.scale = scale;
    options.offset = offset;
    return PointMap::make(options).value();
}

Value number(std::int64_t whole) {
    return whole;
}

std::string refusal(const PointMap& map, const Value& value) {
    const auto raw = map.to_raw(value);
    return raw ? "written as " + to_json_text(*raw) : raw.error().text();
}

TEST(ToRaw, UndoesScaleAndOffset) {
    EXPECT_EQ(scaled(0.5).to_raw(21.5).value(), number(43));
    EXPECT_EQ(scaled(0.1).to_raw(21.5).value(), number(215));
    EXPECT_EQ(scaled(0.01, -273.15).to_raw(20.0).value(), number(29315));
    EXPECT_EQ(scaled(10).to_raw(number(2150)).value(), number(215));
}

TEST(ToRaw, AFractionOfAStepStaysAFraction) {
    EXPECT_EQ(scaled(0.5).to_raw(21.3).value(), Value(42.6)) << "the input knows the register";
}

TEST(ToRaw, RefusesByRangeAndType) {
    auto options = writable();
    options.scale = 0.5;
    options.min = 5;
    options.max = 30.5;
    const auto map = PointMap::make(options).value();
    EXPECT_EQ(refusal(map, 30.5), "written as 61");
    EXPECT_EQ(refusal(map, number(31)), "setpoint: 31 is too high; the most is 30.5");
    EXPECT_EQ(refusal(map, 4.5), "setpoint: 4.5 is too low; the least is 5");
    EXPECT_THAT(refusal(map, std::string("12")), HasSubstr("is no number"));
    EXPECT_THAT(refusal(scaled(2), true), HasSubstr("true is no number"));
    EXPECT_EQ(refusal(map, true),
              "setpoint: true is no number; the point has a range, so give one");
    EXPECT_THAT(refusal(map, NoValue{}), HasSubstr("null cannot be written"));
    EXPECT_THAT(refusal(map, std::numeric_limits<double>::quiet_NaN()), HasSubstr("finite"));
}

TEST(NoValueCodes, MatchTheBitsOfWhatIsLargerThanACode) {
    config::PointOptions options;
    options.no_value = {-1};
    const PointMap map = PointMap::make(options).value();
    EXPECT_EQ(map.map(std::numeric_limits<std::uint64_t>::max()), Value(NoValue{}));
    EXPECT_EQ(map.map(std::uint64_t{65535}), Value(std::uint64_t{65535}));
}

TEST(ToRaw, RefusesWhatHasNoInverse) {
    auto options = writable();
    options.expression = "value > 9 ? value * 2 : value";
    EXPECT_THAT(refusal(PointMap::make(options).value(), 1.0), HasSubstr("no inverse"));
    options = writable();
    options.bits = config::BitRange{3, 5};
    EXPECT_THAT(refusal(PointMap::make(options).value(), 1.0), HasSubstr("whole register"));
    options = writable();
    options.writable = false;
    EXPECT_THAT(refusal(PointMap::make(options).value(), 1.0), HasSubstr("writable: true"));
}

TEST(ToRaw, UndoesAnExpressionThatIsAStraightLine) {
    auto options = writable();
    options.expression = "value / 100";
    EXPECT_EQ(PointMap::make(options).value().to_raw(21.57).value(), number(2157));
    options.expression = "(value - 32) * 5 / 9";
    EXPECT_EQ(PointMap::make(options).value().to_raw(number(100)).value(), number(212));
    options.scale = 0.1;
    options.offset = -40;
    EXPECT_EQ(PointMap::make(options).value().to_raw(number(0)).value(), number(720));
    EXPECT_THAT(refusal(PointMap::make(options).value(), true), HasSubstr("true is no number"));
}

TEST(ToRaw, ALineThatBendsWhereNobodyLookedWritesNothingWrong) {
    auto options = writable();
    options.expression = "value == 4711 ? 0 : value / 10";
    const PointMap map = PointMap::make(options).value();
    EXPECT_EQ(map.to_raw(471.0).value(), number(4710));
    EXPECT_THAT(refusal(map, 471.1), HasSubstr("cannot be undone at 471.1"));
}

TEST(ToRaw, WhatIsWrittenIsReadAsTheSame) {
    EXPECT_TRUE(rc::check([](std::int16_t register_value, std::uint8_t slope, std::int8_t offset) {
        auto options = writable();
        options.expression =
            "value / " + std::to_string(1 + slope) + " + " + std::to_string(offset) + " / 8";
        const PointMap map = PointMap::make(options).value();
        const Value shown = map.map(std::int64_t{register_value});
        RC_ASSERT(map.to_raw(shown).value() == Value(std::int64_t{register_value}));
    }));
}

TEST(ToRaw, AWriteExpressionTakesThePlaceOfScaleOffsetAndExpression) {
    auto options = writable();
    options.scale = 7;
    options.expression = "value > 9 ? value * 2 : value";
    options.write_expression = "value * 10 + 1";
    options.max = 50;
    const PointMap map = PointMap::make(options).value();
    EXPECT_EQ(map.to_raw(2.5).value(), number(26));
    EXPECT_THAT(refusal(map, number(51)), HasSubstr("the most is 50"));
    EXPECT_THAT(refusal(map, std::string("x")), HasSubstr("no number"));
    EXPECT_THAT(refusal(map, true), HasSubstr("true is no number"));
    options.write_expression = "sqrt(value)";
    EXPECT_THAT(refusal(PointMap::make(options).value(), -4.0), HasSubstr("gives no number"));
}

TEST(ToRaw, TurnsEnumNamesBack) {
    auto options = writable();
    options.enumeration = {{0, "off"}, {1, "on"}};
    const auto map = PointMap::make(options).value();
    EXPECT_EQ(refusal(map, std::string("on")), "written as 1");
    EXPECT_EQ(refusal(map, number(0)), "written as 0");
    EXPECT_EQ(refusal(map, std::string("onn")),
              "setpoint: \"onn\" is no name of this point; it knows off, on; did you mean on?");
    EXPECT_THAT(refusal(map, number(7)), HasSubstr("7 is no name"));
    EXPECT_EQ(refusal(map, true), "written as 1");
    options.enumeration = {{0, "off"}, {1, "heat"}, {2, "cool"}};
    EXPECT_EQ(refusal(PointMap::make(options).value(), true),
              "setpoint: true is no name of this point; it knows off, heat, cool");
}

TEST(ToRaw, WithoutArithmeticTheTypeStays) {
    const auto map = PointMap::make(writable()).value();
    EXPECT_EQ(map.to_raw(true).value(), Value(true));
    EXPECT_EQ(map.to_raw(std::string("x")).value(), Value(std::string("x")));
    EXPECT_EQ(map.to_raw(std::numeric_limits<std::uint64_t>::max()).value(),
              Value(std::numeric_limits<std::uint64_t>::max()));
    EXPECT_EQ(map.to_raw(21.0).value(), number(21));
    EXPECT_EQ(map.to_raw(21.5).value(), Value(21.5));
}

TEST(ToRaw, ComesBackFromEveryInt16) {
    for (const double scale : {0.1, 0.5, 0.01, 0.001, 0.125, 1.0, 10.0, 0.3, 1.8, -0.1}) {
        for (const double offset : {0.0, -273.15, 32.0, 0.007}) {
            const auto map = scaled(scale, offset);
            for (int raw = -32768; raw <= 32767; raw += 7) {
                ASSERT_EQ(map.to_raw(map.map(number(raw))).value(), number(raw))
                    << raw << " by " << scale << " and " << offset;
            }
        }
    }
}

TEST(ToRaw, ComesBackWhateverTheScale) {
    EXPECT_TRUE(rc::check("to_raw undoes map for an int16", [] {
        const auto digits = *rc::gen::inRange(1, 999'999);
        const auto places = *rc::gen::inRange(0, 7);
        const auto offset = *rc::gen::inRange(-99'999, 99'999);
        const auto power = "e-" + std::to_string(places);
        const auto map = scaled(std::stod(std::to_string(digits) + power),
                                std::stod(std::to_string(offset) + "e-2"));
        const auto raw = *rc::gen::arbitrary<std::int16_t>();
        const Value back = map.to_raw(map.map(number(raw))).value();
        RC_ASSERT(back == number(raw));
    }));
}

TEST(PointMap, AnExpressionThatIsWrongNamesItsPoint) {
    auto options = writable();
    options.expression = "valeu";
    const auto map = PointMap::make(options);
    ASSERT_FALSE(map);
    EXPECT_EQ(map.error().place(), "setpoint");
}

TEST(PointMap, WithoutOptionsAValueIsItself) {
    const auto map = PointMap::make({}).value();
    EXPECT_TRUE(rc::check("64-bit integers pass untouched", [&] {
        const auto raw = *rc::gen::arbitrary<std::uint64_t>();
        RC_ASSERT(map.map(Value(raw)) == Value(raw));
    }));
}

}  // namespace
}  // namespace fieldway::mapping
