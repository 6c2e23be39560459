#include "modbus/simulator/simulator_options.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::modbus::simulator {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// All that is wrong, a line each.
std::string error_of(std::string_view text) {
    std::string told;
    for (const Problem& problem : check_simulation(json::parse(text).as_object()))
        told += (told.empty() ? "" : "\n") + problem.pointer + ": " + problem.sentence;
    return told.empty() ? "fine" : told;
}
SimulationOptions read(std::string_view text) {
    EXPECT_EQ(error_of(text), "fine");
    std::vector<Problem> problems;
    return read_simulation(json::parse(text).as_object(), problems);
}
std::string with_register(std::string_view place, std::string_view spec) {
    return "{\"url\": \"tcp://127.0.0.1:0\", \"units\": [{\"unit\": 1, \"registers\": {\"" +
           std::string(place) + "\": " + std::string(spec) + "}}]}";
}

TEST(SimulatorOptions, ReadsAnEntryAsItIsWrittenInTheReadme) {
    const auto options = read(
        R"({"plugin": "modbus", "url": "rtu:/tmp/line", "baud": 9600, "parity": "none", "seed": 3,
        "units": [{"unit": 5, "registers": {"holding:0": {"type": "uint16", "value": 215},
                                            "input:12": {"type": "int16", "wave": "sine",
                                                         "min": 180, "max": 240, "period": "60s"},
                                            "coil:3": {"value": true}},
                   "faults": {"late": {"rate": 0.1, "for": "900ms"}}}],
        "faults": {"silent": 0.5, "exception": {"rate": 0.1, "code": 6}}})");
    EXPECT_EQ(options.endpoint.path, "/tmp/line");
    EXPECT_EQ(common::to_text(options.format), "9600 8N1");
    ASSERT_EQ(options.units.size(), 1U);
    EXPECT_EQ(options.units[0].unit.points.size(), 3U);
    EXPECT_EQ((*options.units[0].faults)[FaultKind::late].wait, 900ms);
    EXPECT_EQ(options.faults[FaultKind::silent].rate, 0.5);
    EXPECT_EQ(options.faults[FaultKind::exception].code, 6);
}

TEST(SimulatorOptions, ErrorsNameTheirPlace) {
    const std::string registers = "/units/0/registers/";
    EXPECT_THAT(error_of(with_register("holding:0", R"({"type": "uint17"})")),
                StartsWith(registers + "holding:0/type: uint17 is no type of register: bool, "));
    EXPECT_THAT(
        error_of(with_register("holding:65536", "{}")),
        StartsWith(registers + "holding:65536: register \"holding:65536\" has an address "));
    EXPECT_THAT(error_of(with_register("holding:5.3", "{}")), HasSubstr("bits are no register"));
    EXPECT_THAT(error_of(with_register("hol/ding:5", "{}")), StartsWith(registers + "hol~1ding:5"));
    EXPECT_EQ(error_of(with_register("input:1", R"({"wave": "sinus"})")),
              registers +
                  "input:1/wave: sinus is no wave: constant, sine, ramp, square, counter or walk");
    EXPECT_EQ(error_of(with_register("input:1", R"({"wave": "sine", "min": 5, "max": 1})")),
              registers + "input:1/max: max is 1, below min, which is 5");
    EXPECT_EQ(error_of(with_register("input:1", R"({"valeu": 5})")),
              registers + "input:1/valeu: unknown key valeu; did you mean value?");
}

TEST(SimulatorOptions, AllThatIsWrongIsToldAtOnce) {
    EXPECT_THAT(error_of(R"({"url": "rtu:line", "parity": "some", "faults": {"silent": 2},
                    "units": [{"unit": 300}, {"registers": {"input:1": {"count": 0}}}, 7]})"),
                AllOf(HasSubstr("/url: "), HasSubstr("/parity: "), HasSubstr("/faults/silent: "),
                      HasSubstr("/units/0/unit: "), HasSubstr("/units/1/registers/input:1/count: "),
                      HasSubstr("/units/2: a mapping is expected")));
}

TEST(SimulatorOptions, AnAddressMayBeHexadecimal) {
    const SimulationOptions options = read(with_register("input:0x34", R"({"value": 5})"));
    EXPECT_EQ(options.units.at(0).unit.points.at(0).address, 0x34);
}

TEST(SimulatorOptions, RatesTogetherAreAtMostOne) {
    EXPECT_EQ(
        error_of(
            R"({"url": "tcp://127.0.0.1:0", "units": [], "faults": {"silent": 0.6, "late": 0.6}})"),
        "/faults: the rates make 1.2: together they must not be above 1");
}

TEST(SimulatorOptions, ADurationNeedsAUnit) {
    const std::string error = error_of(R"({"url": "rtu:/tmp/x", "units": [], "turn_around": "5"})");
    EXPECT_NE(error.find("a duration of at least"), std::string::npos) << error;
}

}  // namespace
}  // namespace fieldway::modbus::simulator
