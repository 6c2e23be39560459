#include "config/broker_url.h"

#include <gtest/gtest.h>

namespace fieldway::config {
namespace {

std::string sentence_of(std::string_view text) {
    const auto url = parse_broker_url(text);
    return url ? "accepted" : url.error().sentence();
}

TEST(BrokerUrl, HasThePortOfItsSchemeUnlessItSaysOne) {
    EXPECT_EQ(parse_broker_url("mqtt://broker").value(), (BrokerUrl{false, "broker", 1883}));
    EXPECT_EQ(parse_broker_url("mqtts://mqtt.akenza.io").value(),
              (BrokerUrl{true, "mqtt.akenza.io", 8883}));
    EXPECT_EQ(parse_broker_url("mqtt://10.0.0.1:1884/").value(),
              (BrokerUrl{false, "10.0.0.1", 1884}));
}

TEST(BrokerUrl, LosesTheBracketsOfAnIpv6Address) {
    EXPECT_EQ(parse_broker_url("mqtt://[::1]:1883").value().host, "::1");
    EXPECT_EQ(parse_broker_url("mqtts://[fd00::12]").value().host, "fd00::12");
}

TEST(BrokerUrl, RefusesWhatIsNoBroker) {
    EXPECT_EQ(sentence_of("broker:1883"), "url is broker:1883; its scheme must be mqtt or mqtts");
    EXPECT_EQ(sentence_of("http://broker"),
              "url is http://broker; its scheme must be mqtt or mqtts");
    EXPECT_EQ(sentence_of("mqtt://"), "url is mqtt://; it names no host");
    EXPECT_EQ(sentence_of("mqtt://broker:0"), "url is mqtt://broker:0; a port is 1 to 65535");
    EXPECT_EQ(sentence_of("mqtt://broker:70000"),
              "url is mqtt://broker:70000; a port is 1 to 65535");
    EXPECT_EQ(sentence_of("mqtt://broker/path"),
              "url is mqtt://broker/path; nothing may follow the port");
    EXPECT_NE(sentence_of(""), "accepted");
    EXPECT_NE(sentence_of("mqtt://bro ker"), "accepted");
}

TEST(BrokerUrl, NeverShowsAPassword) {
    EXPECT_EQ(sentence_of("mqtt://user:hunter2@broker").find("hunter2"), std::string::npos);
    EXPECT_EQ(sentence_of("mqtt:user:hunter2@bro ker").find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::config
