#include "exec/device_table.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace fieldway::exec {
namespace {

InputDevice device(std::uint32_t number, const std::string& key,
                   const std::vector<std::string>& points) {
    InputDevice made;
    made.number = number;
    made.id = "D" + std::to_string(number);
    made.address = {{"key", key}};
    for (const std::string& name : points) {
        InputPoint point;
        point.number = static_cast<std::uint32_t>(made.points.size());
        point.name = name;
        made.points.push_back(point);
    }
    return made;
}

ReadingsLine line(const std::string& key, std::vector<NamedValue> values) {
    ReadingsLine made;
    made.key = key;
    made.values = std::move(values);
    return made;
}

ReadingsLine bad_line(const std::string& key, const std::string& reason) {
    ReadingsLine made;
    made.key = key;
    made.bad = reason;
    return made;
}

struct DeviceTableTest : testing::Test {
    test::ManualClock clock;
    DeviceTable table{{device(7, "c", {"n", "m"}), device(9, "d", {})}};

    wire::DeviceReadings readings(const ReadingsLine& of) {
        auto taken = table.take(of, clock.now());
        EXPECT_TRUE(std::holds_alternative<wire::DeviceReadings>(taken))
            << std::get<LineFault>(taken).sentence;
        return std::get<wire::DeviceReadings>(taken);
    }
    LineFault fault(const ReadingsLine& of) {
        auto taken = table.take(of, clock.now());
        EXPECT_TRUE(std::holds_alternative<LineFault>(taken));
        return std::get<LineFault>(taken);
    }
};

TEST_F(DeviceTableTest, DeclaredPointsGoByNumberAndOthersByName) {
    const auto taken = readings(line("c", {{"m", Value(1.5)}, {"extra", Value(true)}}));
    EXPECT_EQ(taken.device, 7u);
    ASSERT_EQ(taken.readings.size(), 2u);
    EXPECT_EQ(taken.readings[0], (wire::Reading{1, "", Value(1.5), false, clock.now()}));
    EXPECT_EQ(taken.readings[1],
              (wire::Reading{wire::undeclared_point, "extra", Value(true), false, clock.now()}));
}

TEST_F(DeviceTableTest, NullIsNoValueAndNotBad) {
    const auto taken = readings(line("c", {{"n", NoValue{}}}));
    ASSERT_EQ(taken.readings.size(), 1u);
    EXPECT_FALSE(taken.readings[0].bad);
    EXPECT_FALSE(has_value(taken.readings[0].value));
}

TEST_F(DeviceTableTest, ATimestampIsPrintedButAgeCountsFromArrival) {
    ReadingsLine old = line("c", {{"n", Value(std::int64_t{1})}});
    old.timestamp = clock.wall() - std::chrono::hours(5);
    const auto taken = readings(old);
    EXPECT_EQ(taken.readings[0].time,
              (Timestamp{clock.monotonic(), clock.wall() - std::chrono::hours(5)}));
}

TEST_F(DeviceTableTest, ABadLineTouchesDeclaredPointsAndThoseSeenSoFar) {
    readings(line("c", {{"extra", Value(true)}}));
    const auto taken = readings(bad_line("c", "open circuit"));
    EXPECT_EQ(taken.reason, "open circuit");
    ASSERT_EQ(taken.readings.size(), 3u);
    for (const wire::Reading& reading : taken.readings)
        EXPECT_TRUE(reading.bad);
    EXPECT_EQ(taken.readings[2].name, "extra");
}

TEST_F(DeviceTableTest, AnUnknownKeyIsRefusedWithTheNearestOne) {
    table.update({device(7, "boiler", {})});
    const LineFault wrong = fault(line("boilr", {}));
    EXPECT_EQ(wrong.kind, FaultKind::unknown_key);
    EXPECT_NE(wrong.sentence.find("did you mean boiler"), std::string::npos) << wrong.sentence;
}

TEST_F(DeviceTableTest, AnUnknownKeyIsComparedWithABoundedNumberOfKeys) {
    std::vector<InputDevice> many;
    for (std::uint32_t i = 0; i < 64; ++i)
        many.push_back(device(i, "a" + std::to_string(i), {}));
    many.push_back(device(64, "boiler", {}));
    table.update(many);
    EXPECT_EQ(fault(line("boilr", {})).sentence.find("did you mean"), std::string::npos);
}

TEST_F(DeviceTableTest, ALineThatWouldPassTheLimitOfUndeclaredPointsIsRefusedWhole) {
    std::vector<NamedValue> many;
    for (std::size_t i = 0; i < most_undeclared_points; ++i) {
        many.push_back({"v" + std::to_string(i), Value(true)});
    }
    readings(line("c", many));
    EXPECT_EQ(fault(line("c", {{"n", Value(1.0)}, {"one-more", Value(true)}})).kind,
              FaultKind::too_many_points);
    readings(line("c", {{"n", Value(1.0)}, {"v3", Value(false)}}));
}

TEST_F(DeviceTableTest, AtTheEndEveryDeviceTurnsBadOnce) {
    readings(line("c", {{"n", Value(1.0)}}));
    readings(line("d", {{"x", Value(1.0)}}));
    const auto all = table.all_bad("the program ended", clock.now());
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].readings.size(), 2u);
    EXPECT_EQ(all[1].readings.size(), 1u);
    EXPECT_TRUE(table.all_bad("the program ended", clock.now()).empty());
    readings(line("d", {{"x", Value(1.0)}}));
    EXPECT_EQ(table.all_bad("again", clock.now()).size(), 1u);
}

TEST_F(DeviceTableTest, StatesAreToldWhenTheyChangeAndNotForAnotherReason) {
    EXPECT_TRUE(table.take_changed_states().empty());
    readings(line("c", {{"n", Value(1.0)}}));
    const auto up = table.take_changed_states();
    ASSERT_EQ(up.size(), 1u);
    EXPECT_EQ(up[0], (wire::State{true, 7, wire::InputState::up, "", ""}));
    readings(line("c", {{"n", Value(2.0)}}));
    EXPECT_TRUE(table.take_changed_states().empty());
    readings(bad_line("c", "at 17 ohm"));
    EXPECT_EQ(table.take_changed_states().at(0).reason, "at 17 ohm");
    readings(bad_line("c", "at 18 ohm"));
    EXPECT_TRUE(table.take_changed_states().empty());
}

TEST_F(DeviceTableTest, AnUpdateKeepsWhatIsKnownOfDevicesThatDidNotChange) {
    readings(line("c", {{"extra", Value(true)}}));
    table.update({device(7, "c", {"n", "m"}), device(11, "e", {})});
    EXPECT_EQ(readings(bad_line("c", "x")).readings.size(), 3u);
    EXPECT_EQ(fault(line("d", {})).kind, FaultKind::unknown_key);
    EXPECT_EQ(readings(line("e", {{"x", Value(true)}})).device, 11u);
}

TEST_F(DeviceTableTest, ACommandNamesKeyAndPoints) {
    wire::Command command;
    command.device = 7;
    command.points = {{1, "", Value(true)}, {wire::undeclared_point, "free", Value(2.0)}};
    const auto target = table.target_of(command);
    ASSERT_TRUE(target);
    EXPECT_EQ(target->key, "c");
    ASSERT_EQ(target->values.size(), 2u);
    EXPECT_EQ(target->values[0].name, "m");
    EXPECT_EQ(target->values[1].name, "free");
    command.points = {{5, "", Value(true)}};
    EXPECT_FALSE(table.target_of(command));
    command.device = 8;
    EXPECT_FALSE(table.target_of(command));
}

}  // namespace
}  // namespace fieldway::exec
