// A device's token: a JSON Web Token (RFC 7519) in JWS compact form (RFC 7515), made anew for each
// connect. akenza, "Using JSON Web Tokens (JWTs)": aud, iat and exp; the MQTT password carries it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/uplink_options.h"
#include "flow/device_id.h"
#include "uplink/signing_key.h"

namespace fieldway::uplink {

/// base64url without padding (RFC 7515 clause 2).
std::string base64url(ByteView bytes);

struct TokenClaims {
    std::string audience;               ///< a single string
    std::string subject;                ///< empty: no `sub`
    std::chrono::sys_seconds issued{};  ///< whole seconds, as every platform takes them
    std::chrono::sys_seconds expires{};
    std::string key_id;  ///< empty: no `kid`
};

/// What a device's token says when it is made at `now`.
TokenClaims claims_of(const config::UplinkOptions& uplink, const DeviceId& device,
                      const SigningKey& key, WallTime now);

/// Signed with the key: header.payload.signature. A secret.
Result<std::string> make_token(const SigningKey& key, const TokenClaims& claims);

struct DecodedToken {
    boost::json::object header;
    boost::json::object payload;
};
/// What a token says, for people to look at; its signature is not looked at.
Result<DecodedToken> decode_token(std::string_view token);

/// The file of the device's key: {device} of the uplink's key_file filled in.
std::filesystem::path key_file_of(const std::filesystem::path& pattern, const DeviceId& device);

}  // namespace fieldway::uplink
