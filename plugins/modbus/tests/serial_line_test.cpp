// A serial line with its thread, against the simulator: real pseudo-terminals, nothing waits longer
// than it takes.
#include "modbus/serial_line.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/simulator/simulation.h"
#include "plugin_api/abi.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// The gateway's side, remembering what it is told.
class FakeHost {
  public:
    FakeHost() {
        host_.size = sizeof(host_);
        host_.abi_version = FIELDWAY_ABI_VERSION;
        host_.context = this;
        host_.emit = [](void* self, std::uint64_t, fieldway_bytes bytes,
                        std::uint64_t) -> std::int32_t {
            auto readings = wire::decode_readings(view(bytes));
            static_cast<FakeHost*>(self)->note([&](FakeHost& host) {
                for (auto& device : readings.value())
                    host.readings_.push_back(std::move(device));
            });
            return FIELDWAY_OK;
        };
        host_.state = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<FakeHost*>(self)->note([&](FakeHost& host) {
                host.states_.push_back(wire::decode_state(view(bytes)).value());
            });
        };
        host_.answer = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<FakeHost*>(self)->note([&](FakeHost& host) {
                host.outcomes_.push_back(wire::decode_outcome(view(bytes)).value());
            });
        };
        host_.log = [](void*, std::uint64_t, std::int32_t, fieldway_bytes) {};
        host_.monotonic_ns = [](void*) -> std::int64_t {
            return std::chrono::steady_clock::now().time_since_epoch().count();
        };
        host_.wall_ms = [](void*) -> std::int64_t { return 1'763'806'530'250; };
    }
    [[nodiscard]] sdk::Host host() const { return {&host_, 1}; }

    bool wait_for_reading(const std::function<bool(const wire::DeviceReadings&)>& wanted) {
        return wait([&] { return std::any_of(readings_.begin(), readings_.end(), wanted); });
    }
    bool wait_for_readings(
        const std::function<bool(const std::vector<wire::DeviceReadings>&)>& wanted) {
        return wait([&] { return wanted(readings_); });
    }
    std::vector<wire::DeviceReadings> readings() {
        const std::lock_guard lock(mutex_);
        return readings_;
    }
    bool wait_for_state(const std::function<bool(const wire::State&)>& wanted) {
        return wait([&] { return std::any_of(states_.begin(), states_.end(), wanted); });
    }
    bool wait_for_outcome() {
        return wait([&] { return !outcomes_.empty(); });
    }
    std::vector<wire::State> input_states() {
        const std::lock_guard lock(mutex_);
        std::vector<wire::State> states = states_;
        std::erase_if(states, [](const wire::State& state) { return state.of_device; });
        return states;
    }
    std::vector<wire::Outcome> outcomes() {
        const std::lock_guard lock(mutex_);
        return outcomes_;
    }
    std::size_t told() {
        const std::lock_guard lock(mutex_);
        return readings_.size() + states_.size() + outcomes_.size();
    }
    void forget() {
        const std::lock_guard lock(mutex_);
        readings_.clear();
        states_.clear();
    }

  private:
    static ByteView view(fieldway_bytes bytes) {
        return {static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)};
    }
    template <class Change>
    void note(Change change) {
        const std::lock_guard lock(mutex_);
        change(*this);
        changed_.notify_all();
    }
    bool wait(const std::function<bool()>& wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, wanted);
    }

    fieldway_host host_{};
    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::vector<wire::DeviceReadings> readings_;
    std::vector<wire::State> states_;
    std::vector<wire::Outcome> outcomes_;
};

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

class SerialLineTest : public ::testing::Test {
  protected:
    static constexpr InputKey key = 4;

    ~SerialLineTest() override {
        if (line_) line_->leave(key, std::chrono::steady_clock::now() + 20s);
    }
    SerialLine& line_with(std::vector<DeviceOptions> devices, Duration timeout = 50ms) {
        LineOptions options;
        options.endpoint.kind = Endpoint::Kind::serial;
        options.endpoint.path = link_;
        options.baud = 115200;
        options.timeout = timeout;
        options.late_window = 2 * timeout;
        line_ = std::make_unique<SerialLine>(options, Random(1));
        line_->join(key, host_.host(), std::move(devices));
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
    FakeHost host_;
    std::unique_ptr<sdk::Simulation> simulation_;
    std::unique_ptr<SerialLine> line_;
};

TEST_F(SerialLineTest, ReadsItsPointsAndSaysThatItIsUp) {
    plug_in();
    line_with({device(7, 1)});
    EXPECT_TRUE(host_.wait_for_reading([](const wire::DeviceReadings& from) {
        return from.device == 7 && is_good(from) && as_number(from.readings.front().value) == 215.0;
    }));
    EXPECT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::up;
    }));
}

TEST_F(SerialLineTest, APortThatIsNotThereIsSaidOnceAndUsedWhenItComes) {
    line_with({device(7, 1)});
    EXPECT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::down &&
               state.reason.find("there is no port") != std::string::npos;
    }));
    EXPECT_TRUE(
        host_.wait_for_reading([](const wire::DeviceReadings& from) { return !is_good(from); }));
    plug_in();
    EXPECT_TRUE(host_.wait_for_reading(is_good));
    const auto states = host_.input_states();
    EXPECT_EQ(std::count_if(
                  states.begin(), states.end(),
                  [](const wire::State& state) { return state.state == wire::InputState::down; }),
              1);
}

