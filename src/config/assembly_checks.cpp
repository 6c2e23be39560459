// What only shows when the parts stand side by side: names that lead nowhere, things that are there
// twice.
#include <algorithm>
#include <map>
#include <utility>

#include "config/assembly.h"

namespace fieldway::config {

namespace {

/// The topic of a generic uplink; {device} is left in it.
std::string topic_of(std::string topic, const std::string& subtopic) {
    constexpr std::string_view place = "{subtopic}";
    const std::size_t at = topic.find(place);
    if (at == std::string::npos) return topic;
    topic.replace(at, place.size(), subtopic);
    if (subtopic.empty() && at > 0 && topic[at - 1] == '/') topic.erase(at - 1, 1);
    return topic;
}

/// `filter` has no wildcard, or one at its end.
bool is_subscribed(std::string_view filter, std::string_view topic) {
    constexpr std::string_view all_levels = "/#";
    const bool deep = filter.ends_with(all_levels);
    if (deep) filter.remove_suffix(all_levels.size());
    if (!topic.starts_with(filter)) return false;
    topic.remove_prefix(filter.size());
    return topic.empty() || (deep && topic.front() == '/');
}

}  // namespace

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
    for (const auto& [subtopic, path] : subtopics_of(device)) {
        std::string shown = subtopic.empty() ? std::string(traits.default_subtopic) : subtopic;
        std::replace(shown.begin(), shown.end(), '/', '_');
        const auto [first, is_new] = first_of.emplace(shown, subtopic);
        if (is_new || first->second == subtopic) continue;
        const std::string other =
            first->second.empty() ? "the default topic" : shown_text(first->second);
        diagnostics_.error(checked.place(path),
                           std::string(traits.name) + " shows " +
                               (subtopic.empty() ? "the default topic" : shown_text(subtopic)) +
                               " and " + other + " both as " + shown + "; rename one");
    }
}

/// Everything that the device says, and where the configuration says so.
std::vector<std::pair<std::string, std::string>> Assembly::subtopics_of(
    const DeviceOptions& device) const {
    std::vector<std::pair<std::string, std::string>> all;
    // It has no place in the device: who comes after it is told.
    if (!config.queue.gap_subtopic.empty()) all.emplace_back(config.queue.gap_subtopic, "");
    for (std::size_t i = 0; i < device.messages.size(); ++i) {
        all.emplace_back(device.messages[i].subtopic,
                         "messages." + std::to_string(i) + ".subtopic");
    }
    for (std::size_t i = 0; i < device.commands.size(); ++i) {
        if (device.commands[i].reply.empty()) continue;
        all.emplace_back(device.commands[i].reply, "commands." + std::to_string(i) + ".reply");
    }
    return all;
}

/// What the device says must not come back to it as a downlink: it would be answered, and the
/// answer would come back too.
void Assembly::check_echo(const DeviceOptions& device, const CheckedMap& checked) {
    const auto found = uplinks_.find(device.uplink);
    if (found == uplinks_.end()) return;
    const UplinkOptions& uplink = config.uplinks[found->second.index];
    if (!uplink.downlinks || uplink.topics.downlink.empty()) return;
    for (const auto& [subtopic, path] : subtopics_of(device)) {
        if (!is_subscribed(uplink.topics.downlink, topic_of(uplink.topics.uplink, subtopic))) {
            continue;
        }
        diagnostics_.error(checked.place(path),
                           "what the device sends to " +
                               (subtopic.empty() ? "its default topic" : shown_text(subtopic)) +
                               " would come back to it by the uplink's topics.downlink, " +
                               shown_text(uplink.topics.downlink) +
                               "; let that be another topic, such as site/{device}/cmd/#");
        return;  // one is enough to say
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
