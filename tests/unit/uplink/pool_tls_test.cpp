// TLS of the Paho engine: who is trusted, and what is said about who is not.
#include <filesystem>

#include <gtest/gtest.h>

#include "support/mosquitto.h"
#include "unit/uplink/pool_fixture.h"

namespace fieldway::uplink {
namespace {

using test::Mosquitto;
using test::PoolTest;

class TlsTest : public PoolTest {
  protected:
    Mosquitto::Options tls_for(const std::string& names, int days = 2) {
        std::filesystem::create_directory(folder_.path() / "tls");
        Mosquitto::Options options;
        options.tls = test::make_certificates(folder_.path() / "tls", names, days);
        uplink_.secure = true;
        uplink_.tls.ca_file = options.tls.ca;
        return options;
    }
};

TEST_F(TlsTest, DeliversToABrokerWithAName) {
    Mosquitto broker(tls_for("DNS:localhost"));
    uplink_.host = "localhost";
    uplink_.port = broker.port();
    for (int i = 1; i <= 1000; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 1000; })) << log_text_.str();
}

TEST_F(TlsTest, DeliversToABrokerWithAnAddress) {
    Mosquitto broker(tls_for("IP:127.0.0.1"));
    uplink_.port = broker.port();
    append("a", "1");
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
}

TEST_F(TlsTest, ACertificateOfAnotherNameIsRefused) {
    Mosquitto broker(tls_for("DNS:elsewhere.example"));
    for (const char* host : {"localhost", "127.0.0.1"}) {
        uplink_.host = host;
        uplink_.port = broker.port();
        configure({"a"});
        ASSERT_TRUE(run_until([&] { return state() == "waiting"; })) << log_text_.str();
        EXPECT_NE(log_text_.str().find("its certificate does not name " + uplink_.host),
                  std::string::npos)
            << log_text_.str();
    }
    EXPECT_EQ(broker.log().find("Received PUBLISH"), std::string::npos);
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsRefused) {
    Mosquitto broker(tls_for("DNS:localhost"));
    std::filesystem::create_directory(folder_.path() / "other");
    uplink_.tls.ca_file = test::make_certificates(folder_.path() / "other", "DNS:localhost").ca;
    uplink_.host = "localhost";
    uplink_.port = broker.port();
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "waiting"; })) << log_text_.str();
    EXPECT_NE(log_text_.str().find("certificate verify failed"), std::string::npos)
        << log_text_.str();
}

TEST_F(TlsTest, AnExpiredCertificateIsRefused) {
    Mosquitto broker(tls_for("DNS:localhost,IP:127.0.0.1", -1));
    for (const char* host : {"localhost", "127.0.0.1"}) {
        uplink_.host = host;
        uplink_.port = broker.port();
        configure({"a"});
        ASSERT_TRUE(run_until([&] { return state() == "waiting"; })) << log_text_.str();
        EXPECT_NE(log_text_.str().find("certificate verify failed"), std::string::npos)
            << log_text_.str();
    }
}

TEST_F(TlsTest, TheLeastVersionIsKept) {
    const Mosquitto::Options options = tls_for("IP:127.0.0.1");
    uplink_.tls.min_version = "1.3";
    {
        Mosquitto broker(options);
        uplink_.port = broker.port();
        configure({"a"});
        ASSERT_TRUE(run_until([&] { return state() == "up"; })) << log_text_.str();
        configure({});
    }
    uplink_.port = test::free_port();
    const test::ChildProcess old_server(
        {"openssl", "s_server", "-quiet", "-tls1_2", "-accept",
         "127.0.0.1:" + std::to_string(uplink_.port), "-cert", options.tls.certificate.string(),
         "-key", options.tls.key.string()},
        folder_.path() / "s_server");
    configure({"b"});
    const auto refused = [&] {
        return pool_->status().at(0).reason.find("no TLS connection") != std::string::npos;
    };
    EXPECT_TRUE(run_until(refused)) << log_text_.str();
}

TEST_F(TlsTest, ABrokerThatIsNotThereIsCalledThat) {
    (void)tls_for("DNS:localhost");
    uplink_.host = "localhost";
    uplink_.port = test::free_port();
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "waiting"; })) << log_text_.str();
    EXPECT_NE(log_text_.str().find("Connection refused"), std::string::npos) << log_text_.str();
}

}  // namespace
}  // namespace fieldway::uplink
