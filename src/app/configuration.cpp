#include "app/configuration.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "app/bus_load.h"
#include "app/verbs.h"
#include "input/start_marker.h"
#include "mapping/mapper.h"
#include "profile/library.h"

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

/// From the build tree, then from the program's own place, so that an installation can be moved.
std::filesystem::path beside_program(const char* in_build_tree, const char* from_program,
                                     const char* installed) {
    for (const char* place : {in_build_tree, from_program}) {
        const auto folder = (folder_of_program() / place).lexically_normal();
        std::error_code ignored;
        if (std::filesystem::is_directory(folder, ignored)) return folder;
    }
    return installed;
}

std::vector<std::filesystem::path> default_plugin_dirs() {
    if (const auto named = environment("FIELDWAY_PLUGIN_DIR")) return {*named};
    return {beside_program("plugins", FIELDWAY_PLUGINS_FROM_PROGRAM, FIELDWAY_INSTALLED_PLUGINS)};
}

std::filesystem::path shipped_profiles() {
    const auto folder =
        beside_program("profiles", FIELDWAY_PROFILES_FROM_PROGRAM, FIELDWAY_INSTALLED_PROFILES);
    // In the build tree it is a link: diagnostics name the file that is to be corrected.
    std::error_code failure;
    auto real = std::filesystem::canonical(folder, failure);
    return failure ? folder : real;
}

/// Device numbers do not matter to a check: the place in the file's list will do.
InputSettings settings_to_check(const config::GatewayConfig& config,
                                const config::InputOptions& input) {
    std::uint32_t next = 0;
    return config::settings_of(config, input, [&](const DeviceId&) { return ++next; });
}

/// A plugin asked about its inputs, one after the other.
class InputChecks {
  public:
    InputChecks(Configuration& configuration, Purpose purpose)
        : configuration_(configuration),
          loaded_(configuration.loaded),
          marker_(purpose == Purpose::run
                      ? configuration.loaded.config.gateway.state_dir / "plugin-checks"
                      : std::filesystem::path()) {}

    void run() {
        note_faulty_entries();
        for (const config::InputOptions& input : loaded_.config.inputs) {
            const input::PluginLibrary* plugin = find_plugin(configuration_.plugins, input.plugin);
            if (plugin == nullptr || plugin->api == nullptr) continue;  // the loader has said it
            if (faulty_.contains({input.name, ""})) continue;
            take(input, checked(*plugin, input));
        }
    }

  private:
    using Entry = config::MarkMap::Entry;

    /// Where the loader found an error, stand-ins took the place of what was refused: what a plugin
    /// says of such an entry may be about them.
    void note_faulty_entries() {
        if (loaded_.ok()) return;
        entries_ = loaded_.marks.entries();
        for (const config::Diagnostic& diagnostic : loaded_.diagnostics) {
            // What is wrong with an uplink says nothing of the devices that stand before it.
            if (!diagnostic.warning && diagnostic.uplink.empty()) note_entries_at(diagnostic.mark);
        }
    }

    /// Several where it is a place in a profile: each device that uses it.
    void note_entries_at(const config::Mark& mark) {
        const auto after = entries_.upper_bound(mark);
        if (after == entries_.begin()) return;
        const auto [first, last] = entries_.equal_range(std::prev(after)->first);
        if (first->first.file != mark.file) return;
        for (auto entry = first; entry != last; ++entry)
            faulty_.insert(entry->second);
    }

    input::Checked checked(const input::PluginLibrary& plugin, const config::InputOptions& input) {
        // One wait for a plugin that hangs, not one for each of its inputs.
        const auto before = broken_.find(plugin.name);
        if (before != broken_.end()) return before->second;
        if (const Result<> allowed = marker_.begin(plugin.name, input.name); !allowed) {
            return {{{"", allowed.error().sentence(), false}}, {}, true};
        }
        const InputSettings settings = settings_to_check(loaded_.config, input);
        input::Checked result = input::check_input(plugin, settings, input::HostDeadlines().check);
        marker_.end(plugin.name, input.name);
        if (result.broken) broken_.emplace(plugin.name, result);
        return result;
    }

