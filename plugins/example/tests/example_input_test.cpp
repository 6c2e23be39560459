#include "example/example_input.h"

#include <gtest/gtest.h>

#include "support/recording_plugin_host.h"

namespace fieldway::example {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Told;

InputSettings one_counter(bool broken = false) {
    InputDevice device;
    device.number = 7;
    device.id = "example-1";
    device.options = {{"broken", broken}};
    InputPoint point;
    point.name = "count";
    point.every = milliseconds(1);
    point.writable = true;
    point.options = {
        {"shape", "counter"}, {"period", Duration(hours(1)).count()}, {"amplitude", 1.0}};
    device.points = {point};
    InputSettings settings;
    settings.name = "demo";
    settings.devices = {device};
    return settings;
}

class RunningInput : public testing::Test {
  protected:
    SystemClock clock_;
    test::RecordingPluginHost host_{clock_};
};

TEST_F(RunningInput, EmitsItsPointsAndSaysOnceThatTheDeviceIsUp) {
    ExampleInput input(host_.sdk(), one_counter());
    ASSERT_TRUE(host_.comes_true([](const Told& told) { return told.readings.size() >= 3; }));
    EXPECT_TRUE(input.stop(clock_.monotonic() + seconds(1)));
    const Told told = host_.told();
    const wire::DeviceReadings& first = told.readings.at(0);
    EXPECT_EQ(first.device, 7U);
    EXPECT_EQ(first.readings.at(0).value, Value(std::int64_t{0}));
    EXPECT_EQ(told.states.size(), 1U);
    ASSERT_EQ(told.device_states.size(), 1U);
    EXPECT_EQ(told.device_states[0].state, wire::InputState::up);
}

TEST_F(RunningInput, EmitsBadReadingsWithTheReasonWhileADeviceIsBroken) {
    ExampleInput input(host_.sdk(), one_counter(true));
    ASSERT_TRUE(host_.comes_true([](const Told& told) { return !told.readings.empty(); }));
    const Told told = host_.told();
    EXPECT_TRUE(told.readings.at(0).readings.at(0).bad);
    EXPECT_EQ(told.readings.at(0).reason, "the device is configured as broken");
    EXPECT_EQ(told.device_states.at(0).state, wire::InputState::down);
}

TEST_F(RunningInput, NoticesAnUpdateWithoutARestart) {
    ExampleInput input(host_.sdk(), one_counter(true));
    ASSERT_TRUE(host_.comes_true([](const Told& told) { return told.device_states.size() == 1; }));
    EXPECT_TRUE(input.update(one_counter(false)).has_value());
    EXPECT_TRUE(host_.comes_true([](const Told& told) {
        return told.device_states.size() == 2 &&
               told.device_states[1].state == wire::InputState::up;
    }));
}

TEST_F(RunningInput, SetsACounterAndReadsItBack) {
    ExampleInput input(host_.sdk(), one_counter());
    wire::Command command;
    command.number = 5;
    command.kind = wire::CommandKind::write;
    command.device = 7;
    command.expires = clock_.monotonic() + seconds(10);
    command.points = {{0, "", std::int64_t{40}}};
    input.submit(command);
    const Told told = host_.told();
    ASSERT_EQ(told.outcomes.size(), 1U);
    EXPECT_EQ(told.outcomes[0].number, 5U);
    EXPECT_EQ(told.outcomes[0].status, wire::OutcomeStatus::done);
    EXPECT_EQ(told.outcomes[0].readings.at(0).value, Value(std::int64_t{40}));
}

TEST_F(RunningInput, RefusesWhatItCannotDo) {
    ExampleInput input(host_.sdk(), one_counter());
    wire::Command command;
    command.kind = wire::CommandKind::scan;
    command.device = 7;
    command.expires = clock_.monotonic() + seconds(10);
    input.submit(command);
    command.device = 8;
    input.submit(command);
    command.expires = clock_.monotonic() - seconds(1);
    input.submit(command);
    const Told told = host_.told();
    ASSERT_EQ(told.outcomes.size(), 3U);
    EXPECT_EQ(told.outcomes[0].status, wire::OutcomeStatus::refused);
    EXPECT_EQ(told.outcomes[1].reason, "there is no such device");
    EXPECT_EQ(told.outcomes[2].status, wire::OutcomeStatus::expired);
}

}  // namespace
}  // namespace fieldway::example
