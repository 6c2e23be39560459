// An uplink: a platform or broker, how to log in, and what it allows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "config/platform.h"
#include "plugin_api/options.h"

namespace fieldway::config {

enum class AuthMethod : std::uint8_t {
    none,
    password,
    uplink_secret,
    device_credentials,
    certificate
};
enum class MqttVersion : std::uint8_t { v3_1_1, v5 };

struct AuthOptions {
    AuthMethod method = AuthMethod::none;
    std::string username;                 ///< password: may hold {device}
    std::string connector_id;             ///< uplink-secret: the MQTT user name
    std::filesystem::path password_file;  ///< password, or...
    std::string password;                 ///< ...from the environment (`${NAME}`)
    std::filesystem::path secret_file;    ///< uplink-secret, or...
    std::string secret;                   ///< ...from the environment
    // device-credentials: each device's own key signs a token for each connect.
    std::filesystem::path key_file;       ///< private key, PEM; may hold {device}
    std::filesystem::path next_key_file;  ///< takes over when the broker refuses key_file's
    Duration token_lifetime = std::chrono::hours(1);
    std::string audience;      ///< `aud`; may hold {device}
    std::string kid = "none";  ///< none, spki-sha256, or a literal
    bool subject = true;       ///< `sub` is the device id

    friend bool operator==(const AuthOptions&, const AuthOptions&) = default;
};

struct TlsOptions {
    std::filesystem::path ca_file;    ///< empty: the system's
    std::filesystem::path cert_file;  ///< of mutual TLS, PEM, the chain behind it; empty: none
    std::filesystem::path key_file;   ///< its private key
    std::string min_version = "1.2";

    friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

struct UplinkLimits {
    std::uint64_t message_bytes = 128 * 1024;
    double messages_per_second = 20;  ///< per session; 0: no limit
    std::uint32_t in_flight = 16;     ///< per session
    double connects_per_second = 5;   ///< of the uplink

    friend bool operator==(const UplinkLimits&, const UplinkLimits&) = default;
};

struct TopicOptions {
    std::string uplink;    ///< template with {device} and {subtopic}; generic only
    std::string downlink;  ///< a subscription with {device}, "/#" at its end or not; empty: none

    friend bool operator==(const TopicOptions&, const TopicOptions&) = default;
};

struct UplinkOptions {
    std::string name;
    Platform platform = Platform::generic;
    std::string url;   ///< as written
    std::string host;  ///< of the url; an IPv6 address without its brackets
    std::uint16_t port = 1883;
    bool secure = false;  ///< mqtts
    MqttVersion mqtt_version = MqttVersion::v5;
    AuthOptions auth;
    TlsOptions tls;
    Duration keepalive = std::chrono::seconds(60);
    Duration session_expiry = Duration::zero();
    bool retain = false;
    bool downlinks = true;  ///< where there is a downlink topic
    UplinkLimits limits;
    TopicOptions topics;

    friend bool operator==(const UplinkOptions&, const UplinkOptions&) = default;
};

OptionTable uplink_table();

/// The typed uplink of a checked entry, and what no table can say: url, log-in, topics, files of
/// secrets.
UplinkOptions make_uplink(const CheckedMap& checked, Diagnostics& diagnostics);

}  // namespace fieldway::config
