#include "uplink/doctor_remedies.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "uplink/reasons.h"

namespace fieldway::uplink {

using config::AuthMethod;

std::string tcp_remedy(const config::UplinkOptions& uplink) {
    std::string remedy = fmt::format(
        "nothing answers at port {}: check the port in url, and whether a firewall lets this "
        "machine out to it",
        uplink.port);
    if (uplink.secure) remedy += " (many networks block 8883)";
    return remedy;
}

std::string handshake_remedy(const config::UplinkOptions& uplink, const Error& error) {
    if (error.consequence() != Consequence::retry)
        return "it is a file of this machine: the broker was not asked";
    if (!uplink.tls.cert_file.empty()) {
        return "the broker may refuse the client certificate: is it known there, and still valid?";
    }
    return "is the port one for TLS (8883 as a rule, 1883 is plain)? A proxy or firewall may also "
           "cut TLS off";
}

std::string trust_remedy(const SeenTls& seen, const config::UplinkOptions& uplink, WallTime now) {
    const bool by_system = uplink.tls.ca_file.empty();
    const SeenCertificate none{"?", "?", "?", "?"};
    const SeenCertificate& own = seen.chain.empty() ? none : seen.chain.front();
    const SeenCertificate& last = seen.chain.empty() ? none : seen.chain.back();
    switch (seen.kind) {
        case SeenTls::Kind::unknown_root:
            return fmt::format(
                "the root that is missing is \"{}\": {}", last.issuer,
                by_system ? "install it (apt install --reinstall ca-certificates), or get its "
                            "certificate and name it with tls: { ca_file: FILE }"
                          : "put its certificate into " + uplink.tls.ca_file.string() +
                                ", or use tls: { ca_file: system }");
        case SeenTls::Kind::other_name:
            return fmt::format(
                "the certificate is for {}, the url says {}: write a name that it has",
                own.names.empty() ? "no name at all (it has no subjectAltName)"
                                  : fmt::format("{}", fmt::join(own.names, ", ")),
                uplink.host);
        case SeenTls::Kind::time:
            return fmt::format(
                "the certificate is valid from {} to {} and this machine's clock says {}: if the "
                "clock is right, the broker needs a new certificate",
                own.valid_from, own.valid_until, rfc3339(now));
        case SeenTls::Kind::none:
        case SeenTls::Kind::other:
            break;
    }
    return "nothing was sent to it; ask whoever runs the broker";
}

std::string silent_login_remedy(const config::UplinkOptions& uplink) {
    std::string remedy =
        "a broker that closes without a CONNACK does not like the login, or is none";
    if (uplink.mqtt_version == config::MqttVersion::v5) {
        remedy += "; an old one may speak 3.1.1 alone: try mqtt_version: 3.1.1";
    }
    if (!uplink.secure) remedy += "; or the port is one for TLS: try mqtts://";
    return remedy;
}

namespace {

std::string kid_remedy(const std::string& kid) {
    if (kid == "none") return "with several keys at the platform set kid: spki-sha256";
    if (kid == "spki-sha256") return "does the platform know the key by the kid above";
    return "is kid, \"" + kid +
           "\", what the platform calls this key (spki-sha256 and none fit any)";
}

}  // namespace

std::string login_remedy(const config::UplinkOptions& uplink, const DeviceId& device,
                         std::uint8_t reason) {
    if (!is_credential_fault(reason)) return "the broker has a reason of its own; try again later";
    if (reason == 0x01 || reason == 0x84) {
        return "the broker speaks another version: try mqtt_version: 3.1.1, or 5";
    }
    if (reason == 0x02 || reason == 0x85) {
        return "the broker does not take the client id " + device.text();
    }
    switch (uplink.auth.method) {
        case AuthMethod::none:
            return "the broker wants a login: see auth";
        case AuthMethod::password:
            return "the broker does not know this user name and password: check username and "
                   "password_file";
        case AuthMethod::uplink_secret:
            return "check connector_id, and the secret of that very connector";
        case AuthMethod::certificate:
            return "the broker does not let this certificate in as client id " + device.text();
        case AuthMethod::device_credentials:
            break;
    }
    return fmt::format(
        "the platform does not take the token: does device {} exist there, at a connector with "
        "device credentials; is this key's public half uploaded to it; is audience right (private "
        "clouds have their own); {}; is this machine's clock right",
        device.text(), kid_remedy(uplink.auth.kid));
}

}  // namespace fieldway::uplink
