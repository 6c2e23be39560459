// Pool, sessions and the Paho engine against a real mosquitto.
#include "uplink/pool.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "queue/memory_queue.h"
#include "support/mosquitto.h"
#include "support/scripted_broker.h"

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;
using test::Mosquitto;

DeviceId id(const std::string& text) {
    return DeviceId::parse(text).value();
}

/// Everything a pool needs, on this thread.
class PoolTest : public testing::Test {
  protected:
    PoolTest() : log_(make_log()), engine_(make_paho_engine(core_, clock_, log_)) {
        pool_ = make_pool({core_, queue_, *engine_, clock_, log_, 1, 100});
        uplink_.name = "broker";
        uplink_.host = "127.0.0.1";
        uplink_.topics.uplink = "site/{device}/{subtopic}";
        uplink_.limits.messages_per_second = 0;
        uplink_.limits.connects_per_second = 100;
    }
    ~PoolTest() override {
        pool_.reset();
        engine_->stop(clock_.monotonic() + seconds(5));
    }

    Log make_log() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_);
        sink->set_pattern("%l %v");
        return Log(std::make_shared<spdlog::logger>("test", std::move(sink)), LogFormat::text);
    }
    void append(const std::string& device, const std::string& payload, std::string subtopic = "") {
        Message message{"broker",          id(device), std::move(subtopic), Lane::telemetry,
                        ContentType::json, payload,    clock_.now()};
        ASSERT_TRUE(queue_.append(std::move(message), {}));
    }
    bool run_until(const std::function<bool()>& happened, seconds most = seconds(30)) {
        const auto end = clock_.monotonic() + most;
        while (!happened() && clock_.monotonic() < end) {
            core_.restart();
            core_.run_one_for(std::chrono::milliseconds(20));
        }
        return happened();
    }
    void configure(const std::vector<std::string>& devices) {
        std::vector<SessionPlan> plans;
        for (const std::string& device : devices)
            plans.push_back({id(device), "broker"});
        pool_->configure({uplink_}, plans);
    }
    [[nodiscard]] std::uint64_t released() const { return queue_.figures().total.released; }
    [[nodiscard]] std::string state(std::size_t session = 0) const {
        return pool_->status().at(session).state;
    }

    SystemClock clock_;
    boost::asio::io_context core_;
    std::ostringstream log_text_;
    Log log_;
    queue::MemoryQueue queue_{config::QueueOptions(), [this](std::function<void()> job) {
                                  boost::asio::post(core_, std::move(job));
                              }};
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Pool> pool_;
    config::UplinkOptions uplink_;
    test::TempFolder folder_;
};

std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i <= to; ++i)
        text += std::to_string(i) + "\n";
    return text;
}

TEST_F(PoolTest, DeliversAThousandMessagesInOrder) {
    Mosquitto broker;
    uplink_.port = broker.port();
    auto subscriber = broker.subscribe({"-t", "site/a", "-q", "1"}, folder_.path() / "got");
    for (int i = 1; i <= 1000; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 1000; })) << log_text_.str();
    EXPECT_TRUE(test::wait_for(
        [&] { return test::read_file(folder_.path() / "got") == numbers(1, 1000); }));
    EXPECT_EQ(log_text_.str(), "info session.up: device a is connected to broker 127.0.0.1:" +
                                   std::to_string(broker.port()) + "  device=a  uplink=broker\n");
}

TEST_F(PoolTest, DeliversOver311Too) {
    Mosquitto broker;
    uplink_.port = broker.port();
    uplink_.mqtt_version = config::MqttVersion::v3_1_1;
    auto subscriber = broker.subscribe({"-t", "site/a/sub", "-q", "1"}, folder_.path() / "got");
    for (int i = 1; i <= 100; ++i)
        append("a", std::to_string(i), "sub");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 100; })) << log_text_.str();
    EXPECT_TRUE(
        test::wait_for([&] { return test::read_file(folder_.path() / "got") == numbers(1, 100); }));
}

