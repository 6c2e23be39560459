#include "modbus/modbus_options.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/option_parts.h"

namespace fieldway::modbus {
namespace {

/// As the gateway makes it: defaults filled in.
boost::json::object with_defaults(const OptionTable& table, const char* json) {
    boost::json::object object = boost::json::parse(json).as_object();
    for (const Option& option : table) {
        if (!option.preset.is_null() && !object.contains(option.name)) {
            object[option.name] = option.preset;
        }
    }
    return object;
}

InputPoint point_of(const char* json) {
    InputPoint point;
    point.name = "value";
    point.every = std::chrono::seconds(1);
    point.options = with_defaults(option_tables().point, json);
    return point;
}

InputSettings settings_of(const char* url, std::vector<int> units,
                          std::vector<InputPoint> points = {}) {
    InputSettings settings;
    settings.name = "hall";
    settings.options =
        with_defaults(option_tables().input, ("{\"url\":\"" + std::string(url) + "\"}").c_str());
    for (const int unit : units) {
        InputDevice device;
        device.number = static_cast<std::uint32_t>(settings.devices.size() + 7);
        device.id = "D" + std::to_string(device.number);
        device.address["unit"] = unit;
        device.options = with_defaults(option_tables().device, "{}");
        device.points = points;
        settings.devices.push_back(std::move(device));
    }
    return settings;
}

std::string only_problem(const InputSettings& settings) {
    const auto problems = check_options(settings);
    if (problems.size() != 1) return std::to_string(problems.size()) + " problems";
    return (problems[0].warning ? "warning " : "") + problems[0].pointer + ": " +
           problems[0].sentence;
}

TEST(ModbusOptions, ReadEachKindOfUrl) {
    EXPECT_EQ(to_text(parse_endpoint("tcp://10.0.0.20:1502").value()), "tcp://10.0.0.20:1502");
    EXPECT_EQ(parse_endpoint("tcp://plc.local")->port, 502);
    EXPECT_EQ(parse_endpoint("tcp://[::1]:503")->host, "::1");
    EXPECT_EQ(parse_endpoint("rtu:/dev/ttyS1")->path, "/dev/ttyS1");
    for (const char* url :
         {"", "tcp://", "tcp://:502", "tcp://h:0", "tcp://h:65536", "tcp://h:", "tcp://h:5x",
          "tcp://[::1", "rtu:ttyS1", "http://h", "rtu+tcp://h", "udp://"}) {
        EXPECT_FALSE(parse_endpoint(url)) << url;
    }
}

TEST(ModbusOptions, TakeWireAddressesInDecimalAndHex) {
    EXPECT_EQ(parse_register("holding:40")->address, 40);
    EXPECT_EQ(parse_register("input:0x1F")->address, 31);
    EXPECT_EQ(parse_register("coil:65535")->area, Area::coil);
    for (const char* text : {"40", "holding", "holding:", "holding:0x", "holding:-1", "holding:1a",
                             "holding:65536", "holding:99999999999999999999999", "hold:1"}) {
        EXPECT_FALSE(parse_register(text)) << text;
    }
}

TEST(ModbusOptions, AreReadIntoStructs) {
    const auto settings = settings_of(
        "tcp://127.0.0.1:502", {1},
        {point_of(
            R"({"register":"holding:60","type":"string","length":8,"byte_order":"little"})")});
    ASSERT_EQ(check_options(settings), std::vector<Problem>());
    const auto options = read_options(settings).value();
    EXPECT_EQ(options.line.timeout, std::chrono::milliseconds(500));
    EXPECT_EQ(options.line.late_window, Duration::zero()) << "TCP has transaction numbers";
    const PointOptions& point = options.devices.at(0).points.at(0);
    EXPECT_EQ(point.layout, (Layout{RegisterType::string, PartOrder::big, PartOrder::little, 8}));
    EXPECT_EQ(point.address, 60);
}

TEST(ModbusOptions, ExpectLateAnswersOnASerialLine) {
    auto settings = settings_of("rtu:/dev/ttyS1", {1});
    EXPECT_EQ(read_options(settings)->line.late_window, std::chrono::seconds(1));
    settings.options["timeout"] = Duration(std::chrono::seconds(2)).count();
    EXPECT_EQ(read_options(settings)->line.late_window, std::chrono::seconds(4));
}

TEST(ModbusOptions, NameThePlaceOfEachProblem) {
    const auto problem_of = [](const char* point) {
        return only_problem(settings_of("tcp://h", {1}, {point_of(point)}));
    };
    EXPECT_EQ(problem_of(R"({"register":"coil:1","type":"int16"})"),
              "/devices/0/points/0/options/type: type int16 is not possible for a coil: it is one "
              "bit, bool");
    EXPECT_EQ(problem_of(R"({"register":"holding:65535","type":"float32"})"),
              "/devices/0/points/0/options/register: float32 at address 65535 ends at 65536: the "
              "last register is 65535");
    EXPECT_EQ(problem_of(R"({"register":"holding:1","type":"string"})"),
              "/devices/0/points/0/options/type: a string needs a length in registers: length: 8");
    EXPECT_EQ(problem_of(R"({"register":"holding:1","type":"int16","length":2})"),
              "/devices/0/points/0/options/length: length is only for type string; int16 has a "
              "length of its own");
    auto point = point_of(R"({"register":"input:1"})");
    point.writable = true;
    EXPECT_TRUE(only_problem(settings_of("tcp://h", {1}, {point}))
                    .starts_with("/devices/0/points/0/options/register: a point of area input "
                                 "cannot be writable"));
}

TEST(ModbusOptions, LetEveryTypeBeWrittenByAFunctionThatHoldsIt) {
    const auto writable = [](const char* options) {
        auto point = point_of(options);
        point.writable = true;
        return settings_of("tcp://h", {1}, {point});
    };
    for (const char* options :
         {R"({"register":"coil:1"})", R"({"register":"coil:1","write_by":"multiple"})",
          R"({"register":"holding:1","type":"float32"})",
          R"({"register":"holding:1","type":"string","length":123})",
          R"({"register":"holding:1","write_by":"exchange"})"}) {
        EXPECT_EQ(check_options(writable(options)), std::vector<Problem>()) << options;
    }
    EXPECT_EQ(
        only_problem(writable(R"({"register":"holding:1","type":"float32","write_by":"single"})")),
        "/devices/0/points/0/options/write_by: single writes one register, float32 takes 2");
    EXPECT_EQ(only_problem(writable(R"({"register":"coil:1","write_by":"exchange"})")),
              "/devices/0/points/0/options/write_by: exchange is function code 23, which writes "
              "registers and not coils");
    EXPECT_EQ(only_problem(writable(R"({"register":"holding:1","type":"string","length":124})")),
              "/devices/0/points/0/options/length: one request writes 123 registers at most");
}

TEST(ModbusOptions, LetBitsBeWrittenOnlyByAWayThatWasChosen) {
    auto point = point_of(R"({"register":"holding:51.3"})");
    point.writable = true;
    auto settings = settings_of("tcp://h", {1}, {point});
    EXPECT_THAT(only_problem(settings), testing::HasSubstr("give the device `write_bits: mask`"));
    settings.devices[0].options["write_bits"] = "mask";
    EXPECT_EQ(check_options(settings), std::vector<Problem>());
    for (const char* wrong :
         {"holding:51.16", "holding:51.5-3", "coil:51.3", "holding:51.", "holding:.3"}) {
        point = point_of((R"({"register":")" + std::string(wrong) + "\"}").c_str());
        EXPECT_FALSE(check_options(settings_of("tcp://h", {1}, {point})).empty()) << wrong;
    }
}

TEST(ModbusOptions, KnowThatNobodyAnswersABroadcast) {
    auto point = point_of(R"({"register":"holding:1"})");
    EXPECT_THAT(only_problem(settings_of("rtu:/dev/ttyS1", {0}, {point})),
                testing::HasSubstr("its points can only be written"));
    point.writable = true;
    EXPECT_THAT(only_problem(settings_of("rtu:/dev/ttyS1", {0}, {point})),
                testing::HasSubstr("nothing can be verified"));
    point.verify = Verify::none;
    point.every = std::chrono::seconds(1);
    const auto settings = settings_of("rtu:/dev/ttyS1", {0}, {point});
    EXPECT_EQ(check_options(settings), std::vector<Problem>());
    EXPECT_EQ(read_options(settings).value().devices[0].points[0].every, Duration::zero());
}

TEST(ModbusOptions, TellWhatIsWrongWithAUnitBesideWhatIsWrongWithItsLine) {
    auto settings = settings_of("rtu:/dev/ttyS1", {248});
    settings.options["data_bits"] = 7;
    const auto problems = check_options(settings);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].pointer, "/options/data_bits");
    EXPECT_EQ(problems[1].pointer, "/devices/0/address/unit");
}

