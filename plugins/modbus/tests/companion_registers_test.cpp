// What is read along with a point: scale factors, and registers that say what the others are.
#include "modbus/companion_registers.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/option_parts.h"
#include "modbus/point_value.h"
#include "modbus/probe/probe_options.h"

namespace fieldway::modbus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<PointOptions> point_with(const boost::json::object& options) {
    InputPoint point;
    point.name = "power";
    point.options = point_presets();
    for (const auto& option : options)
        point.options[option.key()] = option.value();
    point.writable = point.options.contains("writable");
    return read_point(point);
}

std::string refusal(const boost::json::object& options) {
    const auto point = point_with(options);
    return point ? "not refused" : point.error().text();
}

PointOptions sunspec_power() {
    return point_with({{"register", "holding:40083"},
                       {"type", "int16"},
                       {"scale_factor", "holding:40084"},
                       {"expect", "holding:40069=101,102,103"}})
        .value();
}

/// What a point is in an answer that begins with the model's number.
std::string value_with(std::uint16_t model, std::uint16_t raw, std::uint16_t factor,
                       const PointOptions& point = sunspec_power()) {
    Bytes registers;
    BigEndianWriter writer(registers);
    writer.number(model);
    for (int i = 0; i < 13; ++i)
        writer.number(std::uint16_t{0x7777});
    writer.number(raw);
    writer.number(factor);
    const Result<Value> value = value_in(point, registers);
    return value ? to_json_text(*value) : value.error().sentence();
}

TEST(Companions, AreReadByOneRequestWithThePoint) {
    const PointOptions point = sunspec_power();
    EXPECT_EQ(span_of(point), (PointSpan{40069, 16}));
    const Request request = request_for(point, 3);
    EXPECT_EQ(request.address, 40069);
    EXPECT_EQ(request.count, 16);
    EXPECT_THAT(point.expect->values, ElementsAre(101, 102, 103));
}

TEST(Companions, APointWithoutThemIsItsOwnRegisters) {
    const PointOptions point = point_with({{"register", "holding:7"}, {"type", "float32"}}).value();
    EXPECT_EQ(span_of(point), (PointSpan{7, 2}));
}

TEST(Companions, AValueIsMultipliedByThePowerOfTen) {
    EXPECT_EQ(value_with(103, 25005, 0xFFFF), "2500.5");
    EXPECT_EQ(value_with(103, 25005, 0xFFFE), "250.05");
    EXPECT_EQ(value_with(101, 0x9E53, 0xFFFF), "-2500.5");
    EXPECT_EQ(value_with(103, 46, 2), "4600");
    EXPECT_EQ(value_with(103, 46, 0), "46");
    EXPECT_EQ(value_with(103, 3, 0xFFF6), "3e-10");
}

TEST(Companions, EveryInt16WithADecimalIsTheDecimalThatAPersonWouldWrite) {
    const PointOptions power = sunspec_power();
    for (int raw = -32767; raw <= 32767; ++raw) {
        const int size = raw < 0 ? -raw : raw;
        std::string expected = (raw < 0 ? "-" : "") + std::to_string(size / 10);
        if (size % 10 != 0) expected += "." + std::to_string(size % 10);
        if (raw == 0) expected = "0";
        ASSERT_EQ(value_with(103, static_cast<std::uint16_t>(raw), 0xFFFF, power), expected);
    }
}

TEST(Companions, WhatIsNotImplementedIsNoValue) {
    EXPECT_EQ(value_with(103, 0x8000, 0), "null");
    EXPECT_EQ(value_with(103, 0x8000, 0xFFFF), "null");
    EXPECT_EQ(value_with(103, 17, 0x8000), "null");
    PointOptions unsigned_point = sunspec_power();
    unsigned_point.layout.type = RegisterType::uint16;
    EXPECT_EQ(value_with(103, 0xFFFF, 0, unsigned_point), "null");
    EXPECT_EQ(value_with(103, 0x8000, 0, unsigned_point), "32768");
}

TEST(Companions, AScaleFactorThatIsNoneGivesNoValueButAReason) {
    EXPECT_EQ(value_with(103, 17, 11),
              "the scale factor at holding:40084 is 11: -10 to 10 are possible");
    EXPECT_THAT(value_with(103, 17, 0x7777), HasSubstr("is 30583"));
}

TEST(Companions, AMapThatMovedGivesNoValueButAReason) {
    EXPECT_THAT(value_with(64110, 17, 0),
                HasSubstr("holding:40069 is 64110 where `expect` has 101, 102, 103"));
    EXPECT_EQ(value_with(102, 17, 0), "17");
}

TEST(Companions, AreRefusedWhereTheyCannotBe) {
    const auto with = [](const char* key, const char* value, const char* type = "int16",
                         const char* reg = "holding:10") {
        return boost::json::object{{"register", reg}, {"type", type}, {key, value}};
    };
    EXPECT_THAT(refusal(with("scale_factor", "input:11")), HasSubstr("of area holding"));
    EXPECT_THAT(refusal(with("scale_factor", "holding:11.3")), HasSubstr("whole register"));
    EXPECT_THAT(refusal(with("scale_factor", "11")), HasSubstr("AREA:ADDRESS"));
    EXPECT_THAT(refusal(with("scale_factor", "holding:11", "float32")), HasSubstr("whole numbers"));
    EXPECT_THAT(refusal(with("expect", "holding:11")), HasSubstr("no value behind"));
    EXPECT_THAT(refusal(with("expect", "holding:11=")), HasSubstr("a number from 0"));
    EXPECT_THAT(refusal(with("expect", "holding:11=1,,2")), HasSubstr("a number from 0"));
    EXPECT_THAT(refusal(with("expect", "holding:11=65536")), HasSubstr("\"65536\""));
    EXPECT_THAT(refusal(with("expect", "holding:200=1")), HasSubstr("191 registers apart"));
    EXPECT_THAT(refusal(with("expect", "coil:1=1", "bool", "coil:0")),
                HasSubstr("about registers"));
    auto writable = with("expect", "holding:11=1");
    writable["writable"] = true;
    EXPECT_THAT(refusal(writable), HasSubstr("cannot be writable"));
}

TEST(Companions, OfAFloatThereIsOnlyTheExpectation) {
    const PointOptions point =
        point_with(
            {{"register", "holding:40083"}, {"type", "float32"}, {"expect", "holding:40069=113"}})
            .value();
    EXPECT_EQ(value_with(113, 0x41AC, 0, point), "21.5");
    EXPECT_EQ(value_with(113, 0x7FC0, 0, point), "null");
    EXPECT_THAT(value_with(103, 0x41AC, 0, point), HasSubstr("where `expect` has 113"));
}

}  // namespace
}  // namespace fieldway::modbus