TEST_F(PoolTest, TellsTheContentTypeUnderMqtt5) {
    Mosquitto broker;
    uplink_.port = broker.port();
    auto subscriber =
        broker.subscribe({"-V", "5", "-t", "site/a", "-F", "%C %p"}, folder_.path() / "got");
    append("a", "{}");
    configure({"a"});
    EXPECT_TRUE(run_until(
        [&] { return test::read_file(folder_.path() / "got") == "application/json {}\n"; }));
}

class RestartTest : public PoolTest, public testing::WithParamInterface<config::MqttVersion> {};

/// The numbers in order of first arrival, and how often one came again.
std::pair<std::vector<int>, std::size_t> first_arrivals(const std::string& text) {
    std::istringstream lines(text);
    std::set<int> seen;
    std::pair<std::vector<int>, std::size_t> result;
    for (int number = 0; lines >> number;) {
        if (seen.insert(number).second) {
            result.first.push_back(number);
        } else {
            ++result.second;
        }
    }
    return result;
}

TEST_P(RestartTest, NothingIsLostAndNothingOvertakesWhenTheBrokerRestarts) {
    Mosquitto broker;
    uplink_.port = broker.port();
    uplink_.mqtt_version = GetParam();
    // A session that the broker keeps: what arrives while the subscriber is away waits for it.
    auto subscriber =
        broker.subscribe({"-t", "site/a", "-q", "1", "-c", "-i", "ledger"}, folder_.path() / "got");
    for (int i = 1; i <= 1000; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() >= 300; })) << log_text_.str();
    broker.stop();
    ASSERT_TRUE(run_until([&] { return state() != "up"; })) << log_text_.str();
    broker.start();
    ASSERT_TRUE(run_until([&] { return released() == 1000; })) << log_text_.str();
    const auto arrivals = [&] { return first_arrivals(test::read_file(folder_.path() / "got")); };
    ASSERT_TRUE(test::wait_for([&] { return arrivals().first.size() == 1000; }));
    const auto [first, repeated] = arrivals();
    EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
    EXPECT_LE(repeated, uplink_.limits.in_flight);
}

INSTANTIATE_TEST_SUITE_P(Versions, RestartTest,
                         testing::Values(config::MqttVersion::v3_1_1, config::MqttVersion::v5),
                         [](const auto& test) {
                             return test.param == config::MqttVersion::v5 ? "v5" : "v3_1_1";
                         });

TEST_F(PoolTest, AWrongPasswordIsARefusalAndNeverWritten) {
    Mosquitto::Options options;
    options.user = "gw-a";
    options.password = "right-password";
    Mosquitto broker(options);
    uplink_.port = broker.port();
    uplink_.auth.method = config::AuthMethod::password;
    uplink_.auth.username = "gw-{device}";
    uplink_.auth.password_file = test::write_file(folder_.path() / "pw", "wrong-password\n");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "refused"; })) << log_text_.str();
    EXPECT_NE(log_text_.str().find("not authorized (0x87)"), std::string::npos) << log_text_.str();
    // The operator corrects the file; the configuration is applied again.
    test::write_file(folder_.path() / "pw", "right-password\n");
    uplink_.keepalive = seconds(30);
    configure({"a"});
    append("a", "1");
    EXPECT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
    EXPECT_EQ(log_text_.str().find("-password"), std::string::npos) << log_text_.str();
}

