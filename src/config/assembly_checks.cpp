// What only shows when the parts stand side by side: names that lead nowhere, things that are there
// twice.
#include <algorithm>
#include <map>
#include <utility>

#include "config/assembly.h"

namespace fieldway::config {

void Assembly::check_reference(const CheckedMap& device, const std::string& key,
                               const std::string& name, const Names& names) {
    if (!device.sound(key) || names.contains(name)) return;
    std::vector<std::string> known;
    for (const auto& [known_name, place] : names)
        known.push_back(known_name);
    const std::string hint =
        known.empty() ? "; there is none at all, add one under " + key + "s" : hint_of(name, known);
    diagnostics_.error(device.place(key), "there is no " + key + " " + shown_text(name) + hint);
}

void Assembly::check_identity(const DeviceOptions& device, const CheckedMap& checked) {
    if (!checked.sound("id") || option_of<std::string>(checked.values, "id") != device.id.text())
        return;
    const auto [first, is_new] = ids_.emplace(device.id.text(), checked.place("id"));
    if (is_new) return;
    diagnostics_.error(checked.place("id"),
                       "the device id " + shown_text(device.id.text()) +
                           " is used a second time; the first is at " +
                           to_text(first->second.mark()) +
                           ". Two sessions of one id would take over each other");
}

void Assembly::check_address(const DeviceOptions& device, const CheckedMap& checked) {
    const boost::json::object& address = device.input_device.address;
    if (address.empty() || !checked.sound("address") || !checked.sound("input")) return;
    const Place place = checked.place("address");
    const std::string key = device.input + "\n" + boost::json::serialize(address);
    const auto [first, is_new] = addresses_.emplace(key, std::pair(device.id.text(), place));
    if (is_new) return;
    diagnostics_.warning(place, "the device " + shown_text(first->second.first) + " at " +
                                    to_text(first->second.second.mark()) +
                                    " has the same address at the input " +
                                    shown_text(device.input));
}

/// Messages, outcomes of commands and gaps: what a platform shows alike must be written alike.
void Assembly::check_subtopics(const DeviceOptions& device, const CheckedMap& checked) {
    const auto uplink = uplinks_.find(device.uplink);
    if (uplink == uplinks_.end()) return;
    const PlatformTraits& traits = traits_of(config.uplinks[uplink->second.index].platform);
    if (traits.default_subtopic.empty()) return;
    std::map<std::string, std::string> first_of;
    const auto add = [&](const std::string& subtopic, const std::string& path) {
        std::string shown = subtopic.empty() ? std::string(traits.default_subtopic) : subtopic;
        std::replace(shown.begin(), shown.end(), '/', '_');
        const auto [first, is_new] = first_of.emplace(shown, subtopic);
        if (is_new || first->second == subtopic) return;
        const std::string other =
            first->second.empty() ? "the default topic" : shown_text(first->second);
        diagnostics_.error(checked.place(path),
                           std::string(traits.name) + " shows " +
                               (subtopic.empty() ? "the default topic" : shown_text(subtopic)) +
                               " and " + other + " both as " + shown + "; rename one");
    };
    // It has no place in the device: who comes after it is told.
    if (!config.queue.gap_subtopic.empty()) add(config.queue.gap_subtopic, "");
    for (std::size_t i = 0; i < device.messages.size(); ++i)
        add(device.messages[i].subtopic, "messages." + std::to_string(i) + ".subtopic");
    for (std::size_t i = 0; i < device.commands.size(); ++i) {
        if (device.commands[i].reply.empty()) continue;
        add(device.commands[i].reply, "commands." + std::to_string(i) + ".reply");
    }
}

/// Commands come by downlinks alone.
void Assembly::check_commands(const DeviceOptions& device, const CheckedMap& checked) {
    const auto found = uplinks_.find(device.uplink);
    if (found == uplinks_.end() || device.commands.empty()) return;
    const UplinkOptions& uplink = config.uplinks[found->second.index];
    const bool of_platform = !traits_of(uplink.platform).topics.downlink.empty();
    if (!uplink.downlinks) {
        diagnostics_.warning(checked.place("commands"),
                             "the uplink " + shown_text(uplink.name) +
                                 " has downlinks: false, so no command arrives");
    } else if (!of_platform && uplink.topics.downlink.empty()) {
        diagnostics_.error(checked.place("commands"),
                           "the uplink " + shown_text(uplink.name) +
                               " has no downlink topic, so no command arrives; give it topics: { "
                               "downlink: \"...\" }, such as site/{device}/cmd/#");
    }
}

/// What the uplink allows: a content type is a property of MQTT 5, and rows are gathered up to its
/// limit.
void Assembly::check_formats(DeviceOptions& device, const CheckedMap& checked) {
    const auto found = uplinks_.find(device.uplink);
    if (found == uplinks_.end()) return;
    const UplinkOptions& uplink = config.uplinks[found->second.index];
    for (std::size_t i = 0; i < device.messages.size(); ++i) {
        FormatOptions& format = device.messages[i].format;
        format.csv.most_bytes = uplink.limits.message_bytes;
        if (format.type == ContentType::json || uplink.mqtt_version == MqttVersion::v5) continue;
        diagnostics_.error(checked.place("messages." + std::to_string(i) + ".format"),
                           "the uplink " + shown_text(device.uplink) +
                               " speaks MQTT 3.1.1, which has no content types, so its messages "
                               "are JSON; set its mqtt_version to 5, or remove format: " +
                               std::string(format_name(format.type)));
    }
}

}  // namespace fieldway::config
