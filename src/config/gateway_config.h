// The typed configuration: what one YAML file says, checked, with defaults filled in. Plain values that compare:
// reload applies the difference per input, device and uplink.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "flow/device_id.h"
#include "flow/message.h"
#include "plugin_api/input_config.h"

namespace fieldway::config {

struct GatewayOptions {
    std::string name;
    double connects_per_second = 20;  ///< over all uplinks
    std::filesystem::path state_dir;
    std::vector<std::filesystem::path> plugin_dirs;
    std::filesystem::path control_socket;

    friend bool operator==(const GatewayOptions&, const GatewayOptions&) = default;
};

enum class LogOutput : std::uint8_t { automatic, journald, text, json };

struct LogOptions {
    LogLevel level = LogLevel::info;
    LogOutput format = LogOutput::automatic;

    friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

enum class WhenFull : std::uint8_t { drop_oldest, drop_newest };

struct QueueOptions {
    std::uint64_t max_memory = 32 * 1024 * 1024;  ///< bytes
    WhenFull when_full = WhenFull::drop_oldest;

    friend bool operator==(const QueueOptions&, const QueueOptions&) = default;
};

enum class Platform : std::uint8_t { akenza, generic };
enum class AuthMethod : std::uint8_t { none, password, uplink_secret };
enum class MqttVersion : std::uint8_t { v3_1_1, v5 };

struct AuthOptions {
    AuthMethod method = AuthMethod::none;
    std::string username;                  ///< password: may hold {device}
    std::string connector_id;              ///< uplink-secret: the MQTT user name
    std::filesystem::path password_file;   ///< password, or...
    std::string password;                  ///< ...from the environment (`${NAME}`)
    std::filesystem::path secret_file;     ///< uplink-secret, or...
    std::string secret;                    ///< ...from the environment

    friend bool operator==(const AuthOptions&, const AuthOptions&) = default;
};

struct TlsOptions {
    std::filesystem::path ca_file;  ///< empty: the system's
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
    std::string uplink;  ///< template with {device} and {subtopic}; generic only

    friend bool operator==(const TopicOptions&, const TopicOptions&) = default;
};

struct UplinkOptions {
    std::string name;
    Platform platform = Platform::generic;
    std::string url;   ///< as written
    std::string host;  ///< of the url
    std::uint16_t port = 1883;
    bool secure = false;  ///< mqtts
    MqttVersion mqtt_version = MqttVersion::v5;
    AuthOptions auth;
    TlsOptions tls;
    Duration keepalive = std::chrono::seconds(60);
    Duration session_expiry = Duration::zero();
    bool retain = false;
    UplinkLimits limits;
    TopicOptions topics;

    friend bool operator==(const UplinkOptions&, const UplinkOptions&) = default;
};

/// Device values that mean "no value", compared with the raw value before anything else is done to it.
using NoValueCodes = std::vector<std::int64_t>;

struct BitRange {
    std::uint8_t first = 0;
    std::uint8_t last = 0;  ///< inclusive
    friend bool operator==(const BitRange&, const BitRange&) = default;
};

/// What mapping does with the raw value, in this order: no-value codes, bits, enum | scale, offset, expression, round.
struct PointOptions {
    std::string name;
    std::string unit;
    std::optional<double> scale;
    std::optional<double> offset;
    std::string expression;  ///< muParser, of `value`; empty: none
    std::map<std::int64_t, std::string> enumeration;
    std::optional<BitRange> bits;
    std::optional<int> round;  ///< decimal places
    NoValueCodes no_value;
    bool writable = false;
    std::optional<double> min;  ///< of what may be written, after mapping
    std::optional<double> max;
    Verify verify = Verify::read_back;
    Duration every{};  ///< the point's own, or the device's; zero: not polled by the gateway

    friend bool operator==(const PointOptions&, const PointOptions&) = default;
};

enum class WhenBad : std::uint8_t { once, null, skip };
enum class TimestampFormat : std::uint8_t { rfc3339, unix_ms, unix_s, none };

struct MessageOptions {
    std::string subtopic;            ///< "" is the device's default topic
    Duration every{};                ///< aligned to the wall clock; zero: with each poll of its points
    std::vector<std::string> points; ///< empty: all
    Lane lane = Lane::telemetry;

    friend bool operator==(const MessageOptions&, const MessageOptions&) = default;
};

struct DeviceOptions {
    DeviceId id;
    std::string uplink;
    std::string input;
    Duration every{};
    WhenBad when_bad = WhenBad::once;
    std::string timestamp_key = "timestamp";
    TimestampFormat timestamp_format = TimestampFormat::rfc3339;
    std::vector<PointOptions> points;
    std::vector<MessageOptions> messages;  ///< never empty: without any, one with each poll and all points
    /// What the plugin gets: address, its own options of device and points. `number` is 0 here; app gives it.
    InputDevice input_device;

    friend bool operator==(const DeviceOptions&, const DeviceOptions&) = default;
};

struct InputOptions {
    std::string name;
    std::string plugin;
    boost::json::object options;  ///< checked against the plugin's table

    friend bool operator==(const InputOptions&, const InputOptions&) = default;
};

struct GatewayConfig {
    GatewayOptions gateway;
    LogOptions log;
    QueueOptions queue;
    std::vector<UplinkOptions> uplinks;
    std::vector<InputOptions> inputs;
    std::vector<DeviceOptions> devices;

    friend bool operator==(const GatewayConfig&, const GatewayConfig&) = default;
};

}  // namespace fieldway::config
