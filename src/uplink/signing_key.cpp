#include "uplink/signing_key.h"

#include <utility>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/text_file.h"

namespace fieldway::uplink {

namespace {

constexpr std::size_t coordinate = 32;  // bytes of r and of s on P-256
constexpr int least_rsa_bits = 2048;

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

Bio memory_of(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

/// No prompt on a terminal for an encrypted key: it has no password.
int no_password(char*, int, int, void*) {
    return 0;
}

/// What stands in a text that is no private key we can read.
std::string why_no_key(std::string_view pem) {
    const auto has = [&](std::string_view part) { return pem.find(part) != pem.npos; };
    if (has("ENCRYPTED")) {
        return "the key is encrypted; nobody is there to type its password: store it without one "
               "(openssl pkey -in KEY -out PLAIN), readable by fieldway alone";
    }
    if (has("-----BEGIN CERTIFICATE")) return "it holds a certificate, not the private key";
    if (has("-----BEGIN PUBLIC KEY")) {
        return "it holds the public key; the private one signs, the public one is uploaded";
    }
    if (has("-----BEGIN OPENSSH PRIVATE KEY")) {
        return "it is a key of OpenSSH's own format; make one with `fieldway keys new`";
    }
    if (!has("-----BEGIN ")) return "it is no PEM text (-----BEGIN ... PRIVATE KEY-----)";
    return "it holds no private key that can be read; it may be cut short or changed";
}

Result<SigningAlgorithm> algorithm_of(EVP_PKEY* key) {
    const int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "RSA") == 1) {
        if (bits >= least_rsa_bits) return SigningAlgorithm::rs256;
        return Error::stop_device("it is an RSA key of " + std::to_string(bits) +
                                  " bits; the least is " + std::to_string(least_rsa_bits));
    }
    if (EVP_PKEY_is_a(key, "EC") != 1) {
        const char* kind = EVP_PKEY_get0_type_name(key);
        return Error::stop_device(std::string("it is a key of type ") + (kind ? kind : "unknown") +
                                  "; RSA (2048 bits and more) and EC on P-256 can be used");
    }
    char group[64] = "";
    std::size_t size = 0;
    EVP_PKEY_get_group_name(key, group, sizeof group, &size);
    if (std::string_view(group) == "prime256v1" || std::string_view(group) == "P-256") {
        return SigningAlgorithm::es256;
    }
    return Error::stop_device("it is an EC key on the curve " + std::string(group) +
                              "; only P-256 (prime256v1) can be used");
}

/// DER SEQUENCE of two INTEGERs to r and s, fixed width, big-endian.
Result<Bytes> raw_signature(const Bytes& der) {
    const unsigned char* at = der.data();
    const EcdsaSignature parts(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    Bytes raw(2 * coordinate);
    if (!parts ||
        BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), raw.data(), coordinate) != coordinate ||
        BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), raw.data() + coordinate, coordinate) !=
            coordinate) {
        return Error::stop_device("OpenSSL gave an ECDSA signature that is none");
    }
    return raw;
}

}  // namespace

struct SigningKey::Handle {
    Pkey key;
};

std::string_view name_of(SigningAlgorithm algorithm) {
    return algorithm == SigningAlgorithm::es256 ? "ES256" : "RS256";
}

SigningKey::SigningKey(std::unique_ptr<Handle> handle, SigningAlgorithm algorithm)
    : handle_(std::move(handle)), algorithm_(algorithm) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
    const Bio bio = memory_of(pem);
    Pkey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
    ERR_clear_error();
    if (!key) return Error::stop_device(why_no_key(pem));
    const auto algorithm = algorithm_of(key.get());
    if (!algorithm) return algorithm.error();
    return SigningKey(std::make_unique<Handle>(Handle{std::move(key)}), *algorithm);
}

Result<SigningKey> SigningKey::from_file(const std::filesystem::path& file) {
    const auto pem = read_secret_file(file);
    if (!pem) return pem.error();
    auto key = from_pem(*pem);
    if (!key) return key.error().within("key file " + file.string());
    return key;
}

Result<SigningKey> SigningKey::generate(SigningAlgorithm algorithm) {
    Pkey key(algorithm == SigningAlgorithm::es256
                 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                 : EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{least_rsa_bits}));
    ERR_clear_error();
    if (!key) return Error::stop_program("OpenSSL could not make a key");
    return SigningKey(std::make_unique<Handle>(Handle{std::move(key)}), algorithm);
}

Result<Bytes> SigningKey::sign(std::string_view text) const {
    const DigestContext context(EVP_MD_CTX_new());
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    Bytes signature;
    bool done = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                              handle_->key.get()) == 1;
    done = done && EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1;
    if (done) {
        signature.resize(size);
        done = EVP_DigestSign(context.get(), signature.data(), &size, bytes, text.size()) == 1;
    }
    ERR_clear_error();
    if (!done) return Error::stop_device("OpenSSL could not sign with the key");
    signature.resize(size);
    if (algorithm_ == SigningAlgorithm::es256) return raw_signature(signature);
    return signature;
}

std::string SigningKey::public_pem() const {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PUBKEY(bio.get(), handle_->key.get());
    return text_of(bio.get());
}

std::string SigningKey::private_pem() const {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr,
                                  nullptr);
    return text_of(bio.get());
}

std::string SigningKey::spki_sha256() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(handle_->key.get(), &der);
    if (size <= 0) return {};
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(der, static_cast<std::size_t>(size), digest.data());
    OPENSSL_free(der);
    return to_hex(digest);
}

}  // namespace fieldway::uplink
