#include "flow/device_id.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

using ::testing::HasSubstr;

std::string refusal(std::string_view text) {
    const auto id = DeviceId::parse(text);
    return id ? "taken" : id.error().sentence();
}

TEST(DeviceId, TakesWhatPlatformsGive) {
    for (const char* text : {"0CA1B2C3D4E5F601", "plant-7.boiler_2", "a", "K\u00fcche 1", "..."}) {
        EXPECT_EQ(DeviceId::parse(text).value().text(), text);
    }
    EXPECT_EQ(refusal(std::string(128, 'x')), "taken");
}

TEST(DeviceId, RefusesWhatWouldBreakATopic) {
    EXPECT_THAT(refusal("a/b"), HasSubstr("has a '/', which MQTT topics reserve"));
    EXPECT_THAT(refusal("+"), HasSubstr("'+'"));
    EXPECT_THAT(refusal("a#"), HasSubstr("'#'"));
}

TEST(DeviceId, RefusesControlCharactersAndShowsThemEscaped) {
    EXPECT_THAT(refusal("a\nb"), HasSubstr("\"a\\nb\" has a control character"));
    EXPECT_THAT(refusal(std::string_view("a\0b", 3)), HasSubstr("control character"));
    EXPECT_THAT(refusal("a\x7F"), HasSubstr("control character"));
    EXPECT_THAT(refusal("a\u0085"), HasSubstr("control character"));
    EXPECT_EQ(refusal("a\u00a0"), "taken");
}

TEST(DeviceId, RefusesTheEmptyTheLongAndFolders) {
    EXPECT_THAT(refusal(""), HasSubstr("is empty"));
    EXPECT_THAT(refusal(std::string(129, 'x')), HasSubstr("has 129 bytes; the most is 128"));
    EXPECT_THAT(refusal("."), HasSubstr("folder"));
    EXPECT_THAT(refusal(".."), HasSubstr("folder"));
}

TEST(DeviceId, RefusesWhatIsNoUtf8) {
    for (const char* text : {"\xC3", "\x80", "\xED\xA0\x80", "\xC0\xAF", "a\xC2"}) {
        EXPECT_THAT(refusal(text), HasSubstr("UTF-8"));
    }
}

}  // namespace
}  // namespace fieldway
