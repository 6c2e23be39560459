#include "profile/trial.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "config/checker.h"
#include "config/entry_marks.h"
#include "config/input_options.h"
#include "config/scalar.h"
#include "profile/merge.h"
#include "profile/profile_table.h"

namespace fieldway::profile {

namespace {

namespace json = boost::json;
using config::Node;

constexpr const char* trial_name = "profile";

/// What must be given, and only an operator can: a stand-in takes its place.
OptionTable with_stand_ins(OptionTable table) {
    for (Option& option : table) {
        if (!option.required) continue;
        option.required = false;
        option.preset = config::stand_in(option);
    }
    return table;
}

Node scalar_at(const config::Place& place, std::string text) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.place = place;
    node.text = std::move(text);
    return node;
}

/// The entry of a device that says nothing but which profile it has.
Node bare_device(const config::Place& place) {
    Node device;
    device.kind = Node::Kind::map;
    device.place = place;
    for (const char* key : {"id", "uplink", "input"})
        device.entries.push_back({key, place, scalar_at(place, trial_name)});
    return device;
}

std::optional<double> number_in(const std::string& text) {
    double number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace

json::value as_texts(const Node& node) {
    switch (node.kind) {
        case Node::Kind::null:
            return nullptr;
        case Node::Kind::scalar:
            return json::value(node.text);
        case Node::Kind::list: {
            json::array items;
            for (const Node& item : node.items)
                items.push_back(as_texts(item));
            return items;
        }
        case Node::Kind::map:
            break;
    }
    json::object members;
    for (const Node::Entry& entry : node.entries)
        members[entry.key] = as_texts(entry.value);
    return members;
}

Trial::Trial(const Profile& profile, const PluginTables& of_plugin,
             const config::ExpressionCheck& check_expression, config::Diagnostics& diagnostics)
    : profile_(profile), of_plugin_(of_plugin), diagnostics_(diagnostics) {
    read_device(check_expression);
    sound_ = diagnostics_.empty();
    read_examples();
    check_coverage();
}

void Trial::read_device(const config::ExpressionCheck& check_expression) {
    PluginTables tables = of_plugin_;
    tables.address = with_stand_ins(tables.address);
    const Node entry =
        merged(bare_device(profile_.root.place), profile_, of_plugin_.point, diagnostics_);
    const config::CheckedMap checked =
        config::check_map(config::device_table(tables), entry, "a profile",
                          config::UnknownKeys::refused, diagnostics_);
    config::DeviceOptions device =
        config::make_device(checked, tables, check_expression, diagnostics_);
    config::mark_device(marks_, trial_name, 0, entry, tables);

    static const Node no_line;
    const Node* line = profile_.root.value_of("line");
    const OptionTable of_input = with_stand_ins(of_plugin_.input);
    settings_.name = trial_name;
    settings_.options = config::check_map(of_input, line == nullptr ? no_line : *line, "line",
                                          config::UnknownKeys::refused, diagnostics_)
                            .values;
    settings_.devices.push_back(std::move(device.input_device));
    points_ = std::move(device.points);
}

void Trial::read_examples() {
    const Node* list = profile_.root.value_of("examples");
    if (list == nullptr) return;  // told with the header
    for (const Node& node : list->items) {
        const OptionTable own = example_table();
        const Node* values = node.value_of("values");
        if (node.kind != Node::Kind::map || values == nullptr) continue;  // told with the header
        Example& example = examples_.emplace_back();
        example.place = node.place;
        example.node = &node;
        for (const Node::Entry& entry : node.entries) {
            if (config::find_option(own, entry.key) != nullptr) continue;
            example.data[entry.key] = as_texts(entry.value);
        }
        read_values(*values, example);
    }
}

void Trial::read_values(const Node& values, Example& example) {
    if (values.kind != Node::Kind::map || values.entries.empty()) {
        diagnostics_.error(values.place,
                           "values must be a mapping of points and what they are in the example, "
                           "such as { voltage: 230.2 }");
        return;
    }
    std::vector<std::string> known;
    for (const auto& point : points_)
        known.push_back(point.name);
    for (const Node::Entry& entry : values.entries) {
        if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
            diagnostics_.error(entry.key_place, "there is no point " +
                                                    config::shown_text(entry.key) +
                                                    config::hint_of(entry.key, known));
        } else {
            example.values.push_back({entry.key, &entry.value});
        }
    }
}

void Trial::check_coverage() {
    std::set<std::string> covered;
    for (const Example& example : examples_) {
        for (const Expected& expected : example.values)
            covered.insert(expected.point);
    }
    for (const auto& point : points_) {
        if (covered.contains(point.name)) continue;
        diagnostics_.error(place_of_point(point.name),
                           "no example covers the point " + config::shown_text(point.name) +
                               "; add its registers and its value to one");
    }
}

InputSettings Trial::settings_of(const Example& example) const {
    InputSettings settings = settings_;
    auto& points = settings.devices.front().points;
    std::erase_if(points, [&](const InputPoint& point) {
        return std::none_of(example.values.begin(), example.values.end(),
                            [&](const Expected& expected) { return expected.point == point.name; });
    });
    return settings;
}

std::optional<config::Mark> Trial::mark_of(std::string_view pointer) const {
    const Node* address = profile_.root.value_of("address");
    constexpr std::string_view of_device = "/devices/0";
    if (!pointer.starts_with(of_device)) return std::nullopt;
    if (pointer.substr(of_device.size()).starts_with("/address") && address == nullptr) {
        return std::nullopt;
    }
    return marks_.find(trial_name, pointer);
}

config::Place Trial::place_of(const Example& example, std::string_view pointer) {
    const Node* node = example.node;
    config::Place place = example.place;
    while (node != nullptr && pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const std::string_view part = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(part.size());
        const Node* inner = nullptr;
        for (const Node::Entry& entry : node->entries) {
            if (config::pointer_part(entry.key).substr(1) != part) continue;
            inner = &entry.value;
            place = entry.key_place;
        }
        node = inner;
    }
    return place;
}

config::Place Trial::place_of_point(const std::string& name) const {
    const Node* points = profile_.root.value_of("points");
    if (points == nullptr) return profile_.root.place;
    for (const Node& point : points->items) {
        const Node* own = point.value_of("name");
        if (own != nullptr && own->text == name) return point.place;
    }
    return points->place;
}

bool is_expected(const Node& expected, const std::string& json_text) {
    if (expected.kind == Node::Kind::null) return json_text == "null";
    if (expected.kind != Node::Kind::scalar) return false;
    if (json_text.starts_with('"')) {
        boost::system::error_code wrong;
        const json::value text = json::parse(json_text, wrong);
        return !wrong && text.is_string() && text.get_string() == expected.text;
    }
    if (expected.quoted) return false;  // a text, and the value is none
    if (json_text == expected.text) return true;
    const std::optional<double> wanted = number_in(expected.text);
    const std::optional<double> have = number_in(json_text);
    constexpr double exact_integers = 9007199254740992.0;  // 2^53: beyond it only the digits count
    return wanted && have && *wanted == *have && std::fabs(*wanted) < exact_integers;
}

}  // namespace fieldway::profile
