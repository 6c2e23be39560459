#include "uplink/platform.h"

#include <cstddef>

namespace fieldway::uplink {

std::string fill_template(std::string_view text, std::string_view device,
                          std::string_view subtopic) {
    static constexpr std::string_view device_key = "{device}";
    static constexpr std::string_view subtopic_key = "{subtopic}";
    std::string out;
    while (!text.empty()) {
        if (text.starts_with(device_key)) {
            out += device;
            text.remove_prefix(device_key.size());
        } else if (text.starts_with(subtopic_key)) {
            if (subtopic.empty() && out.ends_with('/')) out.pop_back();
            out += subtopic;
            text.remove_prefix(subtopic_key.size());
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
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
    if (uplink.platform == config::Platform::generic) {
        return fill_template(uplink.topics.uplink, device.text(), subtopic);
    }
    std::string topic = "/up/";
    topic += uplink.auth.method == config::AuthMethod::uplink_secret ? secret : "device";
    topic += "/id/";
    topic += device.text();
    if (!subtopic.empty()) {
        topic += '/';
        topic += subtopic;
    }
    return topic;
}

std::string downlink_filter(const config::UplinkOptions& uplink, const DeviceId& device,
                            std::string_view secret) {
    if (uplink.platform == config::Platform::generic) return {};
    std::string filter = "/down/";
    filter += uplink.auth.method == config::AuthMethod::uplink_secret ? secret : "device";
    filter += "/id/" + device.text() + "/#";
    return filter;
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
