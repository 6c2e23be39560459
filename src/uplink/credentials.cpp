#include "uplink/credentials.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/text_file.h"
#include "uplink/token.h"

namespace fieldway::uplink {

namespace {

Result<Secret> text_or_file(const std::string& text, const std::filesystem::path& file) {
    if (file.empty()) return Secret{.text = text};
    auto read = read_secret_file(file);
    if (!read) return read.error();
    return Secret{.text = std::move(*read)};
}

}  // namespace

Result<SigningKey> device_key(const config::UplinkOptions& uplink, const DeviceId& device,
                              WhichKey which) {
    const std::filesystem::path file = secret_file_of(uplink, device, which);
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown) && !unknown) {
        return Error::stop_device("there is no key file " + file.string() +
                                  "; make one with `fieldway keys new " + device.text() +
                                  (which == WhichKey::next ? " --next`" : "`"));
    }
    return SigningKey::from_file(file);
}

namespace {

Result<Secret> make_device_token(const config::UplinkOptions& uplink, const DeviceId& device,
                                 WhichKey which, WallTime now) {
    const auto key = device_key(uplink, device, which);
    if (!key) return key.error();
    const TokenClaims claims = claims_of(uplink, device, *key, now);
    auto token = make_token(*key, claims);
    if (!token) return token.error();
    return Secret{std::move(*token), claims.expires - now, claims.expires};
}

}  // namespace

std::filesystem::path secret_file_of(const config::UplinkOptions& uplink, const DeviceId& device,
                                     WhichKey key) {
    const config::AuthOptions& auth = uplink.auth;
    switch (auth.method) {
        case config::AuthMethod::none:
        case config::AuthMethod::certificate:
            return {};
        case config::AuthMethod::password:
            return auth.password_file;
        case config::AuthMethod::uplink_secret:
            return auth.secret_file;
        case config::AuthMethod::device_credentials:
            return key_file_of(key == WhichKey::next ? auth.next_key_file : auth.key_file, device);
    }
    return {};
}

bool secret_is_in_a_file(const config::AuthOptions& auth) {
    switch (auth.method) {
        case config::AuthMethod::none:
        case config::AuthMethod::certificate:
            return false;
        case config::AuthMethod::password:
            return !auth.password_file.empty();
        case config::AuthMethod::uplink_secret:
            return !auth.secret_file.empty();
        case config::AuthMethod::device_credentials:
            return true;
    }
    return false;
}

Result<Secret> make_secret(const config::UplinkOptions& uplink, const DeviceId& device,
                           WhichKey key, WallTime now) {
    const config::AuthOptions& auth = uplink.auth;
    switch (auth.method) {
        case config::AuthMethod::none:
        case config::AuthMethod::certificate:
            return Secret{};
        case config::AuthMethod::password:
            return text_or_file(auth.password, auth.password_file);
        case config::AuthMethod::uplink_secret:
            return text_or_file(auth.secret, auth.secret_file);
        case config::AuthMethod::device_credentials:
            return make_device_token(uplink, device, key, now);
    }
    return Secret{};
}

}  // namespace fieldway::uplink
