#include "plugin_api/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

PluginTables some_tables() {
    PluginTables tables;
    tables.input = {
        option("url", OptionType::text, "where the bus is").required(),
        option("timeout", OptionType::duration, "how long an answer may take")
            .preset(milliseconds(500))
            .within(milliseconds(1), milliseconds(60'000)),
        option("parity", OptionType::choice, "of a character")
            .choices({"none", "even", "odd"})
            .choices_not_built({"mark"})
            .preset("none"),
        option("framing", OptionType::group, "how a record begins and ends")
            .members(
                {option("kind", OptionType::text, "which").required(),
                 option("ends", OptionType::texts, "at").preset(boost::json::array{"\r", "\n"})}),
    };
    tables.point = {
        option("key", OptionType::text, "of the cipher").secret().not_built("is not built yet"),
        option("gain", OptionType::number, "times").unit("dB").at_least(-0.5).preset(1.25)};
    return tables;
}

TEST(OptionTables, CrossTheBorderAsTheyAre) {
    const PluginTables tables = some_tables();
    const Result<PluginTables> read =
        plugin_tables_from_json(boost::json::serialize(to_json(tables)));
    ASSERT_TRUE(read.has_value()) << read.error().text();
    EXPECT_EQ(*read, tables);
}

TEST(OptionTables, EveryTypeHasANameThatIsReadBack) {
    for (int type = 0; type <= static_cast<int>(OptionType::any); ++type) {
        const OptionTable table{option("x", static_cast<OptionType>(type), "")};
        EXPECT_EQ(option_table_from_json(to_json(table)).value(), table);
    }
}

std::string refusal(std::string_view text) {
    const Result<PluginTables> read = plugin_tables_from_json(text);
    return read ? "not refused" : read.error().text();
}

TEST(OptionTables, WhatIsNoneIsRefusedWithTheReason) {
    EXPECT_THAT(refusal("nonsense"), HasSubstr("no JSON object"));
    EXPECT_THAT(refusal("[]"), HasSubstr("no JSON object"));
    EXPECT_THAT(refusal(R"({"input": [{"type": "text"}]})"), HasSubstr("input: no option table"));
    EXPECT_THAT(refusal(R"({"point": [{"name": "x", "type": "colour"}]})"),
                HasSubstr("\"colour\" is unknown"));
    EXPECT_THAT(refusal(R"({"point": 7})"), HasSubstr("point: "));
    EXPECT_THAT(refusal(R"({"polls": 7})"), HasSubstr("polls"));
}

TEST(OptionTables, WhetherAPluginPollsCrossesTheBorder) {
    PluginTables tables;
    EXPECT_TRUE(plugin_tables_from_json("{}").value().polls);
    tables.polls = false;
    EXPECT_EQ(plugin_tables_from_json(boost::json::serialize(to_json(tables))).value(), tables);
}

TEST(OptionTables, AreRefusedWhenTheyNestWithoutEnd) {
    std::string text = "[]";
    for (int i = 0; i < 12; ++i)
        text = R"([{"name": "x", "type": "group", "members": )" + text + "}]";
    EXPECT_THAT(refusal(R"({"input": )" + text + "}"), HasSubstr("deeper than 8 levels"));
}

TEST(CheckedOptions, AreReadAsTheirTypes) {
    const boost::json::object checked{
        {"timeout", 500'000'000}, {"name", "x"}, {"on", true}, {"none", nullptr}};
    EXPECT_EQ(option_of<Duration>(checked, "timeout"), milliseconds(500));
    EXPECT_EQ(option_of<std::string>(checked, "name"), "x");
    EXPECT_TRUE(option_of<bool>(checked, "on"));
    EXPECT_EQ(optional_of<std::string>(checked, "none"), std::nullopt);
    EXPECT_EQ(optional_of<std::string>(checked, "absent"), std::nullopt);
}

}  // namespace
}  // namespace fieldway
