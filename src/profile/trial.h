// A profile as a device of its own: what its test asks the plugin and compares with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "config/device_options.h"
#include "config/diagnostic.h"
#include "config/mark_map.h"
#include "config/node.h"
#include "plugin_api/input_config.h"
#include "plugin_api/options.h"
#include "profile/library.h"

namespace fieldway::profile {

/// A value as an example expects it: of a point, after mapping.
struct Expected {
    std::string point;
    const config::Node* value = nullptr;  ///< lives as long as the profile
};

struct Example {
    config::Place place;
    boost::json::object data;  ///< for the plugin's decoder; scalars are the texts of the file
    const config::Node* node = nullptr;
    std::vector<Expected> values;
};

/// Thread: any, one at a time.
class Trial {
  public:
    /// What the profile gives is checked as a device's entry is; what only an operator can give (a
    /// url, an address) has a stand-in. What is wrong goes to `diagnostics`.
    Trial(const Profile& profile, const PluginTables& of_plugin,
          const config::ExpressionCheck& check_expression, config::Diagnostics& diagnostics);

    [[nodiscard]] const std::vector<config::PointOptions>& points() const { return points_; }
    /// Nothing is wrong but, perhaps, with its examples: no stand-in took the place of what was
    /// refused, so the plugin can be asked.
    [[nodiscard]] bool sound() const { return sound_; }
    [[nodiscard]] const std::vector<Example>& examples() const { return examples_; }
    /// What the plugin is told: the device alone at an input.
    [[nodiscard]] const InputSettings& settings() const { return settings_; }
    /// The same with those points only, as they are numbered among all.
    [[nodiscard]] InputSettings settings_of(const Example& example) const;

    /// The place in the profile that a JSON pointer into settings() leads to, or nothing when it
    /// leads to a stand-in.
    [[nodiscard]] std::optional<config::Mark> mark_of(std::string_view pointer) const;
    /// The place of a JSON pointer into an example's data.
    [[nodiscard]] static config::Place place_of(const Example& example, std::string_view pointer);
    [[nodiscard]] config::Place place_of_point(const std::string& name) const;

  private:
    void read_device(const config::ExpressionCheck& check_expression);
    void read_examples();
    void read_values(const config::Node& values, Example& example);
    void check_coverage();

    const Profile& profile_;
    const PluginTables& of_plugin_;
    config::Diagnostics& diagnostics_;
    std::vector<config::PointOptions> points_;
    InputSettings settings_;
    config::MarkMap marks_;
    std::vector<Example> examples_;
    bool sound_ = false;
};

/// A node as JSON whose scalars are the texts of the file: 0001 in hexadecimal must not become the
/// number one.
boost::json::value as_texts(const config::Node& node);

/// Whether a mapped value, as JSON text, is the one that an example expects.
bool is_expected(const config::Node& expected, const std::string& json_text);

}  // namespace fieldway::profile
