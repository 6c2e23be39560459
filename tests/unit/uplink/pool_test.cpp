// Pool, sessions and the Paho engine against a real mosquitto.
#include "uplink/pool.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "support/mosquitto.h"
#include "unit/uplink/pool_fixture.h"

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;
using test::count_of;
using test::id;
using test::Mosquitto;
using test::PoolTest;

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

TEST_F(PoolTest, TheWebProxyOfTheEnvironmentIsNotUsed) {
    ::setenv("http_proxy", "http://127.0.0.1:9", 1);
    pool_.reset();
    ASSERT_TRUE(engine_->stop(clock_.monotonic() + seconds(5)));
    engine_ = make_paho_engine(core_, clock_, log_);
    pool_ = make_pool({core_, queue_, *engine_, clock_, log_, 1, 100});
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return state() == "up"; })) << log_text_.str();
}

class RestartTest : public PoolTest, public testing::WithParamInterface<config::MqttVersion> {};

/// The numbers in order of first arrival.
std::vector<int> first_arrivals(const std::string& text) {
    std::istringstream lines(text);
    std::set<int> seen;
    std::vector<int> first;
    for (int number = 0; lines >> number;) {
        if (seen.insert(number).second) first.push_back(number);
    }
    return first;
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
    ASSERT_TRUE(test::wait_for([&] { return arrivals().size() == 1000; }));
    const auto first = arrivals();
    EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
    // What the subscriber got twice includes the broker's own repeats; ours are what the broker
    // got.
    EXPECT_LE(count_of(broker.log(), "Received PUBLISH from a"), 1000 + uplink_.limits.in_flight);
}

INSTANTIATE_TEST_SUITE_P(Sessions, RestartTest,
                         testing::Values(config::MqttVersion::v3_1_1, config::MqttVersion::v5),
                         [](const auto& test) {
                             return std::string(test.param == config::MqttVersion::v5 ? "v5"
                                                                                      : "v3_1_1");
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
    // Three tries: the waits are at most 1 s, 2 s and 4 s.
    (void)run_until([] { return false; }, seconds(2));
    const std::string text = log_text_.str();
    EXPECT_EQ(count_of(text, "\n"), 1U) << text;
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
    (void)run_until([] { return false; }, seconds(3));
    const std::size_t connects = count_of(broker.log(), "Sending CONNACK to a");
    EXPECT_GE(connects, 2U);
    EXPECT_LE(connects, 16U);
    rival.reset();
    EXPECT_TRUE(rival_engine->stop(clock_.monotonic() + seconds(5)));
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

TEST_F(PoolTest, ThoseWhoWaitedForOneNameConnectInTurnsAsEver) {
    constexpr int devices = 12;
    constexpr double a_second = 10;
    Mosquitto broker;
    std::promise<void> answer;
    make_pool_with([known = answer.get_future().share()](
                       const std::string&) -> Result<std::vector<std::string>> {
        known.wait();
        return std::vector<std::string>{"127.0.0.1"};
    });
    uplink_.host = "broker.example";
    uplink_.port = broker.port();
    uplink_.limits.connects_per_second = a_second;
    std::vector<std::string> ids;
    for (int i = 0; i < devices; ++i)
        ids.push_back("D" + std::to_string(i));
    configure(ids);
    const std::chrono::duration<double> all_turns(devices / a_second);
    const MonotonicTime began = clock_.monotonic();
    ASSERT_TRUE(run_until([&] { return clock_.monotonic() - began > all_turns; }));
    const MonotonicTime answered = clock_.monotonic();
    answer.set_value();
    ASSERT_TRUE(run_until([&] { return count_of(log_text_.str(), "session.up") == devices; }));
    EXPECT_GE(clock_.monotonic() - answered,
              std::chrono::duration<double>((devices - 1) / a_second));
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
    EXPECT_EQ(released(), count_of(broker.log(), "Received PUBLISH from a"));
}

}  // namespace
}  // namespace fieldway::uplink
