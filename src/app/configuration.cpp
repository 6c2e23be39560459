#include "app/configuration.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <system_error>

#include "app/verbs.h"
#include "mapping/mapper.h"

namespace fieldway::app {

namespace {

std::optional<std::string> environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

std::filesystem::path folder_of_program() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

/// systemd hands several directories over with colons between; the first is ours.
std::filesystem::path first_of(const std::string& directories) {
    return directories.substr(0, directories.find(':'));
}

std::vector<std::filesystem::path> default_plugin_dirs() {
    if (const auto named = environment("FIELDWAY_PLUGIN_DIR")) return {*named};
    const std::filesystem::path beside = folder_of_program() / "plugins";
    std::error_code ignored;
    if (std::filesystem::is_directory(beside, ignored)) return {beside};
    return {FIELDWAY_INSTALLED_PLUGINS};
}

/// Device numbers do not matter to a check: the place in the file's list will do.
InputSettings settings_to_check(const config::GatewayConfig& config,
                                const config::InputOptions& input) {
    std::uint32_t next = 0;
    return config::settings_of(config, input, [&](const DeviceId&) { return ++next; });
}

void check_inputs(Configuration& configuration) {
    config::Loaded& loaded = configuration.loaded;
    const Duration deadline = input::HostDeadlines().check;
    for (const config::InputOptions& input : loaded.config.inputs) {
        const input::PluginLibrary* plugin = find_plugin(configuration.plugins, input.plugin);
        if (plugin == nullptr || plugin->api == nullptr) continue;
        const InputSettings settings = settings_to_check(loaded.config, input);
        input::Checked checked = input::check_input(*plugin, settings, deadline);
        for (const Problem& problem : checked.problems) {
            loaded.diagnostics.push_back({loaded.marks.find(input.name, problem.pointer),
                                          problem.sentence, problem.warning});
        }
        configuration.plans.push_back({input.name, std::move(checked.plan)});
    }
    std::stable_sort(loaded.diagnostics.begin(), loaded.diagnostics.end(),
                     [](const auto& a, const auto& b) { return a.mark < b.mark; });
}

}  // namespace

std::filesystem::path default_config_file() {
    return FIELDWAY_INSTALLED_CONFIG;
}

config::GatewayOptions default_places() {
    config::GatewayOptions places;
    places.state_dir = first_of(environment("STATE_DIRECTORY").value_or("/var/lib/fieldway"));
    places.control_socket =
        first_of(environment("RUNTIME_DIRECTORY").value_or("/run/fieldway")) / "control.sock";
    places.plugin_dirs = default_plugin_dirs();
    return places;
}

const input::PluginLibrary* find_plugin(const std::vector<input::PluginLibrary>& plugins,
                                        const std::string& name) {
    const auto found = std::find_if(plugins.begin(), plugins.end(),
                                    [&](const auto& plugin) { return plugin.name == name; });
    return found == plugins.end() ? nullptr : &*found;
}

config::LoaderContext loader_context(const std::vector<input::PluginLibrary>& plugins) {
    config::LoaderContext context;
    context.environment = environment;
    context.defaults = default_places();
    context.check_expression = mapping::check_expression;
    for (const input::PluginLibrary& plugin : plugins) {
        if (plugin.api != nullptr) {
            context.plugins.emplace(plugin.name, plugin.tables);
        } else {
            context.refused_plugins.emplace(plugin.name, plugin.refused);
        }
    }
    return context;
}

config::GatewayOptions places_of(const std::filesystem::path& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return default_places();
    return config::load(file, loader_context({})).config.gateway;
}

std::vector<input::PluginLibrary> find_plugins_for(const std::filesystem::path& file) {
    if (const auto named = config::plugin_dir_of(file, environment)) {
        return input::find_plugins({*named});
    }
    return input::find_plugins(default_plugin_dirs());
}

Configuration load_configuration(const std::filesystem::path& file) {
    Configuration configuration;
    // The file names the folder of the plugins, and the plugins' tables are needed to read the
    // file: twice, then.
    configuration.plugins = find_plugins_for(file);
    configuration.loaded = config::load(file, loader_context(configuration.plugins));
    if (configuration.loaded.ok()) check_inputs(configuration);
    return configuration;
}

bool print_diagnostics(const config::Loaded& loaded) {
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        std::cerr << config::to_text(diagnostic) << '\n';
    }
    return loaded.ok();
}

}  // namespace fieldway::app
