#include "config/uplink_checks.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/quantity_text.h"
#include "base/text_file.h"

namespace fieldway::config {

namespace {

/// The value of a secret that stands in the file itself, not in the environment.
void warn_of_literal(const CheckedMap& checked, const std::string& path, const std::string& key,
                     Diagnostics& diagnostics) {
    const Node* node = checked.node_of(path);
    if (node == nullptr || !node->written.empty()) return;
    diagnostics.warning(node->place, key + " stands in the configuration itself; better " + key +
                                         "_file, or ${NAME} from the environment");
}

/// What is wrong with a file that must be there; empty: nothing. Whether it can be read at all is
/// not asked: the user who checks may be another one.
std::string why_no_file(const std::filesystem::path& file) {
    std::error_code failure;
    const auto status = std::filesystem::status(file, failure);
    if (status.type() == std::filesystem::file_type::not_found) return "which is not there";
    if (failure) return "which cannot be reached: " + failure.message();
    if (std::filesystem::is_directory(status)) return "which is a folder";
    return "";
}

bool holds_nothing(const std::filesystem::path& file) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(file, failure)) return false;
    if (std::filesystem::file_size(file, failure) == 0) return true;
    const auto text = read_text_file(file, 2);
    return text && (*text == "\n" || *text == "\r\n");
}

void warn_of_readers(const std::filesystem::path& file, const Place& place,
                     Diagnostics& diagnostics) {
    if (!readable_by_others(file)) return;
    diagnostics.warning(place, others_may_read(file));
}

/// Exactly one of KEY and KEY_file, and what the file is.
void check_source(const CheckedMap& checked, const std::string& key, const UplinkOptions& uplink,
                  const std::filesystem::path& file, Diagnostics& diagnostics) {
    const std::string value_path = "auth." + key;
    const std::string file_path = value_path + "_file";
    const bool by_value = checked.given(value_path);
    const bool by_file = checked.given(file_path);
    if (by_value && by_file) {
        diagnostics.error(checked.place(file_path), key + " and " + key +
                                                        "_file are both given; keep "
                                                        "one of them");
    } else if (!by_value && !by_file) {
        diagnostics.error(
            checked.place("auth.method"),
            "the method " +
                option_of<std::string>(checked.values.at("auth").as_object(), "method") +
                " needs " + key + "_file, or " + key + " from the environment (${NAME})");
    }
    if (by_value) warn_of_literal(checked, value_path, key, diagnostics);
    const Node* value = checked.node_of(value_path);
    if (value != nullptr && checked.sound(value_path) && value->text.empty()) {
        diagnostics.error(value->place, key + " is empty");
    }
    if (by_file && !by_value && checked.sound(file_path)) {
        const Place place = checked.place(file_path);
        std::string why = why_no_file(file);
        if (why.empty() && holds_nothing(file)) why = "which is empty";
        if (why.empty()) return warn_of_readers(file, place, diagnostics);
        // The sessions read it at each connect, and say what they lack: the other uplinks run.
        diagnostics.error_of_uplink(place, uplink.name,
                                    key + "_file is " + file.string() + ", " + why);
    }
}

void refuse_keys_of_others(const CheckedMap& checked, std::string_view method,
                           Diagnostics& diagnostics) {
    struct Belonging {
        std::string_view key;
        std::string_view method;
    };
    constexpr Belonging belongings[] = {
        {"username", "password"},
        {"password", "password"},
        {"password_file", "password"},
        {"connector_id", "uplink-secret"},
        {"secret", "uplink-secret"},
        {"secret_file", "uplink-secret"},
        {"key_file", "device-credentials"},
        {"next_key_file", "device-credentials"},
        {"token_lifetime", "device-credentials"},
        {"audience", "device-credentials"},
        {"kid", "device-credentials"},
        {"subject", "device-credentials"},
    };
    for (const Belonging& belonging : belongings) {
        const std::string path = "auth." + std::string(belonging.key);
        if (belonging.method == method || !checked.given(path)) continue;
        diagnostics.error(checked.place(path), std::string(belonging.key) + " is for the method " +
                                                   std::string(belonging.method) +
                                                   "; the method here is " + std::string(method));
    }
}

void check_username(const UplinkOptions& uplink, const CheckedMap& checked,
                    Diagnostics& diagnostics) {
    if (!checked.sound("auth.username")) return;
    if (uplink.auth.username.empty()) {
        diagnostics.error(checked.place("auth.method"), "the method password needs a username");
        return;
    }
    const std::string_view unknown = unknown_brace(uplink.auth.username, {"{device}"});
    if (!unknown.empty()) {
        diagnostics.error(checked.place("auth.username"),
                          "username has " + shown_text(unknown) + "; only {device} is replaced");
    }
}

/// akenza takes a token for https://HOST/devices/DEVICE alone. With one device its id may stand
/// there.
void check_audience(const UplinkOptions& uplink, const CheckedMap& checked,
                    Diagnostics& diagnostics) {
    if (uplink.platform != Platform::akenza || !checked.given("auth.audience") ||
        !checked.sound("auth.audience") ||
        uplink.auth.audience.find('{') != std::string::npos) {  // another brace: told before
        return;
    }
    diagnostics.warning(checked.place("auth.audience"),
                        "audience names no device, and akenza refuses a token that is not for the "
                        "device that shows it; let it end in /devices/{device}");
}

