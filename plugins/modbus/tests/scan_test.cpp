// Scans of simulated buses: what is found, what is asked, what is never asked.
#include "modbus/probe/scan.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"
#include "plugin_api/input_config.h"
#include "simulated_line.h"
#include "sunspec_map.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using test::SimulatedBus;
using test::SimulatedLine;
using test::SunspecMap;
using test::unit_with;
using testing::ElementsAre;
using testing::HasSubstr;

LineOptions line_with(int baud) {
    LineOptions line;
    line.endpoint = {Endpoint::Kind::rtu, "/dev/x", "", 0};
    line.baud = baud;
    line.timeout = 500ms;
    line.late_window = 1s;
    return line;
}

/// A profile with uint16 points at these registers.
boost::json::object profile(const std::string& name, std::vector<const char*> registers) {
    InputSettings settings;
    InputDevice device;
    device.address = {{"unit", 1}};
    device.options = {{"max_registers", 125}, {"max_bits", 2000}, {"max_gap", 16}};
    for (const char* one : registers) {
        InputPoint point;
        point.number = static_cast<std::uint32_t>(device.points.size());
        point.name = one;
        point.options = point_presets();
        point.options["register"] = one;
        device.points.push_back(point);
    }
    settings.devices = {device};
    return {{"name", name}, {"settings", boost::json::parse(to_json_text(settings))}};
}

class ScanTest : public testing::Test {
  protected:
    ScanTest() {
        options_.lines = {line_with(9600)};
        options_.wait = 100ms;
        for (std::uint8_t unit = 1; unit <= 40; ++unit)
            options_.units.push_back(unit);
    }
    boost::json::object run() {
        const auto answer = run_scan(
            options_, profiles_,
            [this](const boost::json::object& news) {
                if (news.contains("found")) found_.emplace_back(news.at("found").as_string());
                return --patience_ > 0;
            },
            [this](const LineOptions& line, const ProbeBus::GoOn& go_on) {
                SimulatedBus& bus = line.baud == right_baud_ ? bus_ : empty_;
                return ProbeBus(std::make_unique<SimulatedLine>(bus), line,
                                ProbeBus::Rights::read_only, bus.clock, go_on,
                                [&bus](Duration time) { bus.clock.advance(time); });
            });
        if (!answer) {
            error_ = answer.error().sentence();
            return {};
        }
        return *answer;
    }
    static std::vector<int> units_of(const boost::json::object& answer) {
        std::vector<int> units;
        for (const auto& bus : answer.at("buses").as_array()) {
            for (const auto& unit : bus.at("units").as_array())
                units.push_back(unit.at("address").at("unit").to_number<int>());
        }
        return units;
    }
    static const boost::json::object& first_unit(const boost::json::object& answer) {
        return answer.at("buses").at(0).at("units").at(0).as_object();
    }

    ScanOptions options_;
    boost::json::array profiles_;
    SimulatedBus bus_;
    SimulatedBus empty_;
    int right_baud_ = 9600;
    int patience_ = 1'000'000;
    std::vector<std::string> found_;
    std::string error_;
};

TEST_F(ScanTest, FindsUnitsByAnswersAndByExceptions) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}));
    bus_.units.emplace(17, unit_with({{Area::input, 900, {1}}}));
    const auto answer = run();
    EXPECT_THAT(units_of(answer), ElementsAre(3, 17));
    EXPECT_EQ(first_unit(answer).at("answer").as_string(),
              "holding:0 is 215; input:0, coil:0, discrete:0: exception 02, illegal data address");
    EXPECT_THAT(found_, ElementsAre("9600 8E1, unit 3", "9600 8E1, unit 17"));
    EXPECT_TRUE(answer.at("complete").as_bool());
}

TEST_F(ScanTest, NeverWrites) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}, {Area::coil, 0, {1}}}));
    profiles_.push_back(profile("acme/m7", {"holding:0", "coil:0"}));
    run();
    EXPECT_TRUE(std::none_of(bus_.asked.begin(), bus_.asked.end(),
                             [](const Request& asked) { return is_write(asked.function); }));
    EXPECT_GT(bus_.asked.size(), 40U);
}

TEST_F(ScanTest, FindsAUnitWhoseAnswerIsLate) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}));
    bus_.late_units = {3};
    EXPECT_THAT(units_of(run()), ElementsAre(3));
}

TEST_F(ScanTest, FindsTheLastUnitThoughItIsLate) {
    bus_.units.emplace(40, unit_with({{Area::holding, 0, {215}}}));
    bus_.late_units = {40};
    EXPECT_THAT(units_of(run()), ElementsAre(40));
}

TEST_F(ScanTest, TriesSpeedsUntilOneHasUnits) {
    options_.lines = {line_with(19200), line_with(9600), line_with(2400)};
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}));
    const auto answer = run();
    EXPECT_EQ(to_json_text(answer.at("buses").at(0).at("options")),
              R"({"url":"rtu:/dev/x","baud":9600,"parity":"even"})");
    EXPECT_EQ(empty_.asked.size(), 17U) << "the likely numbers at 19200, the last one again";
    empty_.asked.clear();
    options_.all = true;
    EXPECT_THAT(units_of(run()), ElementsAre(3));
    EXPECT_EQ(empty_.asked.size(), 2 * (17U + 25U)) << "all numbers at 19200 and at 2400";
}

