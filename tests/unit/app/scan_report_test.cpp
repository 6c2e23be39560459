#include "app/scan_report.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"

namespace fieldway::app {
namespace {

using testing::HasSubstr;
using testing::Not;

ScannedUnit unit(int number) {
    return {{{"address", {{"unit", number}}},
             {"answer", "holding:0 is 215"},
             {"points", {{{"name", "holding_0"}, {"register", "holding:0"}}}}},
            {}};
}

ScanResult one_bus(std::vector<ScannedUnit> units) {
    return {"rtu:/dev/x",
            "modbus",
            {{{{"url", "rtu:/dev/x"}, {"baud", 9600}}, std::move(units)}},
            {},
            true};
}

ProfileFit convincing(const std::string& name) {
    return {name, 20, 20, 3, false, false};
}

TEST(ScanText, HasUnitsBelowTheirBus) {
    ScanResult result = one_bus({unit(1), unit(12)});
    result.buses[0].units[1].told["identity"] = {{"vendor", "Acme"}};
    result.buses[0].units[1].fits = {convincing("acme/m7")};
    EXPECT_EQ(scan_text(result),
              "rtu:/dev/x, baud 9600\n"
              "  unit 1      holding:0 is 215\n"
              "  unit 12     holding:0 is 215\n"
              "              vendor Acme\n"
              "              fits profile acme/m7 (20 of 20 points can be read, 3 values speak "
              "for it)\n");
}

TEST(ScanText, SaysWhenNobodyAnsweredAndWhenItEndedEarly) {
    ScanResult result{"rtu:/dev/x", "modbus", {}, {"a note"}, false};
    EXPECT_EQ(scan_text(result),
              "a note\nnobody answered\nended early: not everything was asked\n");
}

TEST(ScanText, ADeviceCannotSteerTheTerminal) {
    ScanResult result = one_bus({unit(1)});
    result.buses[0].units[0].told["identity"] = {{"vendor", "A\033[2J\nB"}};
    EXPECT_THAT(scan_text(result), HasSubstr("vendor A?[2J?B"));
}

TEST(ScanJson, HasWhatFitsInsteadOfEveryValue) {
    ScanResult result = one_bus({unit(1)});
    result.buses[0].units[0].told["profiles"] = boost::json::array{1, 2};
    result.buses[0].units[0].fits = {convincing("acme/m7")};
    const std::string text = to_json_text(scan_json(result));
    EXPECT_THAT(text, HasSubstr(R"("fits":[{"profile":"acme/m7","points":20,"readable":20,)"));
    EXPECT_THAT(text, Not(HasSubstr("profiles")));
}

TEST(ScanConfig, ADeviceIsItsProfileWhereOneConvinces) {
    ScanResult result = one_bus({unit(1), unit(2)});
    result.buses[0].units[0].fits = {convincing("acme/m7")};
    const std::string text = scan_config(result);
    EXPECT_THAT(text, HasSubstr("{ name: \"bus\", plugin: \"modbus\", url: \"rtu:/dev/x\", "
                                "baud: 9600 }"));
    EXPECT_THAT(text, HasSubstr("  - id: bus-unit-1\n    uplink: broker\n    input: bus\n    "
                                "address: { unit: 1 }\n    profile: acme/m7\n"));
    EXPECT_THAT(text, HasSubstr("      - { name: \"holding_0\", register: \"holding:0\" }\n"));
}

TEST(ScanConfig, AMapThatTheDeviceDescribesGoesBeforeAProfile) {
    ScanResult result = one_bus({unit(1)});
    result.buses[0].units[0].fits = {convincing("acme/m7")};
    result.buses[0].units[0].told["about"] = "SunSpec map at 40000";
    EXPECT_THAT(scan_config(result), HasSubstr("    points:\n"));
    EXPECT_THAT(scan_config(result), HasSubstr("  # fitting profile: acme/m7\n"));
}

TEST(ScanConfig, WhatIsReadOnceAnHourHasAMessageOfItsOwn) {
    ScanResult result = one_bus({unit(1)});
    EXPECT_THAT(scan_config(result), Not(HasSubstr("messages")));
    result.buses[0].units[0].told["points"] = {
        {{"name", "power"}, {"register", "holding:9"}},
        {{"name", "serial_number"}, {"register", "holding:52"}, {"every", "1h"}}};
    EXPECT_THAT(scan_config(result),
                HasSubstr("    messages:\n"
                          "      - { every: 10s, points: [power] }\n"
                          "      - { subtopic: lifecycle, every: 1h, points: [serial_number] }\n"));
}

TEST(ScanConfig, WordsOfADeviceStayComments) {
    ScanResult result = one_bus({unit(1)});
    result.buses[0].units[0].told["identity"] = {{"vendor", "x\nuplinks: []"}};
    EXPECT_THAT(scan_config(result), Not(HasSubstr("\nuplinks: []")));
}

TEST(ScanConfig, TwoBusesAreTwoInputs) {
    ScanResult result = one_bus({unit(1)});
    result.buses.push_back(result.buses[0]);
    EXPECT_THAT(scan_config(result), HasSubstr("- id: bus-2-unit-1\n"));
}

}  // namespace
}  // namespace fieldway::app