    void take(const config::InputOptions& input, input::Checked checked) {
        for (const Problem& problem : checked.problems) {
            if (faulty_.contains(config::MarkMap::entry_of(input.name, problem.pointer))) continue;
            config::Mark mark = loaded_.marks.find(input.name, problem.pointer);
            loaded_.diagnostics.push_back({std::move(mark), problem.sentence, problem.warning,
                                           checked.broken ? input.name : ""});
        }
        configuration_.plans.push_back({input.name, std::move(checked.plan)});
    }

    Configuration& configuration_;
    config::Loaded& loaded_;
    input::StartMarker marker_;
    std::map<std::string, input::Checked> broken_;  ///< by plugin
    std::multimap<config::Mark, Entry> entries_;
    std::set<Entry> faulty_;
};

void check_inputs(Configuration& configuration, Purpose purpose) {
    InputChecks(configuration, purpose).run();
    config::Loaded& loaded = configuration.loaded;
    const auto overloaded = overloaded_buses(loaded.config, loaded.marks, configuration.plans);
    loaded.diagnostics.insert(loaded.diagnostics.end(), overloaded.begin(), overloaded.end());
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
    places.profile_dirs = {shipped_profiles()};
    return places;
}

const input::PluginLibrary* find_plugin(const std::vector<input::PluginLibrary>& plugins,
                                        const std::string& name) {
    const input::PluginLibrary* refused = nullptr;
    for (const input::PluginLibrary& plugin : plugins) {
        if (plugin.name != name) continue;
        if (plugin.api != nullptr) return &plugin;
        refused = &plugin;
    }
    return refused;
}

config::ExpressionCheck expression_check() {
    const auto sentence_of = [](const Result<>& checked) {
        return checked ? std::string() : checked.error().sentence();
    };
    return {[=](std::string_view text) { return sentence_of(mapping::check_expression(text)); },
            [=](std::string_view text) { return sentence_of(mapping::check_inverse(text)); }};
}

config::LoaderContext loader_context(const std::vector<input::PluginLibrary>& plugins) {
    config::LoaderContext context;
    context.environment = environment;
    context.defaults = default_places();
    context.check_expression = expression_check();
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
    return input::find_plugins(places_of(file).plugin_dirs);
}

std::map<std::string, std::string> Configuration::unusable_inputs() const {
    std::map<std::string, std::string> inputs;
    for (const config::Diagnostic& diagnostic : loaded.diagnostics) {
        if (!diagnostic.input.empty()) {
            inputs.emplace(diagnostic.input, config::to_text(diagnostic));
        }
    }
    return inputs;
}

namespace {

/// The file names the plugins and their folder, and the plugins' tables are needed to read the
/// file: it is read twice.
std::vector<input::PluginLibrary> plugins_named_in(const std::filesystem::path& file) {
    const config::GatewayConfig config = config::load(file, loader_context({})).config;
    std::set<std::string> names;
    for (const config::InputOptions& input : config.inputs)
        names.insert(input.plugin);
    return input::find_plugins(config.gateway.plugin_dirs, names);
}

void load(Configuration& configuration, const std::filesystem::path& file,
          std::vector<input::PluginLibrary> plugins) {
    configuration.plugins = std::move(plugins);
    profile::Library profiles;
    config::LoaderContext context = loader_context(configuration.plugins);
    context.merge_profile = [&](const config::ProfileUse& use, config::Diagnostics& diagnostics) {
        return profiles.merge(use, diagnostics);
    };
    configuration.loaded = config::load(file, context);
}

}  // namespace

Configuration load_configuration(const std::filesystem::path& file, Purpose purpose) {
    Configuration configuration;
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown) && !unknown) {
        configuration.loaded.diagnostics = {
            {{file.string(), 0, 0}, "there is no such file; name the configuration with --config"}};
        return configuration;
    }
    if (purpose == Purpose::run) {
        // What no input names costs memory for as long as the gateway runs.
        load(configuration, file, plugins_named_in(file));
    }
    // An error may be about a plugin that was not looked at.
    if (purpose == Purpose::check || !configuration.loaded.ok()) {
        load(configuration, file, find_plugins_for(file));
    }
    check_inputs(configuration, purpose);
    return configuration;
}

void print_diagnostics(const std::vector<config::Diagnostic>& diagnostics) {
    for (const config::Diagnostic& diagnostic : diagnostics) {
        std::cerr << config::to_text(diagnostic) << '\n';
    }
}

}  // namespace fieldway::app
