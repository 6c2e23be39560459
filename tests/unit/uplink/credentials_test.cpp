#include "uplink/credentials.h"

#include <fstream>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace fieldway::uplink {
namespace {

TEST(Credentials, ComeFromTheTextOrTheFile) {
    const test::TempFolder folder;
    std::ofstream(folder.path() / "secret") << "from-file\n";
    config::AuthOptions auth;
    EXPECT_EQ(read_secret(auth).value(), "");
    EXPECT_FALSE(secret_is_in_a_file(auth));
    auth.method = config::AuthMethod::password;
    auth.password = "from-text";
    EXPECT_EQ(read_secret(auth).value(), "from-text");
    EXPECT_FALSE(secret_is_in_a_file(auth));
    auth.method = config::AuthMethod::uplink_secret;
    auth.secret_file = folder.path() / "secret";
    EXPECT_EQ(read_secret(auth).value(), "from-file");
    EXPECT_TRUE(secret_is_in_a_file(auth));
}

TEST(Credentials, AMissingFileIsNamed) {
    config::AuthOptions auth;
    auth.method = config::AuthMethod::password;
    auth.password_file = "/no/such/file";
    const auto secret = read_secret(auth);
    ASSERT_FALSE(secret);
    EXPECT_NE(secret.error().text().find("/no/such/file"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::uplink
