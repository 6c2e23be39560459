// The templates of a generic uplink's topics: what may stand in them.
#include <algorithm>
#include <string>

#include "config/uplink_checks.h"

namespace fieldway::config {

namespace {

constexpr std::string_view all_levels = "/#";  // of a subscription, at its end

bool has_control_character(std::string_view topic) {
    return topic.find_first_of(std::string_view("\0\n\r\t", 4)) != std::string_view::npos;
}

/// What holds of both directions; empty: nothing is wrong.
std::string why_no_topic(const std::string& key, const std::string& topic,
                         std::initializer_list<std::string_view> known) {
    const std::string is = key + " is " + shown_text(topic);
    if (topic.find("{device}") == std::string::npos) {
        return is + "; without {device} all devices would share one topic";
    }
    if (const std::string_view unknown = unknown_brace(topic, known); !unknown.empty()) {
        return key + " has " + shown_text(unknown) + "; only " +
               (known.size() == 1 ? "{device} is replaced"
                                  : "{device} and {subtopic} are replaced");
    }
    if (has_control_character(topic)) return key + " has a control character; leave it out";
    if (topic.starts_with('$')) return is + "; topics that begin with $ belong to the broker";
    return "";
}

std::string why_no_uplink(const std::string& topic) {
    std::string why = why_no_topic("uplink", topic, {"{device}", "{subtopic}"});
    if (why.empty() && topic.find_first_of("+#") != std::string::npos) {
        why = "uplink is " + shown_text(topic) +
              "; + and # are for subscriptions, no message is sent there";
    }
    return why;
}

std::string why_no_downlink(const std::string& topic) {
    std::string why = why_no_topic("downlink", topic, {"{device}"});
    if (!why.empty()) return why;
    std::string_view levels = topic;
    if (levels.ends_with(all_levels)) levels.remove_suffix(all_levels.size());
    if (levels.find_first_of("+#") != std::string_view::npos) {
        return "downlink is " + shown_text(topic) +
               "; the one wildcard in it can be # as its last level";
    }
    return "";
}

}  // namespace

std::string_view unknown_brace(std::string_view text,
                               std::initializer_list<std::string_view> known) {
    for (std::size_t i = text.find_first_of("{}"); i != std::string_view::npos;
         i = text.find_first_of("{}", i)) {
        const std::size_t end = std::min(text.find('}', i), text.size() - 1);
        const std::string_view part = text.substr(i, end - i + 1);
        if (std::find(known.begin(), known.end(), part) == known.end()) return part;
        i = end + 1;
    }
    return {};
}

void check_topics(const UplinkOptions& uplink, const CheckedMap& checked,
                  Diagnostics& diagnostics) {
    if (!checked.sound("platform")) return;
    const PlatformTraits& traits = traits_of(uplink.platform);
    if (!traits.topics.uplink.empty()) {
        if (checked.given("topics")) {
            diagnostics.error(checked.place("topics"),
                              "the topics of " + std::string(traits.name) +
                                  " are fixed; remove the key, or use the platform generic");
        }
        return;
    }
    if (checked.sound("topics.uplink")) {
        const std::string why =
            uplink.topics.uplink.empty()
                ? "a " + std::string(traits.name) +
                      " uplink needs topics: { uplink: \"...\" } with {device} in it, such as "
                      "site/{device}/{subtopic}"
                : why_no_uplink(uplink.topics.uplink);
        if (!why.empty()) diagnostics.error(checked.place("topics.uplink"), why);
    }
    if (checked.sound("topics.downlink") && !uplink.topics.downlink.empty()) {
        const std::string why = why_no_downlink(uplink.topics.downlink);
        if (!why.empty()) diagnostics.error(checked.place("topics.downlink"), why);
    }
    if (checked.given("topics.downlink") && !uplink.downlinks && checked.sound("downlinks")) {
        diagnostics.warning(checked.place("topics.downlink"),
                            "downlinks is false, so nothing is subscribed there");
    }
}

}  // namespace fieldway::config
