#include "config/uplink_options.h"

#include <fmt/format.h>

#include "config/broker_url.h"
#include "config/choice.h"
#include "config/uplink_checks.h"

namespace fieldway::config {

namespace {

using namespace std::chrono_literals;
using enum OptionType;

constexpr std::array auth_methods{
    Choice<AuthMethod>{"none", AuthMethod::none},
    Choice<AuthMethod>{"password", AuthMethod::password},
    Choice<AuthMethod>{"uplink-secret", AuthMethod::uplink_secret},
    Choice<AuthMethod>{"device-credentials", AuthMethod::device_credentials},
    Choice<AuthMethod>{"certificate", AuthMethod::certificate}};
constexpr std::array mqtt_versions{Choice<MqttVersion>{"5", MqttVersion::v5},
                                   Choice<MqttVersion>{"3.1.1", MqttVersion::v3_1_1}};

OptionTable auth_table() {
    return {
        option("method", choice, "how a session proves who it is")
            .choices(words_of(auth_methods))
            .preset("none"),
        option("username", text,
               "for password: the MQTT user name; {device} stands for the device id"),
        option("password", text,
               "for password: the password itself; better ${NAME} or password_file")
            .secret(),
        option("password_file", path, "for password: the file that holds it"),
        option("connector_id", text,
               "for uplink-secret: the connector's id, which is the user name"),
        option("secret", text,
               "for uplink-secret: the secret itself; better ${NAME} or secret_file")
            .secret(),
        option("secret_file", path, "for uplink-secret: the file that holds it"),
        option(
            "key_file", path,
            "for device-credentials: the file of the device's private key (PEM; RSA of 2048 bits "
            "and more, or P-256); {device} stands for the device id; keys/{device}.pem beside "
            "the configuration when it is not given"),
        option("next_key_file", path,
               "for device-credentials: the key that takes over: tried when the broker refuses "
               "the first one's token, and kept as long as it works"),
        option("token_lifetime", duration,
               "for device-credentials: how long a token is good; a session is renewed before")
            .preset(1h)
            .within(10s, 24h),
        option("audience", text,
               "for device-credentials: the token's aud; another host for a private cloud")
            .preset("https://akenza.io/devices/{device}")
            .within(1, 512),
        option("kid", text,
               "for device-credentials: the token's key id: none, spki-sha256 (the public key's "
               "SHA-256), or the text itself")
            .preset("none")
            .within(1, 256),
        option("subject", boolean,
               "for device-credentials: whether the token carries the device id as sub")
            .preset(true),
    };
}

OptionTable tls_table() {
    return {
        option("ca_file", path, "the certificates that are trusted: system, or a PEM file")
            .choices({"system"})
            .preset("system"),
        option("min_version", choice, "the oldest TLS that is spoken")
            .choices({"1.2", "1.3"})
            .preset("1.2"),
        option("cert_file", path, "mutual TLS: our certificate (PEM), with the chain behind it"),
        option("key_file", path, "mutual TLS: the certificate's private key (PEM)"),
    };
}

/// "20 for akenza and 0 for generic"
std::string rates_of_platforms() {
    std::string rates;
    for (const PlatformTraits& traits : platforms) {
        rates += fmt::format("{}{:g} for {}", rates.empty() ? "" : " and ",
                             traits.messages_per_second, traits.name);
    }
    return rates;
}

OptionTable limits_table() {
    return {
        option("message_bytes", size, "the largest payload")
            .preset(128 * 1024)
            .within(128, 128.0 * 1024 * 1024),
        option("messages_per_second", number,
               "how fast one session may publish, 0 for no limit; " + rates_of_platforms() +
                   " when it is not given")
            .within(0, 100'000)
            .unit("1/s"),
        option("in_flight", integer,
               "how many messages of one session may await their "
               "acknowledgement; 1 keeps strict order")
            .preset(16)
            .within(1, 1'000),
        option("connects_per_second", number,
               "how many sessions of this uplink may begin to connect "
               "in a second")
            .preset(5)
            .within(0.01, 10'000)
            .unit("1/s"),
    };
}

OptionTable topics_table() {
    return {
        option("uplink", text,
               "where messages go; {device} and {subtopic} are replaced, an empty "
               "{subtopic} takes the slash before it along")
            .within(1, 1'024),
        option("downlink", text,
               "where the platform sends: subscribed for each device; {device} is replaced, and # "
               "may be the last level: what stands in its place is the downlink's subtopic; none "
               "when it is not given")
            .within(1, 1'024),
    };
}

AuthOptions make_auth(const boost::json::object& values) {
    const auto text_of = [&](std::string_view name) {
        return optional_of<std::string>(values, name).value_or("");
    };
    AuthOptions auth;
    auth.method = chosen(auth_methods, values.at("method"));
    auth.username = text_of("username");
    auth.connector_id = text_of("connector_id");
    auth.password_file = text_of("password_file");
    auth.password = text_of("password");
    auth.secret_file = text_of("secret_file");
    auth.secret = text_of("secret");
    auth.key_file = text_of("key_file");
    auth.next_key_file = text_of("next_key_file");
    auth.token_lifetime = option_of<Duration>(values, "token_lifetime");
    auth.audience = option_of<std::string>(values, "audience");
    auth.kid = option_of<std::string>(values, "kid");
    auth.subject = option_of<bool>(values, "subject");
    return auth;
}

UplinkLimits make_limits(const boost::json::object& values, Platform platform) {
    UplinkLimits limits;
    limits.message_bytes = option_of<std::uint64_t>(values, "message_bytes");
    limits.messages_per_second = optional_of<double>(values, "messages_per_second")
                                     .value_or(traits_of(platform).messages_per_second);
    limits.in_flight = option_of<std::uint32_t>(values, "in_flight");
    limits.connects_per_second = option_of<double>(values, "connects_per_second");
    return limits;
}

}  // namespace

OptionTable uplink_table() {
    return {
        option("name", text, "what devices call the uplink").required().within(1, 128),
        option("platform", choice, "topics, client ids and limits of a platform, or of any broker")
            .choices(words_of(platform_choices))
            .required(),
        option("url", text, "the broker: mqtt://HOST:PORT or mqtts://HOST:PORT").required(),
        option("mqtt_version", choice, "the MQTT version spoken")
            .choices(words_of(mqtt_versions))
            .preset("5"),
        option("engine", choice, "the MQTT library; auto takes what fits")
            .choices({"auto", "paho"})
            .choices_not_built({"native"})
            .preset("auto"),
        option("auth", group, "how sessions log in").members(auth_table()),
        option("tls", group, "for mqtts").members(tls_table()),
        option("keepalive", duration, "the longest silence on a session")
            .preset(60s)
            .within(5s, 18h),
        option("session_expiry", duration,
               "how long the broker keeps a session that is away; 0s, a "
               "clean session at every connect, is what is built")
            .preset(0s)
            .within(0s, 8'760h),
        option("qos", choice, "1 delivers at least once")
            .choices({"1"})
            .choices_not_built({"0", "2"})
            .preset("1"),
        option("retain", boolean, "whether the broker keeps the last message of each topic")
            .preset(false),
        option("downlinks", boolean, "whether the device's downlink topics are subscribed")
            .preset(true),
        option("limits", group, "what the platform allows").members(limits_table()),
        option("topics", group, "of a generic uplink").members(topics_table()),
    };
}

UplinkOptions make_uplink(const CheckedMap& checked, Diagnostics& diagnostics) {
    const boost::json::object& values = checked.values;
    UplinkOptions uplink;
    uplink.name = option_of<std::string>(values, "name");
    uplink.platform = chosen(platform_choices, values.at("platform"));
    uplink.url = option_of<std::string>(values, "url");
    uplink.mqtt_version = chosen(mqtt_versions, values.at("mqtt_version"));
    uplink.auth = make_auth(values.at("auth").as_object());
    if (uplink.auth.method == AuthMethod::device_credentials && uplink.auth.key_file.empty()) {
        const std::filesystem::path file = checked.place("auth").mark().file;
        uplink.auth.key_file = std::filesystem::absolute(file).parent_path() / "keys/{device}.pem";
    }
    const boost::json::object& tls = values.at("tls").as_object();
    const auto ca_file = option_of<std::string>(tls, "ca_file");
    if (ca_file != "system") uplink.tls.ca_file = ca_file;
    uplink.tls.min_version = option_of<std::string>(tls, "min_version");
    uplink.tls.cert_file = optional_of<std::string>(tls, "cert_file").value_or("");
    uplink.tls.key_file = optional_of<std::string>(tls, "key_file").value_or("");
    uplink.keepalive = option_of<Duration>(values, "keepalive");
    uplink.session_expiry = option_of<Duration>(values, "session_expiry");
    uplink.retain = option_of<bool>(values, "retain");
    uplink.limits = make_limits(values.at("limits").as_object(), uplink.platform);
    uplink.downlinks = option_of<bool>(values, "downlinks");
    const boost::json::object& topics = values.at("topics").as_object();
    uplink.topics.uplink = optional_of<std::string>(topics, "uplink").value_or("");
    uplink.topics.downlink = optional_of<std::string>(topics, "downlink").value_or("");
    if (checked.sound("url")) {
        if (auto url = parse_broker_url(uplink.url)) {
            uplink.host = url->host;
            uplink.port = url->port;
            uplink.secure = url->secure;
        } else {
            diagnostics.error(checked.place("url"), url.error().sentence());
        }
    }
    check_uplink(uplink, checked, diagnostics);
    return uplink;
}

}  // namespace fieldway::config