TEST(ModbusOptions, KnowTheUnitsOfEachLine) {
    EXPECT_EQ(check_options(settings_of("tcp://h", {0, 255})), std::vector<Problem>());
    EXPECT_EQ(only_problem(settings_of("rtu:/dev/ttyS1", {248})),
              "/devices/0/address/unit: unit 248 is not possible on a serial line: 1 to 247 are, "
              "and 0 for all of them");
    EXPECT_TRUE(only_problem(settings_of("tcp://h", {3, 3})).starts_with("warning /devices/1"));
}

std::string raw_problem(const char* options, RawUse raw) {
    auto point = point_of(options);
    point.raw = std::move(raw);
    return only_problem(settings_of("tcp://h", {1}, {point}));
}

TEST(ModbusOptions, RefuseBitsThatTheTypeHasNot) {
    const auto with_bit = [](const char* options, int last_bit) {
        return raw_problem(options, {last_bit, {}, {}, {}});
    };
    EXPECT_EQ(with_bit(R"({"register":"input:0"})", 16),
              "/devices/0/points/0/bits: bits goes up to bit 16, and the last bit of this uint16 "
              "is 15");
    EXPECT_EQ(
        with_bit(R"({"register":"coil:0"})", 3),
        "/devices/0/points/0/bits: bits goes up to bit 3, and the last bit of this bool is 0");
    EXPECT_THAT(with_bit(R"({"register":"input:0.4-7"})", 4), testing::HasSubstr("uint16 is 3"));
    for (const char* type : {R"({"register":"input:0","type":"float32"})",
                             R"({"register":"input:0","type":"string","length":2})"}) {
        EXPECT_THAT(with_bit(type, 0), testing::HasSubstr("has no bits to take")) << type;
    }
    EXPECT_EQ(with_bit(R"({"register":"input:0"})", 15), "0 problems");
    EXPECT_EQ(with_bit(R"({"register":"input:0","type":"int32"})", 31), "0 problems");
    EXPECT_EQ(with_bit(R"({"register":"input:0","type":"uint64"})", 63), "0 problems");
}

