// The platform's rules as its MQTT page states them, for the broker of tests: who may log in, which
// topics are a device's, what a payload must be. Written from the page and RFC 7515, and against
// OpenSSL alone, so that it is a second opinion of the gateway. Pure but for reading key files.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace akenza_broker {

struct Options {
    std::string keys;          ///< folder of public keys: DEVICE.pub, DEVICE-2.pub ... (PEM)
    std::string audience;      ///< of a device's token, before its id: https://akenza.io/devices/
    std::string connector;     ///< uplink secret: user name
    std::string secret;        ///< uplink secret: password and topic level
    std::int64_t leeway = 10;  ///< seconds that clocks may differ
    std::int64_t longest = 86400;  ///< seconds that a token may live
};

enum class Login { device, connector };

struct Verdict {
    std::string refused;  ///< why; empty: let in
    Login login = Login::device;
    std::int64_t expires = 0;  ///< of a token, seconds since 1970
};

/// A CONNECT's user name and password; `now` in seconds since 1970.
Verdict judge_login(const Options& options, std::string_view client, std::string_view username,
                    std::string_view password, std::int64_t now);

/// Why the client may not publish there; empty: it may.
std::string judge_uplink(const Options& options, Login login, std::string_view client,
                         std::string_view topic);
/// Why the client may not subscribe to the filter or receive the topic; empty: it may.
std::string judge_downlink(const Options& options, Login login, std::string_view client,
                           std::string_view topic);
/// Why the payload is none of its content type; an empty type is JSON.
std::string judge_payload(std::string_view content_type, std::string_view payload);

}  // namespace akenza_broker
