// What a configuration may say to the example plugin: the tables, and the structs that they fill.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "example/waveform.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::example {

PluginTables tables();

struct ExamplePoint {
    std::uint32_t number = 0;
    Waveform waveform;
    Duration every{};  ///< zero: read on request alone
    bool writable = false;
};

struct ExampleDevice {
    std::uint32_t number = 0;
    bool broken = false;
    std::vector<ExamplePoint> points;
};

/// The settings have been checked against the tables, so nothing here can fail.
std::vector<ExampleDevice> devices_of(const InputSettings& settings);

/// What the tables cannot say.
std::vector<Problem> check(const InputSettings& settings);

}  // namespace fieldway::example
