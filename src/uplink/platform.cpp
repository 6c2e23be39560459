#include "uplink/platform.h"

#include <algorithm>
#include <cstddef>
#include <initializer_list>

namespace fieldway::uplink {

namespace {

constexpr std::string_view device_key = "{device}";
constexpr std::string_view subtopic_key = "{subtopic}";
constexpr std::string_view secret_key = "{secret}";

struct Part {
    std::string_view key;
    std::string_view value;
};

/// In one pass, so that a value with braces in it is not filled again.
std::string filled(std::string_view text, std::initializer_list<Part> parts) {
    std::string out;
    while (!text.empty()) {
        const auto* const part = std::find_if(parts.begin(), parts.end(), [&](const Part& each) {
            return text.starts_with(each.key);
        });
        if (part == parts.end()) {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        if (part->key == subtopic_key && part->value.empty() && out.ends_with('/')) out.pop_back();
        out += part->value;
        text.remove_prefix(part->key.size());
    }
    return out;
}

/// Of the platform, for the way in which the uplink logs in.
const config::PlatformTopics& topics_of(const config::UplinkOptions& uplink) {
    const config::PlatformTraits& traits = config::traits_of(uplink.platform);
    const bool by_secret = uplink.auth.method == config::AuthMethod::uplink_secret;
    return by_secret ? traits.secret_topics : traits.topics;
}

}  // namespace

std::string fill_template(std::string_view text, std::string_view device,
                          std::string_view subtopic) {
    return filled(text, {{device_key, device}, {subtopic_key, subtopic}});
}

Login login_of(const config::UplinkOptions& uplink, const DeviceId& device,
               std::string_view secret) {
    switch (uplink.auth.method) {
        case config::AuthMethod::none:
        case config::AuthMethod::certificate:
            return {};
        case config::AuthMethod::password:
            return {fill_template(uplink.auth.username, device.text(), ""), std::string(secret)};
        case config::AuthMethod::uplink_secret:
            return {uplink.auth.connector_id, std::string(secret)};
        case config::AuthMethod::device_credentials:
            // Not looked at by the platform; without one the password would not be sent.
            return {"unused", std::string(secret)};
    }
    return {};
}

std::string uplink_topic(const config::UplinkOptions& uplink, const DeviceId& device,
                         std::string_view subtopic, std::string_view secret) {
    const std::string_view topic = topics_of(uplink).uplink;
    if (topic.empty()) return fill_template(uplink.topics.uplink, device.text(), subtopic);
    return filled(topic,
                  {{device_key, device.text()}, {subtopic_key, subtopic}, {secret_key, secret}});
}

std::string downlink_filter(const config::UplinkOptions& uplink, const DeviceId& device,
                            std::string_view secret) {
    if (!uplink.downlinks) return "";
    const config::PlatformTopics& topics = topics_of(uplink);
    if (topics.uplink.empty()) return filled(uplink.topics.downlink, {{device_key, device.text()}});
    return filled(topics.downlink, {{device_key, device.text()}, {secret_key, secret}});
}

std::optional<std::string> downlink_subtopic(std::string_view filter, std::string_view topic) {
    constexpr std::string_view all_levels = "/#";
    const bool deep = filter.ends_with(all_levels);
    if (deep) filter.remove_suffix(all_levels.size());
    if (!topic.starts_with(filter)) return std::nullopt;
    topic.remove_prefix(filter.size());
    if (!topic.empty() && (!deep || topic.front() != '/')) return std::nullopt;
    std::string subtopic;
    while (!topic.empty()) {
        topic.remove_prefix(1);
        const std::string_view level = topic.substr(0, topic.find('/'));
        topic.remove_prefix(level.size());
        if (level.empty()) continue;
        if (!subtopic.empty()) subtopic += '/';
        subtopic += level;
    }
    return subtopic;
}

std::string shown_topic(const config::UplinkOptions& uplink, const DeviceId& device,
                        std::string_view subtopic) {
    return uplink_topic(uplink, device, subtopic, secret_mark);
}

std::string redacted(std::string text, std::string_view secret) {
    constexpr std::size_t least = 4;
    if (secret.size() < least) return text;
    std::size_t at = 0;
    while ((at = text.find(secret, at)) != std::string::npos) {
        text.replace(at, secret.size(), secret_mark);
        at += secret_mark.size();
    }
    return text;
}

}  // namespace fieldway::uplink
