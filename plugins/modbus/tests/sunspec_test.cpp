#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"
#include "modbus/pdu.h"
#include "modbus/probe/sunspec_points.h"
#include "modbus/probe/sunspec_walk.h"
#include "simulated_line.h"
#include "sunspec_map.h"

namespace fieldway::modbus {
namespace {

using test::SunspecMap;
using test::unit_with;
using testing::ElementsAre;
using testing::HasSubstr;

/// Walks through a unit with these registers.
SunspecWalk walked(std::uint16_t base, const std::vector<std::uint16_t>& registers) {
    simulator::SimulatedUnit unit = unit_with({{Area::holding, base, registers}});
    SunspecWalk walk(1);
    for (int i = 0; i < 1000; ++i) {
        const auto request = walk.next();
        if (!request) return walk;
        Bytes pdu;
        append_pdu(pdu, *request);
        const Bytes answer = unit.answer(pdu, std::chrono::seconds(0));
        walk.take(match_pdu(*request, answer));
    }
    ADD_FAILURE() << "the walk does not end";
    return walk;
}

std::vector<std::string> names_of(const boost::json::array& points) {
    std::vector<std::string> names;
    for (const auto& point : points)
        names.emplace_back(point.at("name").as_string());
    return names;
}

std::string point_named(const boost::json::array& points, std::string_view name) {
    for (const auto& point : points) {
        if (point.at("name").as_string() == name) return to_json_text(point);
    }
    return "none";
}

const std::vector<std::uint16_t> fifty(50);

TEST(SunspecWalk, FindsTheModelsAtEachBase) {
    for (const std::uint16_t base : SunspecWalk::bases) {
        const auto map = SunspecMap().add_common("Acme", "Sun 5", "SN-1").add(103, fifty).ended();
        const SunspecWalk walk = walked(base, map);
        ASSERT_EQ(walk.base(), base);
        const auto first = static_cast<std::uint16_t>(base + 2);
        const auto second = static_cast<std::uint16_t>(base + 70);
        EXPECT_THAT(walk.blocks(),
                    ElementsAre(SunspecBlock{1, first, 66, 0}, SunspecBlock{103, second, 50, 0}));
        EXPECT_EQ(walk.problem(), "");
        EXPECT_EQ(to_json_text(walk.identity()),
                  R"({"manufacturer":"Acme","model":"Sun 5","version":"1.0",)"
                  R"("serial_number":"SN-1"})");
    }
}

TEST(SunspecWalk, ACommonModelOf65RegistersTellsAllButTheAddress) {
    std::vector<std::uint16_t> body(65);
    body[0] = 0x4142;
    const SunspecWalk walk = walked(40000, SunspecMap().add(1, body).add(101, fifty).ended());
    EXPECT_EQ(walk.blocks().back(), (SunspecBlock{101, 40069, 50, 0}));
    EXPECT_EQ(to_json_text(walk.identity()), R"({"manufacturer":"AB"})");
}

TEST(SunspecWalk, ADeviceWithoutAMapHasNone) {
    EXPECT_FALSE(walked(0, {1, 2, 3}).base());
    EXPECT_FALSE(walked(40000, {0x5375, 0x6E54}).base());
}

TEST(SunspecWalk, AMapThatLacksItsEndIsFollowedAsFarAsItGoes) {
    const SunspecWalk walk = walked(40000, SunspecMap().add(103, fifty).unended());
    EXPECT_EQ(walk.blocks().size(), 1U);
    EXPECT_EQ(walk.problem(), "the header at 40054 cannot be read");
}

TEST(SunspecWalk, ABrokenChainEnds) {
    EXPECT_THAT(walked(40000, SunspecMap().add(103, {}).ended()).problem(),
                HasSubstr("model 103 with length 0"));
    std::vector<std::uint16_t> loop = SunspecMap().unended();
    loop.insert(loop.end(), {103, 0xFFF0});
    EXPECT_THAT(walked(40000, loop).problem(), HasSubstr("behind the last register"));
    SunspecMap endless;
    for (int i = 0; i < 80; ++i)
        endless.add(64001, {7});
    EXPECT_EQ(walked(40000, endless.ended()).problem(), "there are more than 64 models");
}

TEST(SunspecPoints, StandWhereTheWalkFoundTheirModel) {
    const auto points = sunspec_points({{103, 50070, 50, 0}});
    EXPECT_EQ(point_named(points, "power"),
              R"({"name":"power","register":"holding:50084","type":"int16",)"
              R"("scale_factor":"holding:50085","expect":"holding:50070=103","unit":"W"})");
    EXPECT_THAT(point_named(points, "energy_yield"),
                HasSubstr(R"("type":"uint32","scale_factor":"holding:50096")"));
    EXPECT_THAT(point_named(points, "energy_yield"), HasSubstr(R"("no_value":[0],"scale":0.001)"));
}

TEST(SunspecPoints, AnInverterWithOnePhaseHasNoOthers) {
    const auto points = sunspec_points({{101, 40069, 50, 0}});
    EXPECT_NE(point_named(points, "voltage"), "none");
    EXPECT_EQ(point_named(points, "voltage_l1"), "none");
    const auto floats = sunspec_points({{113, 40069, 60, 0}});
    EXPECT_THAT(point_named(floats, "power"),
                HasSubstr(R"("register":"holding:40091","type":"float32")"));
}

TEST(SunspecPoints, OfTrackersAreNumbered) {
    const auto points = sunspec_points({{160, 40121, 48, 2}});
    EXPECT_THAT(names_of(points), ElementsAre("pv1_current", "pv1_voltage", "pv1_power",
                                              "pv2_current", "pv2_voltage", "pv2_power"));
    EXPECT_THAT(point_named(points, "pv2_power"),
                HasSubstr(R"("register":"holding:40162","type":"uint16",)"
                          R"("scale_factor":"holding:40125")"));
}

TEST(SunspecPoints, BeyondTheModelsEndAreNobodys) {
    EXPECT_THAT(names_of(sunspec_points({{160, 40121, 28, 4}})),
                ElementsAre("pv1_current", "pv1_voltage", "pv1_power"));
    EXPECT_EQ(point_named(sunspec_points({{103, 40069, 30, 0}}), "pv_power"), "none");
}

TEST(SunspecPoints, BeyondTheReachOfOneRequestAreLeftOut) {
    const auto points = sunspec_points({{160, 40121, 168, 8}});
    EXPECT_NE(point_named(points, "pv5_power"), "none");
    EXPECT_NE(point_named(points, "pv6_current"), "none") << "the 120th register";
    EXPECT_EQ(point_named(points, "pv7_current"), "none");
}

TEST(SunspecPoints, OfASecondModelHaveNamesOfTheirOwn) {
    const auto points = sunspec_points({{203, 40188, 105, 0}, {203, 40362, 105, 0}});
    EXPECT_THAT(point_named(points, "energy_import"), HasSubstr("holding:40234"));
    EXPECT_THAT(point_named(points, "energy_import_2"), HasSubstr("holding:40408"));
}

TEST(SunspecPoints, OfAnUnknownModelThereAreNone) {
    EXPECT_TRUE(sunspec_points({{64110, 40069, 50, 0}}).empty());
    EXPECT_EQ(sunspec_name(64110), nullptr);
}

}  // namespace
}  // namespace fieldway::modbus
