#include "rules.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include <boost/json/src.hpp>  // this plugin is a library of its own, without our libraries
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

namespace akenza_broker {

namespace json = boost::json;

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

struct PublicKey {
    Key key;
    std::string id;  ///< SHA-256 of the SubjectPublicKeyInfo, lower-case hex
};

std::optional<std::string> from_base64url(std::string_view text) {
    std::string padded(text);
    if (padded.find_first_of("=+/") != std::string::npos) return std::nullopt;
    std::replace(padded.begin(), padded.end(), '-', '+');
    std::replace(padded.begin(), padded.end(), '_', '/');
    padded.append((4 - padded.size() % 4) % 4, '=');
    std::string out(padded.size() / 4 * 3, '\0');
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(padded.data()),
                                     static_cast<int>(padded.size()));
    if (size < 0) return std::nullopt;
    out.resize(static_cast<std::size_t>(size) - (padded.size() - text.size()));
    return out;
}

std::string hex(const unsigned char* bytes, std::size_t size) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

std::optional<PublicKey> read_key(const std::filesystem::path& file) {
    const std::unique_ptr<FILE, Deleter<fclose>> opened(std::fopen(file.c_str(), "r"));
    if (!opened) return std::nullopt;
    PublicKey key{Key(PEM_read_PUBKEY(opened.get(), nullptr, nullptr, nullptr)), ""};
    if (!key.key) return std::nullopt;
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key.key.get(), &der);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(der, static_cast<std::size_t>(size), digest);
    OPENSSL_free(der);
    key.id = hex(digest, sizeof digest);
    return key;
}

/// All keys that are uploaded for the device, read at each login as an upload takes effect at once.
std::vector<PublicKey> keys_of(const Options& options, std::string_view client) {
    std::vector<PublicKey> keys;
    for (int number = 1; number <= 3; ++number) {
        const std::string name =
            std::string(client) + (number == 1 ? "" : "-" + std::to_string(number)) + ".pub";
        if (auto key = read_key(std::filesystem::path(options.keys) / name)) {
            keys.push_back(std::move(*key));
        }
    }
    return keys;
}

/// RFC 7518 clauses 3.3 and 3.4.
bool verifies(const PublicKey& key, std::string_view algorithm, std::string_view text,
              const std::string& signature) {
    const bool elliptic = EVP_PKEY_is_a(key.key.get(), "EC") == 1;
    if (algorithm != (elliptic ? "ES256" : "RS256")) return false;
    std::string der = signature;
    if (elliptic) {
        if (signature.size() != 64) return false;
        const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
        const std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>> parts(ECDSA_SIG_new());
        ECDSA_SIG_set0(parts.get(), BN_bin2bn(raw, 32, nullptr), BN_bin2bn(raw + 32, 32, nullptr));
        unsigned char* out = nullptr;
        const int size = i2d_ECDSA_SIG(parts.get(), &out);
        der.assign(reinterpret_cast<char*>(out), static_cast<std::size_t>(size));
        OPENSSL_free(out);
    }
    const std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.key.get()) ==
               1 &&
           EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(der.data()),
                            der.size(), reinterpret_cast<const unsigned char*>(text.data()),
                            text.size()) == 1;
}

std::optional<json::object> object_of(std::string_view part) {
    const auto text = from_base64url(part);
    if (!text) return std::nullopt;
    boost::system::error_code bad;
    json::value value = json::parse(*text, bad);
    if (bad || !value.is_object()) return std::nullopt;
    return value.get_object();
}

std::string text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<std::int64_t> integer_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->get_int64();
}

std::string judge_claims(const Options& options, std::string_view client,
                         const json::object& claims, std::int64_t now, std::int64_t& expires) {
    if (text_in(claims, "aud") != options.audience + std::string(client)) return "audience";
    const auto issued = integer_in(claims, "iat");
    const auto until = integer_in(claims, "exp");
    if (!issued || !until) return "iat and exp must be integers";
    if (*issued > now + options.leeway) return "issued in the future";
    if (*until <= now - options.leeway) return "expired";
    if (*until - *issued > options.longest) return "lives too long";
    const json::value* subject = claims.if_contains("sub");
    if (subject != nullptr && (!subject->is_string() || subject->get_string() != client)) {
        return "subject";
    }
    expires = *until;
    return "";
}

Verdict judge_token(const Options& options, std::string_view client, std::string_view token,
                    std::int64_t now) {
    Verdict verdict;
    const std::size_t first = token.find('.');
    const std::size_t second = first == token.npos ? first : token.find('.', first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos) {
        verdict.refused = "the password is no token";
        return verdict;
    }
    const auto header = object_of(token.substr(0, first));
    const auto claims = object_of(token.substr(first + 1, second - first - 1));
    const auto signature = from_base64url(token.substr(second + 1));
    if (!header || !claims || !signature) {
        verdict.refused = "a part of the token is no base64url";
        return verdict;
    }
    const std::string key_id = text_in(*header, "kid");
    const auto keys = keys_of(options, client);
    const bool signed_by_one = std::any_of(keys.begin(), keys.end(), [&](const PublicKey& key) {
        return (key_id.empty() || key_id == key.id) &&
               verifies(key, text_in(*header, "alg"), token.substr(0, second), *signature);
    });
    verdict.refused = keys.empty()    ? "no such device"
                      : signed_by_one ? judge_claims(options, client, *claims, now, verdict.expires)
                                      : "signature";
    return verdict;
}

/// `prefix` itself, or levels below it of which none is empty or a wildcard.
std::string judge_levels(std::string_view topic, const std::string& prefix) {
    if (topic == prefix) return "";
    if (!topic.starts_with(prefix + "/")) return "not the device's topic";
    topic.remove_prefix(prefix.size());
    if (topic.find("//") != topic.npos || topic.ends_with('/')) return "an empty level";
    if (topic.find_first_of("+#") != topic.npos) return "a wildcard";
    return "";
}

std::string base_of(const Options& options, Login login, std::string_view direction,
                    std::string_view client) {
    return "/" + std::string(direction) + "/" +
           (login == Login::device ? "device" : options.secret) + "/id/" + std::string(client);
}

}  // namespace

Verdict judge_login(const Options& options, std::string_view client, std::string_view username,
                    std::string_view password, std::int64_t now) {
    if (username.empty()) return {"no user name", Login::device, 0};
    if (!options.connector.empty() && username == options.connector) {
        return {password == options.secret ? "" : "secret", Login::connector, 0};
    }
    return judge_token(options, client, password, now);
}

std::string judge_uplink(const Options& options, Login login, std::string_view client,
                         std::string_view topic) {
    return judge_levels(topic, base_of(options, login, "up", client));
}

std::string judge_downlink(const Options& options, Login login, std::string_view client,
                           std::string_view topic) {
    const std::string base = base_of(options, login, "down", client);
    if (topic == base || topic.starts_with(base + "/")) return "";
    return "not the device's downlink topic";
}

std::string judge_payload(std::string_view content_type, std::string_view payload) {
    static constexpr std::string_view others[] = {"text/plain", "application/octet-stream",
                                                  "application/xml", "text/csv"};
    if (content_type.empty() || content_type == "application/json") {
        boost::system::error_code bad;
        const json::value value = json::parse(payload, bad);
        return !bad && (value.is_object() || value.is_array()) ? "" : "no JSON object or array";
    }
    const bool known =
        std::find(std::begin(others), std::end(others), content_type) != std::end(others);
    return known ? "" : "an unknown content type";
}

}  // namespace akenza_broker