TEST(ModbusOptions, RefuseCodesThatTheTypeNeverIs) {
    const auto with_code = [](const char* options, std::int64_t code) {
        return raw_problem(options, {{}, {7, code}, {}, {}});
    };
    EXPECT_EQ(with_code(R"({"register":"input:0"})", 99999),
              "/devices/0/points/0/no_value/1: no_value has 99999, which this uint16 never is: 0 "
              "to 65535 are possible");
    EXPECT_THAT(with_code(R"({"register":"input:0"})", -1), testing::HasSubstr("has -1"));
    EXPECT_THAT(with_code(R"({"register":"input:0","type":"int16"})", 32768),
                testing::HasSubstr("-32768 to 32767"));
    EXPECT_EQ(with_code(R"({"register":"input:0"})", 65535), "0 problems");
    EXPECT_EQ(with_code(R"({"register":"input:0","type":"uint64"})", -1), "0 problems");
    EXPECT_EQ(with_code(R"({"register":"input:0","type":"float32"})", -9999), "0 problems");
    EXPECT_EQ(with_code(R"({"register":"input:0","scale_factor":"input:1"})", 99999), "0 problems")
        << "the device's own scale makes it possible";
}

TEST(ModbusOptions, DoubtLimitsThatTheTypeCannotReach) {
    EXPECT_EQ(raw_problem(R"({"register":"holding:0"})", {{}, {}, 0.0, 70000.0}),
              "warning /devices/0/points/0/max: max is 70000, and a uint16 cannot be more than "
              "65535: that will be refused");
    EXPECT_EQ(raw_problem(R"({"register":"holding:0"})", {{}, {}, -5.0, 100.0}),
              "warning /devices/0/points/0/min: min is -5, and a uint16 cannot be less than 0: "
              "that will be refused");
    EXPECT_EQ(raw_problem(R"({"register":"holding:0","type":"int16"})", {{}, {}, -5.0, 100.0}),
              "0 problems");
    EXPECT_EQ(raw_problem(R"({"register":"holding:0","type":"float32"})", {{}, {}, -5.0, 1e9}),
              "0 problems");
}

TEST(ModbusOptions, ReportEveryProblemAtOnce) {
    const auto settings = settings_of(
        "udp://:1", {1}, {point_of(R"({"register":"x"})"), point_of(R"({"register":"y:1"})")});
    EXPECT_EQ(check_options(settings).size(), 3U);
}

TEST(ModbusOptions, RefuseAValueLongerThanADevicesLimit) {
    auto settings =
        settings_of("tcp://h", {1}, {point_of(R"({"register":"holding:1","type":"uint64"})")});
    settings.devices[0].options["max_registers"] = 2;
    EXPECT_EQ(only_problem(settings),
              "/devices/0/points/0/options/type: uint64 takes 4 registers, max_registers of the "
              "device is 2: a value is never read in two halves");
}

}  // namespace
}  // namespace fieldway::modbus