TEST_F(ScanTest, TheLikelyNumbersAreAskedAtEachSpeedBeforeTheOthers) {
    options_.lines = {line_with(19200), line_with(9600)};
    bus_.units.emplace(30, unit_with({{Area::holding, 0, {215}}}));
    EXPECT_THAT(units_of(run()), ElementsAre(30));
    EXPECT_EQ(empty_.asked.size(), 17U + 25U);
    bus_.units.emplace(2, unit_with({{Area::holding, 0, {7}}}));
    empty_.asked.clear();
    EXPECT_THAT(units_of(run()), ElementsAre(2, 30)) << "with one found, all of its line";
    EXPECT_EQ(empty_.asked.size(), 17U);
}

TEST_F(ScanTest, OneDeviceThatIgnoresTheNumberIsOne) {
    bus_.units.emplace(1, unit_with({{Area::holding, 0, {215}}}));
    bus_.ignores_number = true;
    const auto answer = run();
    EXPECT_THAT(units_of(answer), ElementsAre(1));
    EXPECT_THAT(std::string(answer.at("notes").at(0).as_string()), HasSubstr("ignores the number"));
}

TEST_F(ScanTest, AsksNoMoreThanItsTablesWhenNobodyWantsToKnow) {
    options_.identify = false;
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}, {{0, "Acme"}}));
    const auto answer = run();
    EXPECT_FALSE(first_unit(answer).contains("identity"));
    EXPECT_EQ(bus_.asked.size(), 40U + 1 + 4) << "each number, the last one again, four tables";
}

TEST_F(ScanTest, TellsWhatAUnitSaysOfItself) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}, {{0, "Acme"}, {1, "M7"}}));
    EXPECT_EQ(to_json_text(first_unit(run()).at("identity")),
              R"({"vendor":"Acme","product_code":"M7"})");
}

TEST_F(ScanTest, FollowsASunspecMap) {
    const auto map = SunspecMap()
                         .add_common("Acme", "Sun 5", "SN-1")
                         .add(103, std::vector<std::uint16_t>(50))
                         .ended();
    bus_.units.emplace(3, unit_with({{Area::holding, 40000, map}}));
    const auto answer = run();
    EXPECT_THAT(std::string(first_unit(answer).at("about").as_string()),
                HasSubstr("model 103 (inverter, three phases) at 40070"));
    EXPECT_EQ(first_unit(answer).at("identity").at("serial_number").as_string(), "SN-1");
    EXPECT_THAT(to_json_text(first_unit(answer).at("points")), HasSubstr("holding:40084"));
}

TEST_F(ScanTest, ReadsTheRegistersOfProfilesAndLeavesOutThoseThatAreRefused) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215, 7}}}));
    profiles_.push_back(profile("acme/m7", {"holding:0", "holding:1"}));
    profiles_.push_back(profile("acme/m8", {"holding:0", "holding:100", "holding:200"}));
    profiles_.push_back(profile("acme/m9", {"input:0"}));
    const auto answer = run();
    EXPECT_EQ(to_json_text(first_unit(answer).at("profiles")),
              R"([{"name":"acme/m7","values":[{"name":"holding:0","value":215},)"
              R"({"name":"holding:1","value":7}]}])");
}

TEST_F(ScanTest, ReadsAroundTheHolesOfAMap) {
    bus_.units.emplace(
        3, unit_with({{Area::input, 0, {1, 2}}, {Area::input, 6, {3}}, {Area::input, 9, {4}}}));
    profiles_.push_back(profile("acme/m7", {"input:0", "input:1", "input:6", "input:9"}));
    EXPECT_EQ(to_json_text(first_unit(run()).at("profiles")),
              R"([{"name":"acme/m7","values":[{"name":"input:0","value":1},)"
              R"({"name":"input:1","value":2},{"name":"input:6","value":3},)"
              R"({"name":"input:9","value":4}]}])");
}

TEST_F(ScanTest, AnotherDevicesProfileCostsFewRequests) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215, 7}}}));
    run();
    const std::size_t without = bus_.asked.size();
    bus_.asked.clear();
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i)
        names.push_back("holding:" + std::to_string(300 + i));
    std::vector<const char*> registers;
    for (const std::string& name : names)
        registers.push_back(name.c_str());
    profiles_.push_back(profile("acme/m8", registers));
    EXPECT_EQ(to_json_text(first_unit(run()).at("profiles")), "[]");
    EXPECT_LT(bus_.asked.size(), without + 30);
}

TEST_F(ScanTest, AsksForTheSameRegistersOnce) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215, 7}}}));
    run();
    const std::size_t without = bus_.asked.size();
    bus_.asked.clear();
    for (int i = 0; i < 5; ++i)
        profiles_.push_back(profile("acme/m" + std::to_string(i), {"holding:0", "holding:1"}));
    run();
    EXPECT_EQ(bus_.asked.size(), without + 1);
}

TEST_F(ScanTest, EndsWhenThePersonWantsNoMoreAndTellsWhatItHas) {
    bus_.units.emplace(3, unit_with({{Area::holding, 0, {215}}}));
    patience_ = 10;
    const auto answer = run();
    EXPECT_FALSE(answer.at("complete").as_bool());
    EXPECT_LE(bus_.asked.size(), 10U);
}

TEST_F(ScanTest, APortThatCannotBeOpenedIsAnError) {
    bus_.open_fails = true;
    run();
    EXPECT_EQ(error_, "nobody is there");
}

TEST_F(ScanTest, AUnitThatIsSilentToAnotherFunctionIsFoundWhenAskedThoroughly) {
    options_.thorough = true;
    run();
    EXPECT_EQ(bus_.asked.size(), 40U * 4 + 4) << "all four tables, and the last one once more";
}

}  // namespace
}  // namespace fieldway::modbus
