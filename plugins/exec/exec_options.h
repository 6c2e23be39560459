// The options of an exec input, and the struct that they fill.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::exec {

PluginTables exec_tables();

struct ExecOptions {
    std::vector<std::string> command;  ///< the program, then its arguments
    std::string directory;             ///< where it runs
    std::vector<std::pair<std::string, std::string>> environment;  ///< beside the clean one
    Duration silence{};  ///< zero: it may be silent for ever
    Duration restart_wait{};
    Duration restart_wait_most{};
};

/// From checked JSON.
ExecOptions exec_options(const boost::json::object& options);
/// The key of a device, `address: { key: c }`.
std::string key_of(const InputDevice& device);

/// What the tables cannot see: all problems of a configuration at once, touching nothing.
std::vector<Problem> check_exec(const InputSettings& settings);

/// The program's whole environment, as NAME=value: a path, a language, and what `environment:`
/// adds. Nothing of the gateway's own: that is where secrets are.
std::vector<std::string> environment_of(const ExecOptions& options);

}  // namespace fieldway::exec
