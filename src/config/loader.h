// From a file to the typed configuration, with every error at once.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/gateway_config.h"
#include "config/mark_map.h"
#include "config/profile_use.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// What the loader needs to know of the world, handed in so that a test owns it.
struct LoaderContext {
    /// The tables of the plugins that were found, by name.
    std::map<std::string, PluginTables> plugins;
    /// Plugins that were found and refused, and why: an input that names one is told the reason.
    std::map<std::string, std::string> refused_plugins;
    /// The environment variable's value, or nothing.
    Environment environment;
    /// Defaults of gateway.state_dir, control_socket and plugin_dirs; profile_dirs are looked into
    /// after those of the file.
    GatewayOptions defaults;
    ExpressionCheck check_expression;
    /// profile::Library::merge; without it a device has what its own entry says. It must live as
    /// long as the load.
    MergeProfile merge_profile;
};

struct Loaded {
    GatewayConfig config;                 ///< meaningful only when usable()
    std::vector<Diagnostic> diagnostics;  ///< sorted by place
    MarkMap marks;
    std::vector<std::filesystem::path> files;  ///< all that were read, the first the one named

    /// No diagnostic is an error.
    [[nodiscard]] bool ok() const { return without_errors(diagnostics); }
    /// The gateway can run, with all inputs and uplinks but those that a diagnostic names.
    [[nodiscard]] bool usable() const { return without_errors_of_all(diagnostics); }
};

/// Reads the file and what it includes. Touches nothing else but the modes of secret files (who may
/// read them) and whether a CA file is there.
Loaded load(const std::filesystem::path& file, const LoaderContext& context);

/// As load(), the first file's text given: for tests and fuzzers.
Loaded load_text(const std::filesystem::path& file, const std::string& text,
                 const LoaderContext& context);

/// What one input's plugin is told; its devices in the order of the configuration.
/// `number_of` gives each device's number.
InputSettings settings_of(const GatewayConfig& config, const InputOptions& input,
                          const std::function<std::uint32_t(const DeviceId&)>& number_of);

/// JSON Schema (2020-12) of the whole file, plugins' options included.
boost::json::value json_schema(const std::map<std::string, PluginTables>& plugins);
/// docs/configuration.md: every option with type, unit, default, limits and meaning.
std::string reference_page(const std::map<std::string, PluginTables>& plugins);
/// A section of that page, of options that stand elsewhere.
std::string reference_section(const std::string& heading, const std::string& sentence,
                              const OptionTable& table);

}  // namespace fieldway::config
