// The configuration as the program uses it: plugins found, the file loaded against their tables,
// and their own checks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/loader.h"
#include "input/host.h"
#include "input/library.h"

namespace fieldway::app {

/// Where things are unless the configuration says otherwise: the environment of systemd, then the
/// build tree's or the installed places.
config::GatewayOptions default_places();

struct InputPlan {
    std::string input;
    boost::json::object plan;  ///< the plugin's prediction
};

struct Configuration {
    std::vector<input::PluginLibrary> plugins;
    config::Loaded loaded;
    std::vector<InputPlan> plans;

    /// The inputs that cannot run, each with the place and the sentence.
    [[nodiscard]] std::map<std::string, std::string> unusable_inputs() const;
};

/// Whether plugins are asked on the way to running: then a crash in one is remembered in the state
/// folder, and an input that crashed us three times is not asked again.
enum class Purpose : std::uint8_t { check, run };

/// The plugins of the folder that the file names, or of the usual one.
std::vector<input::PluginLibrary> find_plugins_for(const std::filesystem::path& file);

/// Finds the plugins, to run only those that an input names unless something is wrong; loads the
/// file, asks each input's plugin what it thinks of it. Opens no port.
Configuration load_configuration(const std::filesystem::path& file, Purpose purpose);

/// The gateway section alone, for verbs that only need to know where the control socket is.
config::GatewayOptions places_of(const std::filesystem::path& file);

/// Every diagnostic on standard error, one a line.
void print_diagnostics(const std::vector<config::Diagnostic>& diagnostics);

/// The one of that name that can be used, else one that was refused, else null.
const input::PluginLibrary* find_plugin(const std::vector<input::PluginLibrary>& plugins,
                                        const std::string& name);

/// Their tables, as the loader wants them.
/// Expressions are judged by who will use them.
config::ExpressionCheck expression_check();
config::LoaderContext loader_context(const std::vector<input::PluginLibrary>& plugins);

}  // namespace fieldway::app
