#include "uplink/signing_key.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "uplink/token.h"

namespace fieldway::uplink {
namespace {

Result<SigningKey> key_in(const std::string& name) {
    return SigningKey::from_file(std::filesystem::path(FIELDWAY_SOURCE_DIR) / "tests/cases/keys" /
                                 (name + ".pem"));
}

/// OpenSSL's own opinion of r and s.
bool verifies(const SigningKey& key, std::string_view text, const Bytes& raw) {
    const std::string pem = key.public_pem();
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    EVP_PKEY* pkey = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
    ECDSA_SIG* parts = ECDSA_SIG_new();
    ECDSA_SIG_set0(parts, BN_bin2bn(raw.data(), 32, nullptr),
                   BN_bin2bn(raw.data() + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(parts, &der);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, pkey);
    const bool good =
        EVP_DigestVerify(context, der, static_cast<std::size_t>(size),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ECDSA_SIG_free(parts);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    return good;
}

TEST(SigningKey, IsReadFromEachWrapping) {
    for (const char* name : {"p256-sec1", "p256-pkcs8", "p256-with-parameters"}) {
        const auto key = key_in(name);
        ASSERT_TRUE(key) << name << ": " << key.error().text();
        EXPECT_EQ(key->algorithm(), SigningAlgorithm::es256);
        EXPECT_EQ(key_in("p256-sec1")->public_pem(), key_in("p256-pkcs8")->public_pem());
    }
    for (const char* name : {"rsa2048-pkcs1", "rsa2048-pkcs8"}) {
        const auto key = key_in(name);
        ASSERT_TRUE(key) << name << ": " << key.error().text();
        EXPECT_EQ(key->algorithm(), SigningAlgorithm::rs256);
    }
}

TEST(SigningKey, SaysWhatItIsThatCannotBeUsed) {
    const std::pair<const char*, const char*> refused[] = {
        {"rsa1024", "an RSA key of 1024 bits; the least is 2048"},
        {"p384", "an EC key on the curve secp384r1; only P-256"},
        {"ed25519", "a key of type ED25519; RSA (2048 bits and more) and EC on P-256"},
        {"p256-public", "holds the public key"},
        {"p256-certificate", "holds a certificate"},
        {"p256-encrypted", "the key is encrypted"},
        {"openssh", "OpenSSH's own format"},
    };
    for (const auto& [name, sentence] : refused) {
        const auto key = key_in(name);
        ASSERT_FALSE(key) << name;
        EXPECT_NE(key.error().text().find(sentence), std::string::npos) << key.error().text();
        EXPECT_NE(key.error().text().find(std::string(name) + ".pem"), std::string::npos);
    }
    EXPECT_NE(SigningKey::from_pem("hello").error().text().find("no PEM text"), std::string::npos);
    const std::string pem = key_in("p256-pkcs8")->private_pem();
    EXPECT_FALSE(SigningKey::from_pem(pem.substr(0, pem.size() / 2)));
}

TEST(SigningKey, AnRsaSignatureIsWhatOpensslMakes) {
    const auto signature = key_in("rsa2048-pkcs1")->sign("fieldway").value();
    EXPECT_EQ(
        to_hex(signature),
        "816a8d0a337ce0ac87a16b1ee15ff23c1ea1c064399b6da0bf4ef6ce56fe20b93f1c96227dafcd3c8a29bd9480"
        "2339b2a813ae9475f992560b6f01665e8ff9f5fd02bfb4c9aaefaa195feafdbf207167c9a9d20ba8f268ce9874"
        "a8d4db5c0e906da8d9e98c9f97a0d50bcd389e38b9090758dca8a8e53e5fc9a1d74adde0fb37e7e40bf526b768"
        "7f8cc2ead2ce9094969f4fb32d4a02d922e7f3d5a9a3f762cf0b3d673a8749f8001e80e6f8746a67597e26e9f6"
        "d315774b4db5f0084305b0ba3fa953fd6b7ac1095080f89ca29e2dd22519c48268eb699b0cc0a6ee3712dac74f"
        "cbad911fdd234eb2c1784c9dd10f5d5391ad57e6464fadd7274946515819fd");
}

TEST(SigningKey, AnEcdsaSignatureIsRAndSOfFixedWidth) {
    const auto key = key_in("p256-sec1");
    // r or s begins with a zero byte in one of 128: the width must stay.
    for (int i = 0; i < 400; ++i) {
        const std::string text = "text " + std::to_string(i);
        const Bytes signature = key->sign(text).value();
        ASSERT_EQ(signature.size(), 64U);
        ASSERT_TRUE(verifies(*key, text, signature));
        ASSERT_FALSE(verifies(*key, text + "x", signature));
    }
}

// The examples of RFC 7515: header and payload as they are signed there.
constexpr std::string_view rfc_payload =
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ";

TEST(SigningKey, SignsTheExampleOfRfc7515AppendixA2ByteForByte) {
    const auto key = key_in("rfc7515-a2").value();
    const std::string text = "eyJhbGciOiJSUzI1NiJ9" + std::string(rfc_payload);
    EXPECT_EQ(
        base64url(key.sign(text).value()),
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLI"
        "ARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noO"
        "PqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQG"
        "e77Rw");
}

TEST(SigningKey, WhatVerifiesTheExampleOfRfc7515AppendixA3VerifiesOurs) {
    const auto key = key_in("rfc7515-a3").value();
    const std::string text = "eyJhbGciOiJFUzI1NiJ9" + std::string(rfc_payload);
    // r and s of the appendix, in hex.
    const Bytes theirs =
        bytes_from_hex(
            "0ed1215379636c483c2f7f155807d402a3b228033af97c7e17819ac3169ea665c50a07d38c3c70e5"
            "d8f12daf084a5480a66590c5f293509a8f3f7f8a83a354d5")
            .value();
    EXPECT_TRUE(verifies(key, text, theirs));
    const Bytes ours = key.sign(text).value();
    EXPECT_NE(ours, theirs) << "each signature has a random number of its own";
    EXPECT_TRUE(verifies(key, text, ours));
    EXPECT_EQ(base64url(ours).size(), base64url(theirs).size());
}

TEST(SigningKey, TheKeyIdIsTheDigestOfThePublicKey) {
    EXPECT_EQ(key_in("p256-pkcs8")->spki_sha256(),
              "8d662fd84044c846df80370c9fbd168f3c7e48ba6af716d20cb87d44aec87ec5");
    EXPECT_EQ(key_in("rsa2048-pkcs8")->spki_sha256(),
              "3e8e02342443446cc400be5ff469629edde2ad60f28dde20730cb5a8c3d75017");
}

TEST(SigningKey, ANewOneCanBeWrittenAndReadAgain) {
    for (const auto algorithm : {SigningAlgorithm::es256, SigningAlgorithm::rs256}) {
        const auto key = SigningKey::generate(algorithm).value();
        const auto again = SigningKey::from_pem(key.private_pem()).value();
        EXPECT_EQ(again.algorithm(), algorithm);
        EXPECT_EQ(again.public_pem(), key.public_pem());
    }
}

}  // namespace
}  // namespace fieldway::uplink
