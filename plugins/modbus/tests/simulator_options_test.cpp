#include "modbus/simulator/simulator_options.h"

#include <string>

#include <gtest/gtest.h>

namespace fieldway::modbus::simulator {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

Result<SimulationOptions> read(std::string_view text) {
    return read_simulation(json::parse(text).as_object());
}
std::string error_of(std::string_view text) {
    const auto options = read(text);
    return options ? std::string("fine") : options.error().text();
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
    ASSERT_TRUE(options) << options.error().text();
    EXPECT_EQ(options->endpoint.path, "/tmp/line");
    EXPECT_EQ(common::to_text(options->format), "9600 8N1");
    ASSERT_EQ(options->units.size(), 1U);
    EXPECT_EQ(options->units[0].unit.points.size(), 3U);
    EXPECT_EQ((*options->units[0].faults)[FaultKind::late].wait, 900ms);
    EXPECT_EQ(options->faults[FaultKind::silent].rate, 0.5);
    EXPECT_EQ(options->faults[FaultKind::exception].code, 6);
}

TEST(SimulatorOptions, ErrorsNameTheirPlace) {
    EXPECT_EQ(error_of(with_register("holding:0", R"({"type": "uint17"})")),
              "unit 1 > holding:0: uint17 is no type of register");
    EXPECT_EQ(error_of(with_register("holding:65536", "{}")),
              "unit 1 > holding:65536: no register: coil:N, discrete:N, input:N or holding:N with "
              "N from 0 to 65535");
    EXPECT_EQ(error_of(with_register("input:1", R"({"wave": "sinus"})")),
              "unit 1 > input:1: sinus is no wave: constant, sine, ramp, square, counter or walk");
    EXPECT_EQ(error_of(with_register("input:1", R"({"wave": "sine", "min": 5, "max": 1})")),
              "unit 1 > input:1: max is 1, below min, which is 5");
    EXPECT_NE(error_of(with_register("input:1", R"({"valeu": 5})")).find("valeu is no key here"),
              std::string::npos);
}

TEST(SimulatorOptions, RatesTogetherAreAtMostOne) {
    EXPECT_EQ(
        error_of(
            R"({"url": "tcp://127.0.0.1:0", "units": [], "faults": {"silent": 0.6, "late": 0.6}})"),
        "faults: the rates make 1.2: together they must not be above 1");
}

TEST(SimulatorOptions, ADurationNeedsAUnit) {
    const std::string error = error_of(R"({"url": "rtu:/tmp/x", "units": [], "turn_around": "5"})");
    EXPECT_NE(error.find("a duration of at least"), std::string::npos) << error;
}

}  // namespace
}  // namespace fieldway::modbus::simulator
