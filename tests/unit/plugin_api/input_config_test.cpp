#include "plugin_api/input_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

using testing::HasSubstr;

InputSettings some_settings() {
    InputPoint point;
    point.number = 1;
    point.name = "supply_temp";
    point.every = std::chrono::seconds(5);
    point.writable = true;
    point.verify = Verify::echo;
    point.options = {{"register", "input:12"}};
    point.raw = {5, {-1, 65535}, 0.5, 100.0};
    InputDevice device;
    device.number = 7;
    device.id = "0CA1";
    device.every = std::chrono::seconds(10);
    device.address = {{"unit", 1}};
    device.points = {point};
    InputSettings settings;
    settings.name = "hall";
    settings.options = {{"url", "tcp://10.0.0.20:502"}, {"timeout", 500'000'000}};
    settings.devices = {device};
    return settings;
}

TEST(InputSettings, CrossTheBorderAsTheyAre) {
    const Result<InputSettings> read = input_settings_from_json(to_json_text(some_settings()));
    ASSERT_TRUE(read.has_value()) << read.error().text();
    EXPECT_EQ(*read, some_settings());
}

TEST(InputSettings, WhatIsNoneIsRefused) {
    std::string wrong_verify = to_json_text(some_settings());
    wrong_verify.replace(wrong_verify.find("\"echo\""), 6, "\"often\"");
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("{}"),
          std::string(R"({"name": 1, "options": {}, "devices": []})"), wrong_verify}) {
        EXPECT_FALSE(input_settings_from_json(text).has_value()) << text;
    }
    EXPECT_THAT(input_settings_from_json(wrong_verify).error().sentence(),
                HasSubstr("verify is \"often\""));
}

TEST(Problems, CrossTheBorderAsTheyAre) {
    const std::vector<Problem> problems{
        {"/devices/0/points/1/options/register", "is \"no\"", false}, {"", "slow", true}};
    EXPECT_EQ(problems_from_json(to_json_text(problems)).value(), problems);
    EXPECT_FALSE(problems_from_json("{}").has_value());
    EXPECT_FALSE(problems_from_json("[{}]").has_value());
}

}  // namespace
}  // namespace fieldway
