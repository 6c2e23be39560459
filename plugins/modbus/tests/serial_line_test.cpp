// A serial line with its thread, against the simulator: real pseudo-terminals, nothing waits longer
// than it takes.
#include "modbus/serial_line.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "modbus/simulator/simulation.h"
#include "plugin_api/wire.h"
#include "support/recording_plugin_host.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using fieldway::test::RecordingPluginHost;
using fieldway::test::Told;

DeviceOptions device(std::uint32_t number, std::uint8_t unit, Duration every = 20ms) {
    DeviceOptions options;
    options.number = number;
    options.id = "device-" + std::to_string(number);
    options.unit = unit;
    PointOptions point;
    point.name = "value";
    point.every = every;
    point.writable = true;
    options.points = {point};
    return options;
}

bool is_good(const wire::DeviceReadings& device) {
    return !device.readings.empty() && !device.readings.front().bad;
}

/// Waits for a reading as wanted; for a state of the line.
template <class Wanted>
bool gets_reading(RecordingPluginHost& host, const Wanted& wanted) {
    return host.comes_true([&](const Told& told) {
        return std::any_of(told.readings.begin(), told.readings.end(), wanted);
    });
}
bool line_was(RecordingPluginHost& host, wire::InputState state) {
    return host.comes_true([&](const Told& told) { return told.times(state) > 0; });
}

class SerialLineTest : public ::testing::Test {
  protected:
    static constexpr InputKey key = 4;

    ~SerialLineTest() override {
        if (line_) line_->leave(key, std::chrono::steady_clock::now() + 20s);
    }
    SerialLine& line_with(std::vector<DeviceOptions> devices, Duration timeout = 50ms) {
        LineOptions options;
        options.endpoint.kind = Endpoint::Kind::rtu;
        options.endpoint.path = link_;
        options.baud = 115200;
        options.timeout = timeout;
        options.late_window = 2 * timeout;
        line_ = std::make_unique<SerialLine>(options, Random(1));
        line_->join(key, host_.sdk(), std::move(devices));
        return *line_;
    }
    void plug_in(
        std::string_view units = R"([{"unit": 1, "registers": {"holding:0": {"value": 215}}}])") {
        auto made = simulator::simulate(
            boost::json::parse("{\"url\": \"rtu:" + link_ +
                               "\", \"baud\": 115200, \"units\": " + std::string(units) + "}")
                .as_object());
        ASSERT_TRUE(made) << made.error().text();
        simulation_ = std::move(made.value());
    }
    void unplug() { simulation_.reset(); }

    const std::string link_ = ::testing::TempDir() + "/serial-line-" + std::to_string(::getpid());
    RecordingPluginHost host_;
    std::unique_ptr<sdk::Simulation> simulation_;
    std::unique_ptr<SerialLine> line_;
};

TEST_F(SerialLineTest, ReadsItsPointsAndSaysThatItIsUp) {
    plug_in();
    line_with({device(7, 1)});
    EXPECT_TRUE(gets_reading(host_, [](const wire::DeviceReadings& from) {
        return from.device == 7 && is_good(from) && as_number(from.readings.front().value) == 215.0;
    }));
    EXPECT_TRUE(line_was(host_, wire::InputState::up));
}

TEST_F(SerialLineTest, APortThatIsNotThereIsSaidOnceAndUsedWhenItComes) {
    line_with({device(7, 1)});
    EXPECT_TRUE(host_.comes_true([](const Told& told) {
        return told.is(wire::InputState::down) &&
               told.states.back().reason.find("there is no port") != std::string::npos;
    }));
    EXPECT_TRUE(
        gets_reading(host_, [](const wire::DeviceReadings& from) { return !is_good(from); }));
    plug_in();
    EXPECT_TRUE(gets_reading(host_, is_good));
    EXPECT_EQ(host_.told().times(wire::InputState::down), 1U);
}

/// fault 41: back under another name behind the same link
TEST_F(SerialLineTest, AnAdapterThatComesBackIsFoundAgain) {
    plug_in();
    line_with({device(7, 1)});
    ASSERT_TRUE(gets_reading(host_, is_good));
    unplug();
    ASSERT_TRUE(line_was(host_, wire::InputState::down));
    host_.forget();
    plug_in();
    EXPECT_TRUE(line_was(host_, wire::InputState::up));
    EXPECT_TRUE(gets_reading(host_, is_good));
}

/// An adapter that goes while nothing is asked is noticed at once, not at the next poll an hour
/// later.
TEST_F(SerialLineTest, AnIdleLineNoticesThatItsAdapterIsGone) {
    plug_in();
    line_with({device(7, 1, 1h)});
    ASSERT_TRUE(line_was(host_, wire::InputState::up));
    unplug();
    EXPECT_TRUE(line_was(host_, wire::InputState::down));
}

