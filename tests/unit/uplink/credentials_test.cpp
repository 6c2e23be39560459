#include "uplink/credentials.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_folder.h"
#include "uplink/signing_key.h"

namespace fieldway::uplink {
namespace {

config::UplinkOptions uplink_of(config::AuthMethod method) {
    config::UplinkOptions uplink;
    uplink.auth.method = method;
    return uplink;
}

Result<std::string> secret_of(const config::UplinkOptions& uplink) {
    const auto secret =
        make_secret(uplink, DeviceId::parse("0CA1").value(), WhichKey::present, WallTime{});
    if (!secret) return secret.error();
    return secret->text;
}

TEST(Credentials, ComeFromTheTextOrTheFile) {
    const test::TempFolder folder;
    std::ofstream(folder.path() / "secret") << "from-file\n";
    EXPECT_EQ(secret_of(uplink_of(config::AuthMethod::none)).value(), "");
    EXPECT_FALSE(secret_is_in_a_file({}));
    auto uplink = uplink_of(config::AuthMethod::password);
    uplink.auth.password = "from-text";
    EXPECT_EQ(secret_of(uplink).value(), "from-text");
    EXPECT_FALSE(secret_is_in_a_file(uplink.auth));
    uplink = uplink_of(config::AuthMethod::uplink_secret);
    uplink.auth.secret_file = folder.path() / "secret";
    EXPECT_EQ(secret_of(uplink).value(), "from-file");
    EXPECT_TRUE(secret_is_in_a_file(uplink.auth));
}

TEST(Credentials, AMissingFileIsNamed) {
    auto uplink = uplink_of(config::AuthMethod::password);
    uplink.auth.password_file = "/no/such/file";
    const auto secret = secret_of(uplink);
    ASSERT_FALSE(secret);
    EXPECT_NE(secret.error().text().find("/no/such/file"), std::string::npos);
}

TEST(Credentials, ATokenIsSignedWithTheDevicesOwnKey) {
    const test::TempFolder folder;
    std::ofstream(folder.path() / "0CA1.pem")
        << SigningKey::generate(SigningAlgorithm::es256).value().private_pem();
    auto uplink = uplink_of(config::AuthMethod::device_credentials);
    uplink.auth.key_file = folder.path() / "{device}.pem";
    uplink.auth.audience = "https://akenza.io/devices/{device}";
    EXPECT_TRUE(secret_is_in_a_file(uplink.auth));
    const std::string token = secret_of(uplink).value();
    EXPECT_EQ(std::count(token.begin(), token.end(), '.'), 2);
    const WallTime now(std::chrono::milliseconds(1'800'000'000'400));
    const auto secret =
        make_secret(uplink, DeviceId::parse("0CA1").value(), WhichKey::present, now).value();
    EXPECT_EQ(secret.expires, WallTime(std::chrono::seconds(1'800'003'600)));
    EXPECT_EQ(secret.life, std::chrono::hours(1) - std::chrono::milliseconds(400))
        << "iat is cut to the second, and exp counts from it";
    const auto other = make_secret(uplink, DeviceId::parse("0CA2").value(), WhichKey::present, {});
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().text().find("0CA2.pem"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::uplink
