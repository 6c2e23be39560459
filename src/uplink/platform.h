// Platform profiles: what topic, user name and password a device of an uplink uses. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/gateway_config.h"
#include "flow/device_id.h"

namespace fieldway::uplink {

/// What stands for a secret wherever something is shown.
inline constexpr std::string_view secret_mark = "***";

/// What a CONNECT carries. `password` is a secret; `username` is not.
struct Login {
    std::string username;  ///< empty: none is sent
    std::string password;
};

/// `secret` is what the uplink's password_file, secret_file or environment gave; empty for method
/// none.
Login login_of(const config::UplinkOptions& uplink, const DeviceId& device,
               std::string_view secret);

/// The topic of a message. akenza (MQTT page, "Authentication"):
/// `/up/device/id/{device}[/{subtopic}]`, with an uplink secret
/// `/up/{secret}/id/{device}[/{subtopic}]`; generic: the template of `topics.uplink`. The result
/// may hold the secret: it goes to the engine and nowhere else.
std::string uplink_topic(const config::UplinkOptions& uplink, const DeviceId& device,
                         std::string_view subtopic, std::string_view secret);

/// What a device subscribes to for its downlinks. akenza: `/down/device/id/{device}/#`, with an
/// uplink secret `/down/{secret}/id/{device}/#`: `#` matches the level above it too (MQTT 5
/// clause 4.7.1.2); generic: the template of `topics.downlink`. Empty: there is none, or downlinks
/// are not wanted. May hold the secret.
std::string downlink_filter(const config::UplinkOptions& uplink, const DeviceId& device,
                            std::string_view secret);

/// What a topic that matches the filter has below its wildcard, without empty levels: platforms are
/// seen to double a slash. "" where there is nothing. Nothing for a topic that the filter does not
/// match: it is another device's.
std::optional<std::string> downlink_subtopic(std::string_view filter, std::string_view topic);

/// The same topic as it is shown to people: *** in place of the secret.
std::string shown_topic(const config::UplinkOptions& uplink, const DeviceId& device,
                        std::string_view subtopic);

/// `text` with every occurrence of `secret` replaced by ***. A secret of less than 4 bytes would
/// blank ordinary text and is not searched for.
std::string redacted(std::string text, std::string_view secret);

/// A template with {device} and {subtopic} filled in; an empty {subtopic} takes the slash before it
/// along.
std::string fill_template(std::string_view text, std::string_view device,
                          std::string_view subtopic);

}  // namespace fieldway::uplink