/// fault 36
TEST_F(SerialLineTest, ADeadUnitTurnsBadAndTheOthersAreReadOn) {
    plug_in(R"([{"unit": 1, "registers": {"holding:0": {"value": 215}}}])");
    line_with({device(7, 1), device(8, 2)});
    EXPECT_TRUE(host_.comes_true([](const Told& told) {
        return std::any_of(told.device_states.begin(), told.device_states.end(),
                           [](const wire::State& state) {
                               return state.device == 8 && state.state == wire::InputState::down;
                           });
    }));
    host_.forget();
    EXPECT_TRUE(gets_reading(
        host_, [](const wire::DeviceReadings& from) { return from.device == 7 && is_good(from); }));
}

/// fault 37: half of the answers come after the timeout. Two requests of the same shape go to one
/// unit, so a late answer would fit the other one perfectly: with a late_window of zero it does.
TEST_F(SerialLineTest, ALateAnswerIsNeverAnothersReading) {
    plug_in(
        R"([{"unit": 1, "registers": {"holding:0": {"value": 111}, "holding:1000": {"value": 222}},
                 "faults": {"late": {"rate": 0.5, "for": "19ms"}}}])");
    DeviceOptions two_requests = device(1, 1, 5ms);
    two_requests.points.push_back(two_requests.points.front());
    two_requests.points.back().number = 1;
    two_requests.points.back().name = "other";
    two_requests.points.back().address = 1000;
    line_with({two_requests}, 20ms);
    constexpr std::ptrdiff_t enough = 8;
    EXPECT_TRUE(host_.comes_true([](const Told& told) {
        return std::count_if(told.readings.begin(), told.readings.end(),
                             [](const wire::DeviceReadings& from) {
                                 return from.device == 1 && is_good(from);
                             }) >= enough;
    }));
    const Told told = host_.told();
    for (const wire::DeviceReadings& from : told.readings) {
        for (const wire::Reading& reading : from.readings) {
            if (reading.bad) continue;
            const double expected = reading.point == 0 ? 111 : 222;
            EXPECT_EQ(as_number(reading.value), expected)
                << "device " << from.device << " point " << reading.point;
        }
    }
}

TEST_F(SerialLineTest, AWriteReachesTheDevice) {
    plug_in();
    SerialLine& line = line_with({device(7, 1)});
    ASSERT_TRUE(gets_reading(host_, is_good));
    wire::Command command;
    command.number = 17;
    command.kind = wire::CommandKind::write;
    command.device = 7;
    command.expires = std::chrono::steady_clock::now() + 20s;
    command.points = {{0, "", Value(std::int64_t{99})}};
    line.submit(key, command);
    ASSERT_TRUE(host_.comes_true([](const Told& told) { return !told.outcomes.empty(); }));
    const wire::Outcome outcome = host_.told().outcomes.front();
    EXPECT_EQ(outcome.number, 17U);
    EXPECT_EQ(outcome.status, wire::OutcomeStatus::done) << outcome.reason;
    EXPECT_TRUE(gets_reading(host_, [](const wire::DeviceReadings& from) {
        return is_good(from) && as_number(from.readings.front().value) == 99.0;
    }));
}

TEST_F(SerialLineTest, TheLastInputLeavesAtOnceAlsoInTheMiddleOfALongWait) {
    plug_in(R"([{"unit": 1, "registers": {"holding:0": {}}, "faults": {"silent": 1}}])");
    SerialLine& line = line_with({device(7, 1)}, 60s);
    ASSERT_TRUE(line_was(host_, wire::InputState::up));
    EXPECT_TRUE(line.leave(key, std::chrono::steady_clock::now() + 5s));
    EXPECT_EQ(host_.told().times(wire::InputState::down), 0U);
    host_.forget();
    line_.reset();
    const Told told = host_.told();
    EXPECT_EQ(told.readings.size() + told.states.size() + told.device_states.size(), 0U)
        << "nothing is told after leave has returned";
}

TEST_F(SerialLineTest, InputsShareALineAndOneMayLeave) {
    plug_in();
    RecordingPluginHost other;
    SerialLine& line = line_with({device(7, 1)});
    line.join(5, other.sdk(), {device(9, 1)});
    ASSERT_TRUE(gets_reading(host_, is_good));
    ASSERT_TRUE(gets_reading(other, is_good));
    EXPECT_TRUE(line.leave(5, std::chrono::steady_clock::now() + 20s));
    host_.forget();
    EXPECT_TRUE(gets_reading(host_, is_good));
}

}  // namespace
}  // namespace fieldway::modbus
