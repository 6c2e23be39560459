// The gateway's side of the border, for tests: remembers what it is told, and waits for it without
// sleeping.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "exec/exec_options.h"
#include "exec/exec_plugin.h"
#include "plugin_api/sdk.h"

namespace fieldway::exec::test {

using namespace std::chrono_literals;

/// Longer than anything here takes on a busy machine under a sanitizer; a test that meets it has
/// failed.
inline constexpr Duration patience = 60s;

class FakeGateway {
  public:
    FakeGateway() {
        host_.size = sizeof host_;
        host_.abi_version = FIELDWAY_ABI_VERSION;
        host_.context = this;
        host_.emit = [](void* self, std::uint64_t, fieldway_bytes bytes, std::uint64_t token) {
            return static_cast<FakeGateway*>(self)->emit(view(bytes), token);
        };
        host_.state = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<FakeGateway*>(self)->change([&](FakeGateway& my) {
                const auto state = wire::decode_state(view(bytes)).value();
                (state.of_device ? my.device_states : my.states).push_back(state);
            });
        };
        host_.answer = [](void* self, std::uint64_t, fieldway_bytes bytes) {
            static_cast<FakeGateway*>(self)->change([&](FakeGateway& my) {
                my.outcomes.push_back(wire::decode_outcome(view(bytes)).value());
            });
        };
        host_.log = [](void* self, std::uint64_t, std::int32_t, fieldway_bytes sentence) {
            static_cast<FakeGateway*>(self)->change(
                [&](FakeGateway& my) { my.sentences.emplace_back(as_text(view(sentence))); });
        };
        host_.monotonic_ns = [](void*) -> std::int64_t {
            return SystemClock().monotonic().time_since_epoch().count();
        };
        host_.wall_ms = [](void*) -> std::int64_t {
            return SystemClock().wall().time_since_epoch().count();
        };
    }

    sdk::Host host() { return {&host_, 1}; }

    /// Whether `claim` of this gateway came true in time; its members are safe to read inside.
    template <class Claim>
    bool comes_true(Claim claim) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return claim(*this); });
    }
    template <class Change>
    void change(Change with) {
        const std::lock_guard lock(mutex_);
        with(*this);
        changed_.notify_all();
    }

    // Guarded by mutex_: read them in comes_true() or change(), or when the input has stopped.
    bool full = false;
    std::uint64_t refusals = 0;  ///< emits answered FULL
    std::vector<wire::DeviceReadings> readings;
    std::vector<std::uint64_t> tokens;  ///< those that ask for acceptance
    std::vector<wire::State> states;
    std::vector<wire::State> device_states;
    std::vector<wire::Outcome> outcomes;
    std::vector<std::string> sentences;

    [[nodiscard]] bool said(std::string_view part) const {
        for (const std::string& sentence : sentences) {
            if (sentence.find(part) != std::string::npos) return true;
        }
        return false;
    }
    [[nodiscard]] bool is(wire::InputState state) const {
        return !states.empty() && states.back().state == state;
    }
    [[nodiscard]] std::size_t times(wire::InputState state) const {
        std::size_t count = 0;
        for (const wire::State& each : states)
            count += each.state == state ? 1 : 0;
        return count;
    }
    /// Every integer value that came, in order.
    [[nodiscard]] std::vector<std::int64_t> numbers() const {
        std::vector<std::int64_t> all;
        for (const auto& batch : readings) {
            for (const auto& reading : batch.readings) {
                if (const auto* number = std::get_if<std::int64_t>(&reading.value))
                    all.push_back(*number);
            }
        }
        return all;
    }

  private:
    static ByteView view(fieldway_bytes bytes) {
        return {static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)};
    }
    std::int32_t emit(ByteView bytes, std::uint64_t token) {
        std::int32_t answer = FIELDWAY_OK;
        change([&](FakeGateway& my) {
            if (my.full) {
                ++my.refusals;
                answer = FIELDWAY_FULL;
                return;
            }
            for (auto& each : wire::decode_readings(bytes).value())
                my.readings.push_back(std::move(each));
            if (token != 0) my.tokens.push_back(token);
        });
        return answer;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    fieldway_host host_{};
};

/// Device 7 has the key c and the declared point n; device 8 the key d and none.
inline InputSettings settings_of(const boost::json::array& command,
                                 const boost::json::object& more = {}) {
    InputSettings made;
    made.name = "script";
    for (const Option& each : exec_tables().input)
        made.options[each.name] = each.preset;
    made.options["command"] = command;
    made.options["restart_wait"] = std::chrono::nanoseconds(1ms).count();
    made.options["restart_wait_most"] = std::chrono::nanoseconds(5ms).count();
    for (const auto& entry : more)
        made.options[entry.key()] = entry.value();
    InputDevice first;
    first.number = 7;
    first.id = "C";
    first.address = {{"key", "c"}};
    InputPoint point;
    point.name = "n";
    first.points.push_back(point);
    InputDevice second;
    second.number = 8;
    second.id = "D";
    second.address = {{"key", "d"}};
    made.devices = {first, second};
    return made;
}

/// A gateway with one running input, stopped at the end of the test.
struct Running {
    explicit Running(const boost::json::array& command, const boost::json::object& more = {})
        : settings(settings_of(command, more)) {
        input = std::move(plugin.start(gateway.host(), settings).value());
    }
    ~Running() { stop(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    bool stop() {
        if (!input) return true;
        const bool ended = input->stop(SystemClock().monotonic() + patience);
        EXPECT_TRUE(ended);
        input.reset();
        return ended;
    }
    static wire::Command write(std::uint64_t number, Duration within = patience) {
        wire::Command command;
        command.number = number;
        command.kind = wire::CommandKind::write;
        command.device = 7;
        command.expires = SystemClock().monotonic() + within;
        command.points = {{0, "", Value(true)}};
        return command;
    }

    FakeGateway gateway;  // outlives the plugin
    InputSettings settings;
    ExecPlugin plugin;
    std::unique_ptr<sdk::Input> input;
};

inline boost::json::array shell(const std::string& script) {
    return {"sh", "-c", script};
}
inline boost::json::array python(const std::string& script) {
    return {"python3", "-c", script};
}

}  // namespace fieldway::exec::test
