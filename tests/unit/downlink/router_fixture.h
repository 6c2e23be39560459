// A device with commands, and downlinks to it.
#pragma once

#include <string>
#include <utility>

#include "config/gateway_config.h"
#include "downlink/device_router.h"

namespace fieldway::downlink::test {

inline config::PointOptions point(std::string name, bool writable = true) {
    config::PointOptions options;
    options.name = std::move(name);
    options.writable = writable;
    return options;
}

/// Points setpoint (scale 0.5, 5 to 30), mode (off, on), limit, and temp, which is read alone.
/// `commands` writes setpoint and mode, `config` limit, `quiet` setpoint without a reply.
inline config::DeviceOptions device() {
    config::DeviceOptions device{.id = DeviceId::parse("A1").value(),
                                 .uplink = "broker",
                                 .input = "hall",
                                 .points = {},
                                 .messages = {},
                                 .commands = {},
                                 .input_device = {}};
    config::PointOptions setpoint = point("setpoint");
    setpoint.scale = 0.5;
    setpoint.min = 5;
    setpoint.max = 30;
    config::PointOptions mode = point("mode");
    mode.enumeration = {{0, "off"}, {1, "on"}};
    device.points = {setpoint, mode, point("limit"), point("temp", false)};
    using std::chrono::seconds;
    device.commands = {{"commands", {"setpoint", "mode"}, "ack", seconds(30), false},
                       {"config", {"limit"}, "ack", seconds(30), true},
                       {"quiet", {"setpoint"}, "", seconds(30), false}};
    return device;
}

inline Downlink downlink(const std::string& payload, const std::string& subtopic,
                         const Timestamp& now) {
    Downlink downlink{.uplink = "broker",
                      .device = DeviceId::parse("A1").value(),
                      .subtopic = subtopic,
                      .payload = payload,
                      .bytes = payload.size(),
                      .correlation = {},
                      .again = false,
                      .retained = false,
                      .arrived = now.monotonic};
    return downlink;
}

/// What the device read back of a write.
inline CommandOutcome confirmed(const std::vector<PointValue>& points) {
    CommandOutcome outcome;
    for (const PointValue& point : points)
        outcome.readings.push_back({point.point, "", point.value, false, {}});
    return outcome;
}

inline CommandOutcome ended_as(CommandOutcome::Status status, std::string reason) {
    CommandOutcome outcome;
    outcome.status = status;
    outcome.reason = std::move(reason);
    return outcome;
}

}  // namespace fieldway::downlink::test
