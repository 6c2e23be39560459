// A program run by an exec input, and the gateway that hears of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "exec/exec_options.h"
#include "exec/exec_plugin.h"
#include "plugin_api/sdk.h"
#include "support/recording_plugin_host.h"

namespace fieldway::exec::test {

using namespace std::chrono_literals;

using fieldway::test::patience;
using fieldway::test::RecordingPluginHost;

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
        input = plugin.start(gateway.sdk(), settings).value();
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

    RecordingPluginHost gateway;  // outlives the plugin
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
