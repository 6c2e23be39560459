#include "plugin_api/probe.h"

#include <gtest/gtest.h>

namespace fieldway {
namespace {

TEST(ProbeTables, CrossTheBorderAsTheyAre) {
    ProbeTables tables;
    tables.urls = {"rtu:", "tcp://"};
    tables.verbs["scan"] = {option("wait", OptionType::duration, "for each").preset(Duration(7))};
    tables.verbs["read"] = {};
    const auto read = probe_tables_from_json(boost::json::serialize(to_json(tables)));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->urls, tables.urls);
    EXPECT_EQ(read->verbs, tables.verbs);
}

TEST(ProbeTables, ThatCannotBeReadAreAnError) {
    for (const char* text : {"", "garbage", "[]", "{}", R"({"urls": [], "verbs": 3})",
                             R"({"urls": [], "verbs": {"scan": 3}})"}) {
        EXPECT_FALSE(probe_tables_from_json(text)) << text;
    }
}

TEST(ProbeRequest, CrossesTheBorderAsItIs) {
    const ProbeRequest request{"read",
                               "tcp://h:502",
                               {{"unit", 3}},
                               {"3", "holding:40"},
                               {{"name", "hall"}},
                               {boost::json::object{{"name", "acme/m7"}}}};
    const auto read = probe_request_from_json(to_json_text(request));
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(read->verb, "read");
    EXPECT_EQ(read->url, "tcp://h:502");
    EXPECT_EQ(read->options, request.options);
    EXPECT_EQ(read->words, request.words);
    EXPECT_EQ(read->settings, request.settings);
    EXPECT_EQ(read->profiles, request.profiles);
}

TEST(ProbeRequest, ThatCannotBeReadIsAnError) {
    for (const char* text : {"", "[]", "{}", R"({"verb": "scan"})", R"({"verb": 1, "url": ""})"}) {
        EXPECT_FALSE(probe_request_from_json(text)) << text;
    }
}

}  // namespace
}  // namespace fieldway
