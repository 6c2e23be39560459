#include "uplink/token.h"

#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

namespace json = boost::json;

config::UplinkOptions uplink() {
    config::UplinkOptions options;
    options.auth.method = config::AuthMethod::device_credentials;
    options.auth.audience = "https://akenza.io/devices/{device}";
    options.auth.token_lifetime = std::chrono::minutes(20);
    return options;
}

const DeviceId device = DeviceId::parse("0CA1B2").value();
const WallTime noon{std::chrono::milliseconds(1'795'608'000'750)};

TEST(Token, Base64urlIsThatOfTheStandard) {
    // RFC 4648 clause 10, without the padding; and the two letters that differ.
    const std::pair<std::string_view, std::string_view> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xFB\xFF\xBF", "-_-_"}};
    for (const auto& [text, encoded] : vectors)
        EXPECT_EQ(base64url(as_bytes(text)), encoded);
}

TEST(Token, TheHeaderOfRfc7515IsEncodedAsThere) {
    EXPECT_EQ(base64url(as_bytes(R"({"alg":"ES256"})")), "eyJhbGciOiJFUzI1NiJ9");  // appendix A.3
    EXPECT_EQ(base64url(as_bytes(R"({"alg":"RS256"})")), "eyJhbGciOiJSUzI1NiJ9");  // appendix A.2
}

TEST(Token, SaysForWhomAndForHowLong) {
    const auto key = SigningKey::generate(SigningAlgorithm::es256).value();
    const std::string token = make_token(key, claims_of(uplink(), device, key, noon)).value();
    EXPECT_EQ(json::serialize(decode_token(token)->header), R"({"alg":"ES256","typ":"JWT"})");
    EXPECT_EQ(
        json::serialize(decode_token(token)->payload),
        R"({"aud":"https://akenza.io/devices/0CA1B2","iat":1795608000,"exp":1795609200,"sub":"0CA1B2"})");
}

TEST(Token, LeavesOutWhatIsSwitchedOffAndCarriesTheKeysId) {
    const auto key = SigningKey::generate(SigningAlgorithm::es256).value();
    auto options = uplink();
    options.auth.subject = false;
    options.auth.kid = "spki-sha256";
    std::string token = make_token(key, claims_of(options, device, key, noon)).value();
    EXPECT_EQ(decode_token(token)->header.at("kid").as_string(), key.spki_sha256());
    EXPECT_FALSE(decode_token(token)->payload.contains("sub"));
    options.auth.kid = "plant-7";
    token = make_token(key, claims_of(options, device, key, noon)).value();
    EXPECT_EQ(decode_token(token)->header.at("kid").as_string(), "plant-7");
}

TEST(Token, ThreePartsAndNoPadding) {
    for (const auto algorithm : {SigningAlgorithm::es256, SigningAlgorithm::rs256}) {
        const auto key = SigningKey::generate(algorithm).value();
        const std::string token = make_token(key, claims_of(uplink(), device, key, noon)).value();
        EXPECT_EQ(std::count(token.begin(), token.end(), '.'), 2);
        EXPECT_EQ(token.find_first_of("=+/"), std::string::npos);
        EXPECT_EQ(decode_token(token)->header.at("alg").as_string(), name_of(algorithm));
    }
}

TEST(Token, WhatIsNoneIsSaid) {
    for (const char* text : {"", "a.b", "a.b.c", "eyJhbGciOiJFUzI1NiJ9.W10.x", "e30.e=0.x"})
        EXPECT_FALSE(decode_token(text)) << text;
    EXPECT_TRUE(decode_token("e30.e30.x"));
}

TEST(Token, EachDeviceHasItsOwnFile) {
    EXPECT_EQ(key_file_of("/etc/fieldway/keys/{device}.pem", device),
              "/etc/fieldway/keys/0CA1B2.pem");
}

}  // namespace
}  // namespace fieldway::uplink
