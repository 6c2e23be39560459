// Devices for the tests of app/, without a configuration file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/device_table.h"
#include "config/gateway_config.h"
#include "flow/device_id.h"

namespace fieldway::app {

inline config::PointOptions test_point(std::string name) {
    config::PointOptions point;
    point.name = std::move(name);
    point.every = std::chrono::seconds(1);
    return point;
}

/// Device `id` at input `hall` and uplink `broker`: temp (scale 0.1, writable) and level, a message
/// with each poll.
inline config::DeviceOptions test_device(const std::string& id) {
    config::DeviceOptions device{.id = DeviceId::parse(id).value(),
                                 .uplink = "broker",
                                 .input = "hall",
                                 .points = {},
                                 .messages = {},
                                 .commands = {},
                                 .input_device = {}};
    device.every = std::chrono::seconds(1);
    config::PointOptions temp = test_point("temp");
    temp.scale = 0.1;
    temp.writable = true;
    temp.min = 5;
    temp.max = 30;
    device.points = {temp, test_point("level")};
    device.messages = {config::MessageOptions{}};
    return device;
}

inline DeviceTable test_table(const std::vector<config::DeviceOptions>& devices) {
    return DeviceTable::make(devices, WallTime{}).value();
}

}  // namespace fieldway::app
