#include "uplink/token.h"

#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "uplink/platform.h"

namespace fieldway::uplink {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string part_of(const boost::json::object& object) {
    return base64url(as_bytes(boost::json::serialize(object)));
}

/// Nothing when a letter is none of the alphabet.
std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char letter : text) {
        const std::size_t value = letters.find(letter);
        if (value == letters.npos) return std::nullopt;
        bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> held & 0xFF);
    }
    return out;
}

/// One of the first two parts.
std::optional<boost::json::object> decoded_part(std::string_view part) {
    const auto text = from_base64url(part);
    if (!text) return std::nullopt;
    boost::system::error_code bad;
    const boost::json::value value = boost::json::parse(*text, bad);
    if (bad || !value.is_object()) return std::nullopt;
    return value.get_object();
}

}  // namespace

std::string base64url(ByteView bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8 | byte) & 0xFFFF;
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += letters[bits >> held & 0x3F];
        }
    }
    if (held > 0) out += letters[bits << (6 - held) & 0x3F];
    return out;
}

TokenClaims claims_of(const config::UplinkOptions& uplink, const DeviceId& device,
                      const SigningKey& key, WallTime now) {
    const config::AuthOptions& auth = uplink.auth;
    TokenClaims claims;
    claims.audience = fill_template(auth.audience, device.text(), "");
    if (auth.subject) claims.subject = device.text();
    claims.issued = std::chrono::floor<std::chrono::seconds>(now);
    claims.expires =
        claims.issued + std::chrono::duration_cast<std::chrono::seconds>(auth.token_lifetime);
    if (auth.kid == "spki-sha256") {
        claims.key_id = key.spki_sha256();
    } else if (auth.kid != "none") {
        claims.key_id = fill_template(auth.kid, device.text(), "");
    }
    return claims;
}

Result<std::string> make_token(const SigningKey& key, const TokenClaims& claims) {
    boost::json::object header{{"alg", name_of(key.algorithm())}, {"typ", "JWT"}};
    if (!claims.key_id.empty()) header["kid"] = claims.key_id;
    boost::json::object payload{{"aud", claims.audience},
                                {"iat", claims.issued.time_since_epoch().count()},
                                {"exp", claims.expires.time_since_epoch().count()}};
    if (!claims.subject.empty()) payload["sub"] = claims.subject;
    std::string token = part_of(header) + '.' + part_of(payload);
    const auto signature = key.sign(token);
    if (!signature) return signature.error();
    return token + '.' + base64url(*signature);
}

Result<DecodedToken> decode_token(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
    if (second == token.npos) {
        return Error::drop_item("a token has three parts with dots between them; this has not");
    }
    auto header = decoded_part(token.substr(0, first));
    auto payload = decoded_part(token.substr(first + 1, second - first - 1));
    if (!header || !payload) {
        return Error::drop_item("a part of the token is no JSON object in base64url");
    }
    return DecodedToken{std::move(*header), std::move(*payload)};
}

std::filesystem::path key_file_of(const std::filesystem::path& pattern, const DeviceId& device) {
    return fill_template(pattern.string(), device.text(), "");
}

}  // namespace fieldway::uplink
