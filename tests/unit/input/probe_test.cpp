#include "input/probe.h"

#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"

namespace fieldway::input {
namespace {

void give(fieldway_sink sink, void* context, const std::string& text) {
    sink(context, {text.data(), text.size()});
}

/// Gives its request back after three pieces of news, the second of which nobody can read; ends
/// early when told to.
std::int32_t play(fieldway_bytes request, fieldway_news news, void* news_context,
                  fieldway_sink sink, void* context) {
    const std::string text(static_cast<const char*>(request.data), request.size);
    if (text.find("mute") != std::string::npos) return FIELDWAY_ERROR;
    if (text.find("bad") != std::string::npos) {
        give(sink, context, R"([{"pointer": "", "sentence": "no such bus"}])");
        return FIELDWAY_ERROR;
    }
    if (text.find("never") != std::string::npos) {
        give(sink, context, R"([{"pointer": "/request", "sentence": "no such unit"}])");
        return FIELDWAY_ERROR;
    }
    if (text.find("list") != std::string::npos) {
        give(sink, context, "[]");
        return FIELDWAY_OK;
    }
    for (const std::string told : {R"({"done": 1})", "garbage", R"({"done": 3})"}) {
        if (news(news_context, {told.data(), told.size()}) != FIELDWAY_OK) {
            give(sink, context, R"({"ended": true})");
            return FIELDWAY_OK;
        }
    }
    give(sink, context, text);
    return FIELDWAY_OK;
}

class ProbeTest : public testing::Test {
  protected:
    ProbeTest() {
        api_.size = sizeof api_;
        api_.probe = play;
        api_.probe_tables = R"({"urls": ["play:", "p2://"], "verbs": {"scan": []}})";
        plugin_.name = "played";
        plugin_.api = &api_;
    }
    Result<boost::json::object> run(const std::string& url) {
        return probe(plugin_, {"scan", url, {}, {}, {}, {}},
                     [this](const boost::json::object& news) {
                         told_ += to_json_text(news);
                         return patience_-- > 0;
                     });
    }
    std::string refusal(const std::string& url) {
        const auto answer = run(url);
        return answer ? "not refused" : answer.error().text();
    }

    fieldway_plugin_api api_{};
    PluginLibrary plugin_;
    std::string told_;
    int patience_ = 100;
};

TEST_F(ProbeTest, GivesTheAnswerAndWhatIsNewOnTheWay) {
    const auto answer = run("play:1");
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ(answer->at("url").as_string(), "play:1");
    EXPECT_EQ(told_, R"({"done":1}{"done":3})");
}

TEST_F(ProbeTest, EndsWhenThePersonWantsNoMore) {
    patience_ = 1;
    EXPECT_EQ(to_json_text(*run("play:1")), R"({"ended":true})");
}

TEST_F(ProbeTest, ARefusalSaysWhatThePluginSaid) {
    EXPECT_EQ(refusal("play:bad"), "no such bus");
    EXPECT_EQ(run("play:bad").error().consequence(), Consequence::stop_device);
    EXPECT_EQ(refusal("play:never"), "no such unit");
    EXPECT_EQ(run("play:never").error().consequence(), Consequence::drop_item);
    EXPECT_EQ(refusal("play:mute"), "the plugin refused it without a reason");
    EXPECT_EQ(refusal("play:list"), "the plugin's answer is no JSON object");
}

TEST_F(ProbeTest, AUrlBelongsToThePluginThatItBeginsLike) {
    const auto tables = probe_tables(plugin_);
    ASSERT_TRUE(tables);
    EXPECT_TRUE(is_url_of(*tables, "play:x"));
    EXPECT_TRUE(is_url_of(*tables, "p2://h"));
    EXPECT_FALSE(is_url_of(*tables, "p2:h"));
    EXPECT_FALSE(is_url_of(*tables, ""));
}

TEST_F(ProbeTest, APluginWithoutOneProbesNothing) {
    api_.probe = nullptr;
    EXPECT_FALSE(probe_tables(plugin_));
    EXPECT_EQ(refusal("play:1"), "the plugin played asks no bus by its url");
}

TEST_F(ProbeTest, ATableOfAnOlderPluginMayEndBeforeIt) {
    api_.size = offsetof(fieldway_plugin_api, probe);
    EXPECT_FALSE(probe_tables(plugin_));
    plugin_.api = nullptr;
    EXPECT_FALSE(probe_tables(plugin_)) << "refused";
}

TEST_F(ProbeTest, TablesThatCannotBeReadAreNone) {
    api_.probe_tables = "garbage";
    EXPECT_FALSE(probe_tables(plugin_));
}

}  // namespace
}  // namespace fieldway::input
