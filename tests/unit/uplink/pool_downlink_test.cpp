// Subscriptions and downlinks through Paho: a real mosquitto, and a broker that does as a test
// says.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/mosquitto.h"
#include "support/scripted_broker.h"
#include "unit/uplink/pool_fixture.h"

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;
using test::count_of;
using test::id;
using test::Mosquitto;
using test::PoolTest;
using test::ScriptedBroker;

class PoolDownlinks : public PoolTest, public testing::WithParamInterface<config::MqttVersion> {
  protected:
    PoolDownlinks() {
        uplink_.topics.downlink = "site/{device}/cmd/#";
        pool_.reset();
        PoolDependencies with{core_, queue_, *engine_, clock_, log_, 1, 100};
        with.downlink = [this](Downlink downlink) { got_.push_back(std::move(downlink)); };
        pool_ = make_pool(std::move(with));
    }
    bool is_v5() const { return uplink_.mqtt_version == config::MqttVersion::v5; }
    DownlinkFigures figures() const { return pool_->status().at(0).downlinks; }
    bool up() {
        return run_until([&] { return state() == "up"; });
    }
    void send(const Mosquitto& broker, const std::string& topic, std::vector<std::string> more) {
        std::vector<std::string> words{
            "mosquitto_pub", "-p", std::to_string(broker.port()), "-q", "1", "-t",
            topic,           "-V", is_v5() ? "5" : "mqttv311"};
        words.insert(words.end(), more.begin(), more.end());
        ASSERT_EQ(test::run_program(words), 0);
    }

    std::vector<Downlink> got_;
};

class PoolDownlinksOfBoth : public PoolDownlinks {
  protected:
    PoolDownlinksOfBoth() { uplink_.mqtt_version = GetParam(); }
};

TEST_P(PoolDownlinksOfBoth, ArriveAsTheyWereSent) {
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a", "b"});
    ASSERT_TRUE(run_until([&] { return state(0) == "up" && state(1) == "up"; }));
    EXPECT_EQ(figures().state, "subscribed");
    send(broker, "site/a/cmd", {"-m", "1"});
    send(broker, "site/a/cmd/x//y", {"-m", R"({"n":2})"});
    send(broker, "site/b/cmd/x", {"-n"});
    ASSERT_TRUE(run_until([&] { return got_.size() == 3; }));
    std::stable_sort(got_.begin(), got_.end(),
                     [](const auto& one, const auto& other) { return one.device < other.device; });
    EXPECT_EQ(got_[0].device, id("a"));
    EXPECT_EQ(got_[0].uplink, "broker");
    EXPECT_EQ(got_[0].subtopic, "");
    EXPECT_EQ(got_[0].payload, "1");
    EXPECT_EQ(got_[1].subtopic, "x/y");
    EXPECT_EQ(got_[1].payload, R"({"n":2})");
    EXPECT_EQ(got_[1].bytes, 7U);
    EXPECT_FALSE(got_[1].retained);
    EXPECT_FALSE(got_[1].again);
    EXPECT_EQ(got_[1].correlation, "");
    EXPECT_EQ(got_[2].device, id("b"));
    EXPECT_EQ(got_[2].payload, "");
    EXPECT_EQ(figures().received, 2U);
}

TEST_P(PoolDownlinksOfBoth, ARetainedOneSaysSo) {
    Mosquitto broker;
    uplink_.port = broker.port();
    send(broker, "site/a/cmd/config", {"-r", "-m", "kept"});
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return got_.size() == 1; }));
    EXPECT_TRUE(got_[0].retained);
}

TEST_P(PoolDownlinksOfBoth, ATooLargeOneArrivesWithoutItsPayload) {
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a"});
    ASSERT_TRUE(up());
    const auto file = folder_.path() / "large";
    test::write_file(file, std::string(1024 * 1024, 'x'));
    send(broker, "site/a/cmd", {"-f", file.string()});
    test::write_file(file, std::string(Downlink::most_bytes, 'y'));
    send(broker, "site/a/cmd", {"-f", file.string()});
    ASSERT_TRUE(run_until([&] { return got_.size() == 2; }));
    EXPECT_TRUE(got_[0].too_large());
    EXPECT_EQ(got_[0].bytes, 1024U * 1024U);
    EXPECT_EQ(got_[0].payload, "");
    EXPECT_FALSE(got_[1].too_large());
    EXPECT_EQ(got_[1].payload.size(), Downlink::most_bytes);
}