void check_device_credentials(const UplinkOptions& uplink, const CheckedMap& checked,
                              Diagnostics& diagnostics) {
    const AuthOptions& auth = uplink.auth;
    const auto check_braces = [&](const std::string& key, const std::string& text) {
        const std::string path = "auth." + key;
        const std::string_view unknown = unknown_brace(text, {"{device}"});
        if (!checked.sound(path) || unknown.empty()) return;
        diagnostics.error(checked.place(path),
                          key + " has " + shown_text(unknown) + "; only {device} is replaced");
    };
    check_braces("key_file", auth.key_file.filename().string());
    check_braces("next_key_file", auth.next_key_file.filename().string());
    check_braces("audience", auth.audience);
    check_braces("kid", auth.kid);
    check_audience(uplink, checked, diagnostics);
    if (checked.given("auth.key_file") && checked.sound("auth.key_file") &&
        auth.key_file.string().find_first_of("{}") == std::string::npos) {
        diagnostics.warning(
            checked.place("auth.key_file"),
            "all devices of the uplink share one key: whoever gets it can speak for "
            "each of them; put {device} into key_file");
    }
}

void check_has_secret(const UplinkOptions& uplink, const CheckedMap& checked,
                      Diagnostics& diagnostics) {
    const auto has_secret = [](const PlatformTraits& traits) {
        return !traits.secret_topics.uplink.empty();
    };
    const PlatformTraits& traits = traits_of(uplink.platform);
    if (!checked.sound("platform") || has_secret(traits)) return;
    std::string owners;
    for (const PlatformTraits& other : platforms) {
        if (!has_secret(other)) continue;
        if (!owners.empty()) owners += " and ";
        owners += std::string(other.name) + "'s";
    }
    diagnostics.error(checked.place("auth.method"), "the method uplink-secret is " + owners +
                                                        "; a " + std::string(traits.name) +
                                                        " uplink takes none or password");
}

void check_auth(const UplinkOptions& uplink, const CheckedMap& checked, Diagnostics& diagnostics) {
    if (!checked.sound("auth") || !checked.sound("auth.method")) return;
    const AuthOptions& auth = uplink.auth;
    const Place at_method = checked.place("auth.method");
    switch (auth.method) {
        case AuthMethod::none:
            refuse_keys_of_others(checked, "none", diagnostics);
            return;
        case AuthMethod::password:
            refuse_keys_of_others(checked, "password", diagnostics);
            check_username(uplink, checked, diagnostics);
            check_source(checked, "password", uplink, auth.password_file, diagnostics);
            break;
        case AuthMethod::uplink_secret:
            refuse_keys_of_others(checked, "uplink-secret", diagnostics);
            if (auth.connector_id.empty() && checked.sound("auth.connector_id")) {
                diagnostics.error(at_method, "the method uplink-secret needs a connector_id");
            }
            check_source(checked, "secret", uplink, auth.secret_file, diagnostics);
            check_has_secret(uplink, checked, diagnostics);
            break;
        case AuthMethod::device_credentials:
            refuse_keys_of_others(checked, "device-credentials", diagnostics);
            check_device_credentials(uplink, checked, diagnostics);
            break;
        case AuthMethod::certificate:
            refuse_keys_of_others(checked, "certificate", diagnostics);
            if (uplink.tls.cert_file.empty() && checked.sound("tls")) {
                diagnostics.error(at_method,
                                  "the method certificate needs tls: { cert_file: ..., key_file: "
                                  "... }");
            } else if (checked.sound("url") && !uplink.host.empty() && !uplink.secure) {
                diagnostics.error(at_method,
                                  "the method certificate needs mqtts://: a certificate is shown "
                                  "in TLS alone");
            }
            return;
    }
    if (checked.sound("url") && !uplink.host.empty() && !uplink.secure) {
        diagnostics.warning(checked.place("url"),
                            "credentials go over mqtt:// as plain text; use "
                            "mqtts:// wherever others share the network");
    }
}

/// Both files of mutual TLS or none.
void check_client_certificate(const TlsOptions& tls, const CheckedMap& checked,
                              Diagnostics& diagnostics) {
    const auto check_file = [&](const std::string& key, const std::filesystem::path& file,
                                const std::string& other, const std::filesystem::path& other_file) {
        const std::string path = "tls." + key;
        if (file.empty() || !checked.sound(path)) return;
        if (other_file.empty()) {
            diagnostics.error(checked.place(path),
                              key + " is given without " + other + "; mutual TLS needs both");
        }
        if (const std::string why = why_no_file(file); !why.empty()) {
            diagnostics.error(checked.place(path), key + " is " + file.string() + ", " + why);
        } else if (key == "key_file") {
            warn_of_readers(file, checked.place(path), diagnostics);
        }
    };
    check_file("cert_file", tls.cert_file, "key_file", tls.key_file);
    check_file("key_file", tls.key_file, "cert_file", tls.cert_file);
}

}  // namespace

void check_uplink(const UplinkOptions& uplink, const CheckedMap& checked,
                  Diagnostics& diagnostics) {
    check_auth(uplink, checked, diagnostics);
    check_topics(uplink, checked, diagnostics);
    if (checked.given("tls") && checked.sound("url") && !uplink.host.empty() && !uplink.secure) {
        diagnostics.warning(checked.place("tls"), "tls has no effect on mqtt://; use mqtts://");
    }
    check_client_certificate(uplink.tls, checked, diagnostics);
    const std::filesystem::path& ca_file = uplink.tls.ca_file;
    std::error_code failure;
    if (!ca_file.empty() && checked.sound("tls.ca_file") &&
        !std::filesystem::exists(ca_file, failure)) {
        diagnostics.error(checked.place("tls.ca_file"),
                          "ca_file is " + ca_file.string() + ", which is not there");
    }
    if (checked.sound("session_expiry") && uplink.session_expiry != Duration::zero()) {
        diagnostics.error(checked.place("session_expiry"),
                          "session_expiry is " + fieldway::to_text(uplink.session_expiry) +
                              ", which is not built yet: kept sessions come with the native "
                              "engine; it can be 0s");
    }
}

}  // namespace fieldway::config