TEST_F(PoolTest, AnUplinkSecretGoesIntoTheTopicAndNowhereElse) {
    Mosquitto::Options options;
    options.user = "connector-1";
    options.password = "very-secret";
    Mosquitto broker(options);
    uplink_.port = broker.port();
    uplink_.platform = config::Platform::akenza;
    uplink_.auth.method = config::AuthMethod::uplink_secret;
    uplink_.auth.connector_id = "connector-1";
    uplink_.auth.secret = "very-secret";
    auto subscriber = broker.subscribe({"-t", "/up/#", "-F", "%t %p"}, folder_.path() / "got");
    append("a", "1", "alerts");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
    EXPECT_TRUE(test::wait_for([&] {
        return test::read_file(folder_.path() / "got") == "/up/very-secret/id/a/alerts 1\n";
    }));
    broker.stop();
    ASSERT_TRUE(run_until([&] { return state() == "waiting"; }));
    EXPECT_EQ(log_text_.str().find("very-secret"), std::string::npos) << log_text_.str();
    EXPECT_EQ(pool_->status().at(0).reason.find("very-secret"), std::string::npos);
}

TEST_F(PoolTest, AMissingSecretFileIsNamedAndWaitedForLong) {
    uplink_.auth.method = config::AuthMethod::password;
    uplink_.auth.username = "u";
    uplink_.auth.password_file = folder_.path() / "missing";
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "refused"; }));
    EXPECT_NE(log_text_.str().find((folder_.path() / "missing").string()), std::string::npos)
        << log_text_.str();
}

TEST_F(PoolTest, ABrokerThatIsNotThereIsOneLineHoweverOftenItIsTried) {
    uplink_.port = test::free_port();
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "waiting"; }));
    (void)run_until([] { return false; }, seconds(4));
    const std::string text = log_text_.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_NE(text.find("warning session.down: device a is not connected to broker 127.0.0.1:"),
              std::string::npos)
        << text;
}

/// mosquitto 2.0.11 closes the older connection without a word: the waits grow all the same.
TEST_F(PoolTest, TwoSessionsOfOneClientIdAreNoStorm) {
    Mosquitto broker;
    uplink_.port = broker.port();
    const auto rival_engine = make_paho_engine(core_, clock_, Log());
    auto rival = make_pool({core_, queue_, *rival_engine, clock_, Log(), 7, 100});
    rival->configure({uplink_}, {{id("a"), "broker"}});
    configure({"a"});
    (void)run_until([] { return false; }, seconds(6));
    const std::string log = broker.log();
    std::size_t connects = 0;
    for (auto at = log.find("Sending CONNACK to a"); at != std::string::npos;
         at = log.find("Sending CONNACK to a", at + 1)) {
        ++connects;
    }
    EXPECT_GE(connects, 2U);
    EXPECT_LE(connects, 16U);
    rival.reset();
    EXPECT_TRUE(rival_engine->stop(clock_.monotonic() + seconds(5)));
}

using test::ScriptedBroker;

TEST_F(PoolTest, ATakeoverIsAStateOfItsOwn) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(), [](std::size_t, std::uint16_t) {
        return ScriptedBroker::disconnect(0x8E);
    });
    uplink_.port = broker.port();
    append("a", "1");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "taken-over"; })) << log_text_.str();
    EXPECT_NE(log_text_.str().find("error session.taken_over"), std::string::npos);
    (void)run_until([] { return false; }, seconds(3));
    EXPECT_EQ(broker.connects(), 1U);
    EXPECT_EQ(released(), 0U);
}

TEST_F(PoolTest, RefusalsOfMessagesAreAnswersNotRetries) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(),
                          [](std::size_t number, std::uint16_t packet_id) {
                              const std::array<std::uint8_t, 5> codes{0x10, 0x90, 0x87, 0x99, 0};
                              return ScriptedBroker::puback(packet_id, codes[(number - 1) % 5]);
                          });
    uplink_.port = broker.port();
    for (int i = 1; i <= 5; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return queue_.figures().total.records == 0; })) << log_text_.str();
    EXPECT_EQ(released(), 2U);
    EXPECT_EQ(queue_.figures().total.dead, 3U);
    EXPECT_EQ(broker.payloads(), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(broker.connects(), 1U);
}

