// Plugins as configuration sees them: tables and nothing else.
#pragma once

#include <map>
#include <string>

#include "config/loader.h"
#include "plugin_api/options.h"

namespace fieldway::config::testing {

/// `modbus` and `exec`, like the real ones in shape.
std::map<std::string, PluginTables> stub_plugins();

/// With those plugins, a plugin `broken` that was refused, the variables BROKER_PASSWORD, PORT and
/// DOLLAR, and an expression check that refuses what has a `(` without `)`.
LoaderContext stub_context();

}  // namespace fieldway::config::testing
