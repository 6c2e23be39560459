// What the platform may write to a device: which downlinks are commands, and where their outcome
// goes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/point_options.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// The member of a command that names it; so no point that is written can have the name.
inline constexpr std::string_view command_id_key = "id";

struct CommandOptions {
    std::string subtopic;             ///< of the downlink; "" is the device's downlink topic itself
    std::vector<std::string> points;  ///< that it may write; never empty: all writable ones, else
    std::string reply;                ///< uplink subtopic of the outcome; empty: none is sent
    Duration expires{};               ///< from arrival until it must have begun
    /// It is pushed again and again (at each connect): applied once by its content.
    bool configuration = false;

    friend bool operator==(const CommandOptions&, const CommandOptions&) = default;
};

OptionTable command_table();

/// The typed `commands` of a checked device, whose points are given.
std::vector<CommandOptions> make_commands(const CheckedMap& device,
                                          const std::vector<PointOptions>& points,
                                          Diagnostics& diagnostics);

}  // namespace fieldway::config