TEST_F(PoolTest, TheBrokersReceiveMaximumIsNeverExceeded) {
    std::vector<std::uint16_t> open;
    std::size_t most = 0;
    // Answers two at a time, when two are open.
    ScriptedBroker broker(core_, ScriptedBroker::connack(0, std::string("\x21\0\x02", 3)),
                          [&](std::size_t, std::uint16_t packet_id) {
                              open.push_back(packet_id);
                              most = std::max(most, open.size());
                              std::string reply;
                              if (open.size() < 2) return reply;
                              for (const auto id : std::exchange(open, {})) {
                                  reply += ScriptedBroker::puback(id);
                              }
                              return reply;
                          });
    uplink_.port = broker.port();
    for (int i = 1; i <= 200; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 200; })) << log_text_.str();
    EXPECT_EQ(most, 2U);
}

TEST_F(PoolTest, WhatTheBrokerSaysIsTooLargeIsNeverSent) {
    ScriptedBroker broker(
        core_, ScriptedBroker::connack(0, std::string("\x27\0\0\x01\0", 5)),
        [](std::size_t, std::uint16_t packet_id) { return ScriptedBroker::puback(packet_id); });
    uplink_.port = broker.port();
    append("a", std::string(300, 'x'));
    append("a", "small");
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
    EXPECT_EQ(broker.payloads(), std::vector<std::string>{"small"});
    EXPECT_EQ(queue_.figures().total.dead, 1U);
}

TEST_F(PoolTest, AHundredDevicesHaveASessionEach) {
    Mosquitto broker;
    uplink_.port = broker.port();
    uplink_.limits.connects_per_second = 1000;
    std::vector<std::string> devices;
    for (int i = 0; i < 100; ++i) {
        devices.push_back("device-" + std::to_string(i));
        for (int n = 0; n < 10; ++n)
            append(devices.back(), std::to_string(n));
    }
    configure(devices);
    EXPECT_TRUE(run_until([&] { return released() == 1000; })) << log_text_.str();
}

TEST_F(PoolTest, OnlyWhatChangedConnectsAnew) {
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a", "b"});
    const auto all_up = [&] {
        const auto sessions = pool_->status();
        return std::all_of(sessions.begin(), sessions.end(),
                           [](const SessionStatus& s) { return s.state == "up"; });
    };
    ASSERT_TRUE(run_until(all_up));
    configure({"b", "c"});
    ASSERT_TRUE(run_until(all_up));
    ASSERT_EQ(pool_->status().size(), 2U);
    const std::string text = log_text_.str();
    EXPECT_NE(text.find("device a is disconnected"), std::string::npos) << text;
    EXPECT_EQ(text.find("device b is disconnected"), std::string::npos) << text;
}

TEST_F(PoolTest, StopDeliversWhatIsInFlightAndEndsInTime) {
    Mosquitto broker;
    uplink_.port = broker.port();
    for (int i = 1; i <= 1000; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() >= 100; }));
    bool stopped = false;
    const auto begin = clock_.monotonic();
    pool_->stop(begin + seconds(3), [&] { stopped = true; });
    EXPECT_TRUE(run_until([&] { return stopped; }));
    EXPECT_TRUE(engine_->stop(begin + seconds(5)));
    EXPECT_LT(clock_.monotonic() - begin, seconds(5));
    // Each message that the broker took is released: no duplicate after a restart.
    const std::string log = broker.log();
    std::size_t taken = 0;
    for (auto at = log.find("Received PUBLISH from a"); at != std::string::npos;
         at = log.find("Received PUBLISH from a", at + 1)) {
        ++taken;
    }
    EXPECT_EQ(released(), taken);
}

class TlsTest : public PoolTest {
  protected:
    Mosquitto::Options tls_for(const std::string& names) {
        std::filesystem::create_directory(folder_.path() / "tls");
        Mosquitto::Options options;
        options.tls = test::make_certificates(folder_.path() / "tls", names);
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
