#include "modbus/example_decoder.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/modbus_options.h"

namespace fieldway::modbus {
namespace {

/// The lines of one point, with defaults as the gateway fills them in.
std::string decoded(const char* point_options, const std::string& example) {
    InputPoint point;
    point.name = "value";
    point.options = boost::json::parse(point_options).as_object();
    for (const Option& option : option_tables().point) {
        if (!option.preset.is_null() && !point.options.contains(option.name)) {
            point.options[option.name] = option.preset;
        }
    }
    InputSettings settings;
    settings.devices.push_back({});
    settings.devices.back().points.push_back(point);
    const auto lines = decode_example({example_kind, to_json_text(settings), example});
    return lines ? *lines : "error: " + lines.error().sentence();
}

TEST(ExampleDecoder, ReadsTheMakersExampleOfAnEastronMeter) {
    // "01 04 04 43 66 33 34" in the protocol paper of the SDM series is 230.2 V.
    EXPECT_EQ(decoded(R"({"register":"input:0","type":"float32"})",
                      R"({"registers":{"input:0x0000":"4366 3334"}})"),
              "{\"point\":\"value\",\"value\":230.20001,\"type\":\"float32\"}\n");
}

TEST(ExampleDecoder, FollowsTheOrderOfThePoint) {
    const char* example = R"({"registers":{"holding:7":"0001 0002 0003"}})";
    EXPECT_EQ(decoded(R"({"register":"holding:8","type":"uint32"})", example),
              "{\"point\":\"value\",\"value\":131075}\n");
    EXPECT_EQ(decoded(R"({"register":"holding:8","type":"uint32","word_order":"little"})", example),
              "{\"point\":\"value\",\"value\":196610}\n");
}

TEST(ExampleDecoder, KeepsAllDigitsOfWideIntegers) {
    EXPECT_EQ(decoded(R"({"register":"holding:0","type":"uint64"})",
                      R"({"registers":{"holding:0":"FFFF FFFF FFFF FFFE"}})"),
              "{\"point\":\"value\",\"value\":18446744073709551614}\n");
}

TEST(ExampleDecoder, ReadsBits) {
    const char* example = R"({"registers":{"coil:0":"0 1"}})";
    EXPECT_EQ(decoded(R"({"register":"coil:1"})", example),
              "{\"point\":\"value\",\"value\":true}\n");
}

TEST(ExampleDecoder, ANaNIsNoValue) {
    EXPECT_EQ(decoded(R"({"register":"input:0","type":"float32"})",
                      R"({"registers":{"input:0":"7FC0 0000"}})"),
              "{\"point\":\"value\",\"value\":null}\n");
}

TEST(ExampleDecoder, SaysWhichRegisterIsMissing) {
    EXPECT_EQ(decoded(R"({"register":"input:0","type":"float32"})",
                      R"({"registers":{"input:0":"4366","holding:1":"3334"}})"),
              "{\"point\":\"value\",\"error\":\"the example has no input:1\"}\n");
}

TEST(ExampleDecoder, SaysWhatIsWrongWithAnExample) {
    const auto said = [](const char* example) {
        const std::string lines = decoded(R"({"register":"input:0"})", example);
        return lines.substr(0, lines.find('\n'));
    };
    EXPECT_EQ(said(R"({"registers":{"input:0":"43"}})"),
              R"({"pointer":"/registers/input:0","error":"\"43\" is no register: write four )"
              R"(hexadecimal digits for each"})");
    EXPECT_EQ(
        said(R"({"registers":{"coil:0":"2"}})"),
        R"({"pointer":"/registers/coil:0","error":"\"2\" is no bit: write 0 or 1 for each"})");
    EXPECT_EQ(said(R"({"registers":{"input:65535":"0000 0000"}})"),
              R"({"pointer":"/registers/input:65535","error":"2 values from 65535 on end beyond )"
              R"(address 65535"})");
    EXPECT_EQ(said(R"({"registers":{"input:0":"0000 0000","input:1":"0000"}})"),
              R"({"pointer":"/registers/input:1","error":"input:1 is given a second time"})");
    EXPECT_EQ(said(R"({"registers":{"in/put:1":"0000"}})"),
              R"({"pointer":"/registers/in~1put:1","error":"register \"in/put:1\" is not )"
              R"(AREA:ADDRESS with the area coil, discrete, input or holding"})");
    EXPECT_EQ(said("{}"),
              R"({"pointer":"","error":"the example has no registers; write registers: )"
              R"({ \"input:0\": \"4366 3333\" }"})");
}

TEST(ExampleDecoder, RefusesWhatIsNoExample) {
    EXPECT_EQ(decoded(R"({"register":"input:0"})", "[]"), "error: the example is no JSON object");
    EXPECT_FALSE(decode_example({example_kind}));
    EXPECT_FALSE(decode_example({example_kind, "[", "{}"}));
}

}  // namespace
}  // namespace fieldway::modbus
