// A device's private key: read from PEM, judged, and used to sign. The only file pair that knows
// OpenSSL's keys.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace fieldway::uplink {

/// As a token's header names it (RFC 7518 clause 3.1).
enum class SigningAlgorithm : std::uint8_t {
    es256,  ///< ECDSA on P-256 with SHA-256
    rs256,  ///< RSASSA-PKCS1-v1_5 with SHA-256, at least 2048 bits
};
std::string_view name_of(SigningAlgorithm algorithm);

/// Thread: any, one at a time. An RSA signature takes about a millisecond: not on the core.
class SigningKey {
  public:
    /// PKCS#8, SEC1 (`EC PRIVATE KEY`) and PKCS#1 (`RSA PRIVATE KEY`). An error says what the text
    /// is instead: a public key, a certificate, an encrypted key, another curve, too few bits.
    static Result<SigningKey> from_pem(std::string_view pem);
    /// The file's key; an error names the file, never what is in it.
    static Result<SigningKey> from_file(const std::filesystem::path& file);
    static Result<SigningKey> generate(SigningAlgorithm algorithm);

    SigningKey(SigningKey&&) noexcept;
    SigningKey& operator=(SigningKey&&) noexcept;
    ~SigningKey();

    [[nodiscard]] SigningAlgorithm algorithm() const { return algorithm_; }
    /// The signature as a JWS carries it (RFC 7518 clauses 3.3 and 3.4): for ES256 r and s, 32
    /// bytes each, not DER.
    [[nodiscard]] Result<Bytes> sign(std::string_view text) const;
    /// SubjectPublicKeyInfo: what is uploaded to the platform.
    [[nodiscard]] std::string public_pem() const;
    /// SHA-256 of the SubjectPublicKeyInfo in DER, lower-case hex: `kid: spki-sha256`.
    [[nodiscard]] std::string spki_sha256() const;
    /// PKCS#8, not encrypted: for the file of a new key. A secret.
    [[nodiscard]] std::string private_pem() const;

  private:
    struct Handle;
    SigningKey(std::unique_ptr<Handle> handle, SigningAlgorithm algorithm);

    std::unique_ptr<Handle> handle_;
    SigningAlgorithm algorithm_ = SigningAlgorithm::es256;
};

}  // namespace fieldway::uplink