/// fault 41: back under another name behind the same link
TEST_F(SerialLineTest, AnAdapterThatComesBackIsFoundAgain) {
    plug_in();
    line_with({device(7, 1)});
    ASSERT_TRUE(host_.wait_for_reading(is_good));
    unplug();
    ASSERT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::down;
    }));
    host_.forget();
    plug_in();
    EXPECT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::up;
    }));
    EXPECT_TRUE(host_.wait_for_reading(is_good));
}

/// An adapter that goes while nothing is asked is noticed at once, not at the next poll an hour
/// later.
TEST_F(SerialLineTest, AnIdleLineNoticesThatItsAdapterIsGone) {
    plug_in();
    line_with({device(7, 1, 1h)});
    ASSERT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::up;
    }));
    unplug();
    EXPECT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::down;
    }));
}

/// fault 36
TEST_F(SerialLineTest, ADeadUnitTurnsBadAndTheOthersAreReadOn) {
    plug_in(R"([{"unit": 1, "registers": {"holding:0": {"value": 215}}}])");
    line_with({device(7, 1), device(8, 2)});
    EXPECT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return state.of_device && state.device == 8 && state.state == wire::InputState::down;
    }));
    host_.forget();
    EXPECT_TRUE(host_.wait_for_reading(
        [](const wire::DeviceReadings& from) { return from.device == 7 && is_good(from); }));
}

/// fault 37: half of the answers come after the timeout. Two requests of the same shape go to one
/// unit, so a late answer would fit the other one perfectly.
TEST_F(SerialLineTest, ALateAnswerIsNeverAnothersReading) {
    plug_in(
        R"([{"unit": 1, "registers": {"holding:0": {"value": 111}, "holding:1000": {"value": 222}},
                 "faults": {"late": {"rate": 0.5, "for": "25ms"}}},
                {"unit": 2, "registers": {"holding:0": {"value": 333}}}])");
    DeviceOptions two_requests = device(1, 1, 5ms);
    two_requests.points.push_back(two_requests.points.front());
    two_requests.points.back().number = 1;
    two_requests.points.back().name = "other";
    two_requests.points.back().address = 1000;
    line_with({two_requests, device(2, 2, 5ms)}, 20ms);
    constexpr std::ptrdiff_t enough = 6;
    EXPECT_TRUE(host_.wait_for_readings([](const std::vector<wire::DeviceReadings>& all) {
        return std::count_if(all.begin(), all.end(), [](const wire::DeviceReadings& from) {
                   return from.device == 1 && is_good(from);
               }) >= enough;
    }));
    for (const wire::DeviceReadings& from : host_.readings()) {
        for (const wire::Reading& reading : from.readings) {
            if (reading.bad) continue;
            const double expected = from.device == 2 ? 333 : reading.point == 0 ? 111 : 222;
            EXPECT_EQ(as_number(reading.value), expected)
                << "device " << from.device << " point " << reading.point;
        }
    }
}

TEST_F(SerialLineTest, AWriteReachesTheDevice) {
    plug_in();
    SerialLine& line = line_with({device(7, 1)});
    ASSERT_TRUE(host_.wait_for_reading(is_good));
    wire::Command command;
    command.number = 17;
    command.kind = wire::CommandKind::write;
    command.device = 7;
    command.expires = std::chrono::steady_clock::now() + 20s;
    command.points = {{0, "", Value(std::int64_t{99})}};
    line.submit(key, command);
    ASSERT_TRUE(host_.wait_for_outcome());
    EXPECT_EQ(host_.outcomes().front().number, 17U);
    EXPECT_EQ(host_.outcomes().front().status, wire::OutcomeStatus::done)
        << host_.outcomes().front().reason;
    EXPECT_TRUE(host_.wait_for_reading([](const wire::DeviceReadings& from) {
        return is_good(from) && as_number(from.readings.front().value) == 99.0;
    }));
}

TEST_F(SerialLineTest, TheLastInputLeavesAtOnceAlsoInTheMiddleOfALongWait) {
    plug_in(R"([{"unit": 1, "registers": {"holding:0": {}}, "faults": {"silent": 1}}])");
    SerialLine& line = line_with({device(7, 1)}, 60s);
    ASSERT_TRUE(host_.wait_for_state([](const wire::State& state) {
        return !state.of_device && state.state == wire::InputState::up;
    }));
    EXPECT_TRUE(line.leave(key, std::chrono::steady_clock::now() + 5s));
    const std::size_t told = host_.told();
    line_.reset();
    EXPECT_EQ(host_.told(), told) << "nothing is told after leave has returned";
    for (const wire::State& state : host_.input_states())
        EXPECT_NE(state.state, wire::InputState::down) << state.reason;
}

TEST_F(SerialLineTest, InputsShareALineAndOneMayLeave) {
    plug_in();
    FakeHost other;
    SerialLine& line = line_with({device(7, 1)});
    line.join(5, other.host(), {device(9, 1)});
    ASSERT_TRUE(host_.wait_for_reading(is_good));
    ASSERT_TRUE(other.wait_for_reading(is_good));
    EXPECT_TRUE(line.leave(5, std::chrono::steady_clock::now() + 20s));
    host_.forget();
    EXPECT_TRUE(host_.wait_for_reading(is_good));
}

}  // namespace
}  // namespace fieldway::modbus
