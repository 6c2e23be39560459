#include <limits>

#include <gtest/gtest.h>

#include "modbus/pdu.h"
#include "modbus/simulator/simulated_unit.h"

namespace fieldway::modbus::simulator {
namespace {

using namespace std::chrono_literals;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

PointOptions point(Area area, std::uint16_t address, RegisterType type, Value value) {
    PointOptions options;
    options.area = area;
    options.address = address;
    options.layout.type = type;
    options.shows = std::move(value);
    return options;
}

SimulatedUnit unit_with(std::vector<PointOptions> points) {
    auto unit = SimulatedUnit::make({1, std::move(points)}, 1);
    EXPECT_TRUE(unit) << unit.error().text();
    return std::move(unit.value());
}

SimulatedUnit a_unit() {
    return unit_with({point(Area::holding, 0, RegisterType::uint16, std::int64_t{215}),
                      point(Area::holding, 1, RegisterType::int32, std::int64_t{-2}),
                      point(Area::input, 12, RegisterType::int16, std::int64_t{-5}),
                      point(Area::coil, 0, RegisterType::boolean, true),
                      point(Area::coil, 1, RegisterType::boolean, false),
                      point(Area::coil, 2, RegisterType::boolean, true),
                      point(Area::discrete, 9, RegisterType::boolean, true)});
}

TEST(SimulatedUnit, AnswersReadsOfEachArea) {
    SimulatedUnit unit = a_unit();
    EXPECT_EQ(unit.answer(hex("03 0000 0003"), 0s), hex("03 06 00D7 FFFF FFFE"));
    EXPECT_EQ(unit.answer(hex("04 000C 0001"), 0s), hex("04 02 FFFB"));
    EXPECT_EQ(unit.answer(hex("01 0000 0003"), 0s), hex("01 01 05"));
    EXPECT_EQ(unit.answer(hex("02 0009 0001"), 0s), hex("02 01 01"));
    EXPECT_EQ(unit.answer(hex("03 0002 0001"), 0s), hex("03 02 FFFE")) << "the middle of a value";
}

TEST(SimulatedUnit, RefusesWhatIsNotThere) {
    SimulatedUnit unit = a_unit();
    EXPECT_EQ(unit.answer(hex("03 0003 0001"), 0s), hex("83 02"));
    EXPECT_EQ(unit.answer(hex("03 0002 0002"), 0s), hex("83 02")) << "half of it is not there";
    EXPECT_EQ(unit.answer(hex("2B 0E 01 00"), 0s), hex("AB 01"));
    EXPECT_EQ(unit.answer(hex("03 0000 0000"), 0s), hex("83 03"));
    EXPECT_EQ(unit.answer(hex("03 0000 007E"), 0s), hex("83 03"));
    EXPECT_EQ(unit.answer(hex("01 0000 07D1"), 0s), hex("81 03"));
    EXPECT_EQ(unit.answer(hex("03 0000"), 0s), hex("83 03"));
    EXPECT_EQ(unit.answer({}, 0s), hex("80 01"));
}

TEST(SimulatedUnit, KeepsWhatIsWritten) {
    SimulatedUnit unit = a_unit();
    EXPECT_EQ(unit.answer(hex("06 0000 1234"), 0s), hex("06 0000 1234"));
    EXPECT_EQ(unit.answer(hex("10 0001 0002 04 0001 0002"), 0s), hex("10 0001 0002"));
    EXPECT_EQ(unit.answer(hex("03 0000 0003"), 0s), hex("03 06 1234 0001 0002"));
    EXPECT_EQ(unit.answer(hex("05 0001 FF00"), 0s), hex("05 0001 FF00"));
    EXPECT_EQ(unit.answer(hex("0F 0000 0003 01 02"), 0s), hex("0F 0000 0003"));
    EXPECT_EQ(unit.answer(hex("01 0000 0003"), 0s), hex("01 01 02"));
    EXPECT_EQ(unit.answer(hex("16 0000 00F2 0025"), 0s), hex("16 0000 00F2 0025"));
    EXPECT_EQ(unit.answer(hex("03 0000 0001"), 0s), hex("03 02 0035"));
    EXPECT_EQ(unit.answer(hex("17 0000 0001 0001 0001 02 0007"), 0s), hex("17 02 0035"));
}

TEST(SimulatedUnit, WritesAllOrNothing) {
    SimulatedUnit unit = a_unit();
    EXPECT_EQ(unit.answer(hex("10 0002 0002 04 0001 0002"), 0s), hex("90 02"));
    EXPECT_EQ(unit.answer(hex("03 0002 0001"), 0s), hex("03 02 FFFE"));
    EXPECT_EQ(unit.answer(hex("05 0000 1234"), 0s), hex("85 03"));
    EXPECT_EQ(unit.answer(hex("10 0000 0001 04 0001 0002"), 0s), hex("90 03"));
}

TEST(SimulatedUnit, SaysWhatItIsInAsManyPartsAsItTakes) {
    UnitOptions options;
    options.identification = {
        {0, "Fieldway"}, {1, std::string(200, 'x')}, {2, std::string(60, 'y')}, {4, "Simulated"}};
    auto made = SimulatedUnit::make(options, 1);
    ASSERT_TRUE(made);
    const Bytes first = made->answer(hex("2B 0E 01 00"), 0s);
    const auto found = parse_identification(ByteView(first).subspan(2));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->more_from, 2);
    const Bytes rest = made->answer(hex("2B 0E 01 02"), 0s);
    EXPECT_EQ(parse_identification(ByteView(rest).subspan(2))->objects.size(), 1U)
        << "4 is not basic";
    EXPECT_EQ(made->answer(hex("2B 0E 04 03"), 0s), hex("AB 02"));
    EXPECT_EQ(made->answer(hex("2B 0E 05 00"), 0s), hex("AB 03"));
    EXPECT_EQ(unit_with({}).answer(hex("2B 0E 01 00"), 0s), hex("AB 01"));
}

TEST(SimulatedUnit, ReadOnlyRegistersRefuse) {
    auto locked = point(Area::holding, 5, RegisterType::uint16, std::int64_t{1});
    locked.writable = false;
    SimulatedUnit unit = unit_with({locked});
    EXPECT_EQ(unit.answer(hex("06 0005 0002"), 0s), hex("86 02"));
}

TEST(SimulatedUnit, ALiveValueMovesUntilItIsWritten) {
    auto live = point(Area::holding, 0, RegisterType::uint16, NoValue{});
    SignalOptions signal;
    signal.wave = Wave::ramp;
    live.shows = signal;
    SimulatedUnit unit = unit_with({live});
    EXPECT_EQ(unit.answer(hex("03 0000 0001"), 0s), hex("03 02 0000"));
    EXPECT_EQ(unit.answer(hex("03 0000 0001"), 30s), hex("03 02 0032"));
    unit.answer(hex("06 0000 0007"), 31s);
    EXPECT_EQ(unit.answer(hex("03 0000 0001"), 45s), hex("03 02 0007"));
}

TEST(SimulatedUnit, ACountMakesABlock) {
    auto block = point(Area::holding, 100, RegisterType::uint16, std::int64_t{3});
    block.count = 125;
    SimulatedUnit unit = unit_with({block});
    EXPECT_EQ(unit.answer(hex("03 0064 007D"), 0s).size(), 252U);
    EXPECT_EQ(unit.answer(hex("03 00E0 0002"), 0s), hex("83 02"));
}

TEST(SimulatedUnit, OverlapsAndWrongValuesAreNamed) {
    const auto overlap =
        SimulatedUnit::make({3,
                             {point(Area::holding, 0, RegisterType::uint32, std::int64_t{1}),
                              point(Area::holding, 1, RegisterType::uint16, std::int64_t{1})}},
                            1);
    ASSERT_FALSE(overlap);
    EXPECT_EQ(overlap.error().text(),
              "unit 3: the registers at 0 and 1 overlap: the first takes 2");
    const auto text = SimulatedUnit::make(
        {3, {point(Area::input, 7, RegisterType::uint16, std::string("on"))}}, 1);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().text(), "unit 3 > input:7: 'on' is no number");
    const auto beyond = SimulatedUnit::make(
        {3, {point(Area::input, 65535, RegisterType::uint32, std::int64_t{1})}}, 1);
    ASSERT_FALSE(beyond);
}

