// A device: an identity at the platform, with an address at an input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/checker.h"
#include "config/command_options.h"
#include "config/diagnostic.h"
#include "config/message_options.h"
#include "config/point_options.h"
#include "flow/device_id.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::config {

enum class WhenBad : std::uint8_t { once, null, skip };
enum class TimestampFormat : std::uint8_t { rfc3339, unix_ms, unix_s, none };

struct DeviceOptions {
    DeviceId id;
    std::string uplink;
    std::string input;
    Duration every{};
    WhenBad when_bad = WhenBad::once;
    std::string timestamp_key = "timestamp";
    TimestampFormat timestamp_format = TimestampFormat::rfc3339;
    std::vector<PointOptions> points;
    std::vector<MessageOptions>
        messages;  ///< never empty: without any, one with each poll and all points
    std::vector<CommandOptions> commands;  ///< by subtopic, each once
    /// What the plugin gets: address, its own options of device and points. `number` is 0 here; app
    /// gives it.
    InputDevice input_device;

    friend bool operator==(const DeviceOptions&, const DeviceOptions&) = default;
};

/// The keys of every device; `address` and `points` hold those of the plugin too.
OptionTable device_table(const PluginTables& of_plugin);

/// The typed device of a checked entry, and what can be said of it alone: its id, names of points
/// and messages.
DeviceOptions make_device(const CheckedMap& checked, const PluginTables& of_plugin,
                          const ExpressionCheck& check_expression, Diagnostics& diagnostics);

}  // namespace fieldway::config
