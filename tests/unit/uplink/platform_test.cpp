#include "uplink/platform.h"

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

const DeviceId device = DeviceId::parse("0CA1").value();

config::UplinkOptions akenza(config::AuthMethod method) {
    config::UplinkOptions uplink;
    uplink.platform = config::Platform::akenza;
    uplink.auth.method = method;
    return uplink;
}

config::UplinkOptions generic(const std::string& topic) {
    config::UplinkOptions uplink;
    uplink.topics.uplink = topic;
    return uplink;
}

TEST(Platform, AkenzaTopicsNameTheDevice) {
    const auto uplink = akenza(config::AuthMethod::password);
    EXPECT_EQ(uplink_topic(uplink, device, "", "s3cret"), "/up/device/id/0CA1");
    EXPECT_EQ(uplink_topic(uplink, device, "alerts/critical", "s3cret"),
              "/up/device/id/0CA1/alerts/critical");
}

TEST(Platform, AkenzaUplinkSecretStandsInTheTopicAndIsNeverShown) {
    const auto uplink = akenza(config::AuthMethod::uplink_secret);
    EXPECT_EQ(uplink_topic(uplink, device, "", "s3cret"), "/up/s3cret/id/0CA1");
    EXPECT_EQ(uplink_topic(uplink, device, "log", "s3cret"), "/up/s3cret/id/0CA1/log");
    EXPECT_EQ(shown_topic(uplink, device, "log"), "/up/***/id/0CA1/log");
}

TEST(Platform, AnEmptySubtopicTakesTheSlashBeforeItAlong) {
    EXPECT_EQ(uplink_topic(generic("site/{device}/{subtopic}"), device, "", ""), "site/0CA1");
    EXPECT_EQ(uplink_topic(generic("site/{device}/{subtopic}"), device, "a/b", ""),
              "site/0CA1/a/b");
    EXPECT_EQ(uplink_topic(generic("{subtopic}/{device}"), device, "", ""), "/0CA1");
    EXPECT_EQ(uplink_topic(generic("x-{subtopic}/{device}"), device, "", ""), "x-/0CA1");
    EXPECT_EQ(uplink_topic(generic("a/{other}"), device, "", ""), "a/{other}");
    EXPECT_EQ(uplink_topic(generic("a/{secret}"), device, "", "s3cret"), "a/{secret}");
}

TEST(Platform, ATemplateInAValueIsNotFilledAgain) {
    EXPECT_EQ(fill_template("{device}/{subtopic}", "{subtopic}", "x"), "{subtopic}/x");
}

TEST(Platform, LoginsComeFromTheMethod) {
    auto uplink = generic("t");
    EXPECT_EQ(login_of(uplink, device, "").username, "");
    uplink.auth.method = config::AuthMethod::password;
    uplink.auth.username = "gw-{device}";
    EXPECT_EQ(login_of(uplink, device, "pw").username, "gw-0CA1");
    EXPECT_EQ(login_of(uplink, device, "pw").password, "pw");
    uplink.auth.method = config::AuthMethod::uplink_secret;
    uplink.auth.connector_id = "connector";
    EXPECT_EQ(login_of(uplink, device, "pw").username, "connector");
    EXPECT_EQ(login_of(uplink, device, "pw").password, "pw");
}

TEST(Platform, RedactionRemovesEveryOccurrence) {
    EXPECT_EQ(redacted("a s3cret b s3crets3cret", "s3cret"), "a *** b ******");
    EXPECT_EQ(redacted("nothing", "s3cret"), "nothing");
    EXPECT_EQ(redacted("a short one", "a"), "a short one");
    EXPECT_EQ(redacted("text", ""), "text");
}

TEST(Platform, ASubtopicIsWhatStandsInPlaceOfTheWildcard) {
    const std::string filter =
        downlink_filter(akenza(config::AuthMethod::device_credentials), device, "");
    EXPECT_EQ(filter, "/down/device/id/0CA1/#");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1"), "");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1/commands"), "commands");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1/a/b"), "a/b");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1//commands"), "commands");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1/a//b/"), "a/b");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA1/"), "");
}

TEST(Platform, AnotherDevicesDownlinkIsNone) {
    const std::string filter =
        downlink_filter(akenza(config::AuthMethod::device_credentials), device, "");
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA12/commands"), std::nullopt);
    EXPECT_EQ(downlink_subtopic(filter, "/down/device/id/0CA"), std::nullopt);
    EXPECT_EQ(downlink_subtopic(filter, "/up/device/id/0CA1/commands"), std::nullopt);
    EXPECT_EQ(downlink_subtopic("", "commands"), std::nullopt);
    EXPECT_EQ(downlink_subtopic("site/0CA1/cmd", "site/0CA1/cmd"), "");
    EXPECT_EQ(downlink_subtopic("site/0CA1/cmd", "site/0CA1/cmd/deeper"), std::nullopt);
}

TEST(Platform, ADownlinkTopicIsThePlatformsOrTheOperators) {
    EXPECT_EQ(downlink_filter(akenza(config::AuthMethod::uplink_secret), device, "s3cret"),
              "/down/s3cret/id/0CA1/#");
    auto own = generic("site/{device}/{subtopic}");
    EXPECT_EQ(downlink_filter(own, device, ""), "");
    own.topics.downlink = "site/{device}/cmd/#";
    EXPECT_EQ(downlink_filter(own, device, ""), "site/0CA1/cmd/#");
    own.downlinks = false;
    EXPECT_EQ(downlink_filter(own, device, ""), "");
}

}  // namespace
}  // namespace fieldway::uplink