INSTANTIATE_TEST_SUITE_P(Versions, PoolDownlinksOfBoth,
                         testing::Values(config::MqttVersion::v5, config::MqttVersion::v3_1_1));

TEST_F(PoolDownlinks, CorrelationDataIsAnyBytes) {
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a"});
    ASSERT_TRUE(up());
    send(broker, "site/a/cmd", {"-m", "1", "-D", "publish", "correlation-data", "cmd-7"});
    ASSERT_TRUE(run_until([&] { return got_.size() == 1; }));
    EXPECT_EQ(got_[0].correlation, "cmd-7");
}

TEST_F(PoolDownlinks, AFloodIsDroppedBeyondItsLimitAndEachIsCounted) {
    Mosquitto broker;
    uplink_.port = broker.port();
    configure({"a"});
    ASSERT_TRUE(up());
    constexpr std::size_t sent = 2000;
    const auto file = folder_.path() / "lines";
    std::string lines;
    for (std::size_t i = 0; i < sent; ++i)
        lines += std::to_string(i) + "\n";
    test::write_file(file, lines);
    // The core does nothing meanwhile.
    const std::string shell = "mosquitto_pub -q 1 -t site/a/cmd -l -p " +
                              std::to_string(broker.port()) + " < " + file.string();
    ASSERT_EQ(test::run_program({"/bin/sh", "-c", shell}), 0);
    ASSERT_TRUE(run_until([&] { return figures().received + figures().dropped == sent; }))
        << figures().received << " " << figures().dropped;
    EXPECT_GT(figures().dropped, 0U);
    EXPECT_EQ(got_.size(), figures().received);
    EXPECT_EQ(count_of(log_text_.str(), "warning session.downlinks"), 1U);
}

/// A SUBACK for each SUBSCRIBE.
std::string suback(std::uint16_t packet_id, std::uint8_t code) {
    return {'\x90',
            '\x04',
            static_cast<char>(packet_id >> 8),
            static_cast<char>(packet_id & 0xFF),
            '\0',
            static_cast<char>(code)};
}

TEST_F(PoolDownlinks, ARefusedSubscriptionIsToldAndMessagesFlow) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(), [](std::size_t, std::uint16_t number) {
        return ScriptedBroker::puback(number);
    });
    broker.on_subscribe([](std::uint16_t number) { return suback(number, 0x87); });
    uplink_.port = broker.port();
    append("a", "1");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
    EXPECT_EQ(state(), "up");
    EXPECT_EQ(figures().state, "refused");
    EXPECT_NE(figures().reason.find("not authorized"), std::string::npos) << figures().reason;
    const std::string log = log_text_.str();
    EXPECT_NE(log.find("error session.downlinks: device a gets no downlinks by site/a/cmd/#"),
              std::string::npos)
        << log;
    EXPECT_EQ(broker.connects(), 1U);
}

TEST_F(PoolDownlinks, NothingIsSentBeforeTheSubscriptionIsAnswered) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(), [](std::size_t, std::uint16_t number) {
        return ScriptedBroker::puback(number);
    });
    std::size_t published_before = 99;
    broker.on_subscribe([&](std::uint16_t number) {
        published_before = broker.payloads().size();
        return suback(number, 1);
    });
    uplink_.port = broker.port();
    for (int i = 0; i < 50; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 50; })) << log_text_.str();
    EXPECT_EQ(published_before, 0U);
}

TEST_F(PoolDownlinks, AForeignTopicReachesNoDevice) {
    // Two packets in one segment, the first of another device's topic.
    const auto publish = [](const std::string& topic) {
        std::string body{'\0', static_cast<char>(topic.size())};
        body += topic + std::string(1, '\0') + "{}";
        return std::string{'\x30', static_cast<char>(body.size())} + body;
    };
    ScriptedBroker broker(core_, ScriptedBroker::connack(), {});
    broker.on_subscribe([&](std::uint16_t number) {
        return suback(number, 1) + publish("site/b/cmd/x") + publish("site/a/cmd/x");
    });
    uplink_.port = broker.port();
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return got_.size() == 1; })) << log_text_.str();
    EXPECT_EQ(got_[0].device, id("a"));
    EXPECT_EQ(figures().foreign, 1U);
}

}  // namespace
}  // namespace fieldway::uplink