/// The two directions are written by two people: each value must come back, in all four orders.
TEST(EncodeWords, WhatIsEncodedDecodesToTheSame) {
    const std::vector<std::pair<RegisterType, Value>> values = {
        {RegisterType::int16, std::int64_t{-32768}},
        {RegisterType::uint16, std::uint64_t{65535}},
        {RegisterType::int32, std::int64_t{-123456789}},
        {RegisterType::uint32, std::uint64_t{4000000001U}},
        {RegisterType::int64, std::numeric_limits<std::int64_t>::min() + 1},
        {RegisterType::uint64, std::uint64_t{0xFEDCBA9876543210U}},
        {RegisterType::float32, 0.1F},
        {RegisterType::float64, -1e300},
        {RegisterType::bcd16, std::uint64_t{9876}},
        {RegisterType::bcd32, std::uint64_t{12345678}},
        {RegisterType::string, std::string("SDM120 v1")}};
    for (const auto& [type, value] : values) {
        for (const PartOrder words : {PartOrder::big, PartOrder::little}) {
            for (const PartOrder bytes : {PartOrder::big, PartOrder::little}) {
                const Layout layout{
                    type, words, bytes,
                    static_cast<std::uint16_t>(type == RegisterType::string ? 5 : 0)};
                const auto encoded = encode_words(layout, value);
                ASSERT_TRUE(encoded) << encoded.error().text();
                Bytes raw;
                BigEndianWriter writer(raw);
                for (const std::uint16_t word : encoded.value())
                    writer.number(word);
                const auto decoded = decode(layout, raw);
                ASSERT_TRUE(decoded) << decoded.error().text();
                EXPECT_EQ(to_json_text(decoded.value()), to_json_text(value)) << name_of(type);
            }
        }
    }
}

TEST(EncodeWords, NumbersAreKeptWithinTheirType) {
    const Layout int16{RegisterType::int16, PartOrder::big, PartOrder::big, 0};
    EXPECT_EQ(encode_words(int16, 1e9).value(), std::vector<std::uint16_t>{0x7FFF});
    EXPECT_EQ(encode_words(int16, std::int64_t{-40000}).value(),
              std::vector<std::uint16_t>{0x8000});
    EXPECT_EQ(encode_words(int16, 21.5).value(), std::vector<std::uint16_t>{22});
    const Layout uint64{RegisterType::uint64, PartOrder::big, PartOrder::big, 0};
    EXPECT_EQ(encode_words(uint64, 1e30).value(), std::vector<std::uint16_t>(4, 0xFFFF));
}

}  // namespace
}  // namespace fieldway::modbus::simulator
