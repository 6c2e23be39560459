#include "app/profile_verdict.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/decoded_value.h"
#include "base/value.h"
#include "input/decoder.h"
#include "input/host.h"
#include "mapping/mapper.h"
#include "mapping/point_map.h"
#include "plugin_api/input_config.h"
#include "profile/trial.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

/// The kind of a plugin's decoder that profiles are tested with: modbus-example.
std::string example_kind(const std::string& plugin) {
    return plugin + "-example";
}

std::string text_of(const json::object& line, const char* key) {
    const json::value* text = line.if_contains(key);
    return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

class ProfileTest {
  public:
    ProfileTest(const profile::Profile& profile, const input::PluginLibrary& plugin,
                config::Diagnostics& diagnostics)
        : profile_(profile),
          plugin_(plugin),
          diagnostics_(diagnostics),
          trial_(profile, plugin.tables, expression_check(), diagnostics) {}

    void run(ProfileVerdict& verdict) {
        verdict.points = trial_.points().size();
        verdict.examples = trial_.examples().size();
        if (!input::decodes(plugin_, example_kind(plugin_.name))) {
            diagnostics_.error(place_of("plugin"), "the plugin " + plugin_.name +
                                                       " cannot decode examples; its "
                                                       "profiles cannot be tested yet");
            return;
        }
        if (!trial_.sound()) return;
        make_maps();
        ask_plugin();
        for (const profile::Example& example : trial_.examples())
            verdict.values += run(example);
    }

  private:
    [[nodiscard]] config::Place place_of(const char* key) const {
        const config::Node* node = profile_.root.value_of(key);
        return node == nullptr ? profile_.root.place : node->place;
    }

    void make_maps() {
        for (const auto& point : trial_.points()) {
            auto map = mapping::PointMap::make(point);
            if (map) maps_.emplace(point.name, std::move(*map));  // else the trial has said it
        }
    }

    /// The plugin's own check; what it says of a stand-in is nobody's fault.
    void ask_plugin() {
        const input::Checked checked =
            input::check_input(plugin_, trial_.settings(), input::HostDeadlines().check);
        for (const Problem& problem : checked.problems) {
            const auto mark = trial_.mark_of(problem.pointer);
            if (!mark) continue;
            const config::Place place{&mark->file, mark->line, mark->column};
            if (problem.warning) {
                diagnostics_.warning(place, problem.sentence);
            } else {
                diagnostics_.error(place, problem.sentence);
            }
        }
    }

    std::size_t run(const profile::Example& example) {
        const auto lines = input::decode(
            plugin_, {example_kind(plugin_.name), to_json_text(trial_.settings_of(example)),
                      json::serialize(example.data)});
        if (!lines) {
            diagnostics_.error(example.place, lines.error().sentence());
            return 0;
        }
        std::map<std::string, json::object> by_point;
        std::istringstream text(*lines);
        for (std::string line; std::getline(text, line);) {
            boost::system::error_code malformed;
            const json::value parsed = json::parse(line, malformed);
            if (malformed || !parsed.is_object()) continue;
            const json::object& object = parsed.get_object();
            if (const json::value* pointer = object.if_contains("pointer")) {
                diagnostics_.error(profile::Trial::place_of(example, pointer->as_string()),
                                   text_of(object, "error"));
            } else {
                by_point.insert_or_assign(text_of(object, "point"), object);
            }
        }
        for (const profile::Expected& expected : example.values)
            compare(expected, by_point[expected.point]);
        return example.values.size();
    }

    void compare(const profile::Expected& expected, const json::object& decoded) {
        const config::Place place = expected.value->place;
        const auto map = maps_.find(expected.point);
        if (map == maps_.end()) return;
        if (!decoded.contains("value")) {
            const std::string why = text_of(decoded, "error");
            diagnostics_.error(place, expected.point + " cannot be decoded: " +
                                          (why.empty() ? "the decoder does not name it" : why));
            return;
        }
        const std::string text = fieldway::to_json_text(map->second.map(decoded_value(decoded)));
        if (profile::is_expected(*expected.value, text)) return;
        const std::string wanted =
            expected.value->kind == config::Node::Kind::null ? "null" : expected.value->shown();
        diagnostics_.error(place, expected.point + " is " + text +
                                      " as the profile decodes it, and " + wanted +
                                      " by the example: correct the point, line " +
                                      std::to_string(trial_.place_of_point(expected.point).line) +
                                      ", or the example");
    }

    const profile::Profile& profile_;
    const input::PluginLibrary& plugin_;
    config::Diagnostics& diagnostics_;
    profile::Trial trial_;
    std::map<std::string, mapping::PointMap> maps_;
};

/// The plugin that the profile names, or null with the reason told.
const input::PluginLibrary* plugin_of(const profile::Profile& profile,
                                      const std::vector<input::PluginLibrary>& plugins,
                                      config::Diagnostics& diagnostics) {
    if (profile.plugin.empty()) return nullptr;  // told with the header
    const input::PluginLibrary* plugin = find_plugin(plugins, profile.plugin);
    if (plugin != nullptr && plugin->api != nullptr) return plugin;
    const config::Node* named = profile.root.value_of("plugin");
    std::vector<std::string> known;
    for (const auto& other : plugins)
        known.push_back(other.name);
    diagnostics.error(named == nullptr ? profile.root.place : named->place,
                      plugin != nullptr
                          ? "the plugin " + profile.plugin + " was refused: " + plugin->refused
                          : "there is no plugin " + config::shown_text(profile.plugin) +
                                config::hint_of(profile.plugin, known));
    return nullptr;
}

}  // namespace

ProfileVerdict test_profile(const profile::Profile& profile,
                            const std::vector<input::PluginLibrary>& plugins,
                            config::Diagnostics diagnostics) {
    ProfileVerdict verdict;
    if (const auto* plugin = plugin_of(profile, plugins, diagnostics)) {
        ProfileTest(profile, *plugin, diagnostics).run(verdict);
    }
    verdict.diagnostics = diagnostics.take_sorted();
    return verdict;
}

}  // namespace fieldway::app
