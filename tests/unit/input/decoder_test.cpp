#include "input/decoder.h"

#include <string>

#include <gtest/gtest.h>

namespace fieldway::input {
namespace {

void give(fieldway_sink sink, void* context, const std::string& text) {
    sink(context, {text.data(), text.size()});
}

/// Gives its arguments back; refuses the word `bad`, and `mute` without a word.
std::int32_t echo(fieldway_bytes arguments, fieldway_sink sink, void* context) {
    const std::string words(static_cast<const char*>(arguments.data), arguments.size);
    if (words.find("mute") != std::string::npos) return FIELDWAY_ERROR;
    if (words.find("bad") != std::string::npos) {
        give(sink, context, R"([{"pointer": "", "sentence": "these are no bytes"}])");
        return FIELDWAY_ERROR;
    }
    give(sink, context, words);
    return FIELDWAY_OK;
}

class DecoderTest : public testing::Test {
  protected:
    DecoderTest() {
        api_.size = sizeof api_;
        api_.decode = echo;
        api_.decode_kinds = R"(["echo", "other"])";
        plugin_.name = "played";
        plugin_.api = &api_;
    }
    std::string refusal(const std::vector<std::string>& words) {
        const auto decoded = decode(plugin_, words);
        return decoded ? "not refused" : decoded.error().text();
    }

    fieldway_plugin_api api_{};
    PluginLibrary plugin_;
};

TEST_F(DecoderTest, GivesTheWordsAsTheyAreAndTheAnswerBack) {
    EXPECT_EQ(decode(plugin_, {"echo", "a \"b\" \xC2\xB0"}).value(),
              "[\"echo\",\"a \\\"b\\\" \xC2\xB0\"]");
}

TEST_F(DecoderTest, KnowsTheKinds) {
    EXPECT_TRUE(decodes(plugin_, "other"));
    EXPECT_FALSE(decodes(plugin_, "oth"));
    for (const char* kinds : {"", "garbage", "{}", "[3]"}) {
        api_.decode_kinds = kinds;
        EXPECT_FALSE(decodes(plugin_, "echo")) << kinds;
    }
}

TEST_F(DecoderTest, ARefusalSaysWhatThePluginSaid) {
    EXPECT_EQ(refusal({"echo", "bad"}), "these are no bytes");
    EXPECT_EQ(refusal({"echo", "mute"}), "the decoder refused it without a reason");
}

TEST_F(DecoderTest, APluginWithoutOneDecodesNothing) {
    api_.decode = nullptr;
    EXPECT_FALSE(decodes(plugin_, "echo"));
    EXPECT_EQ(refusal({"echo"}), "the plugin played decodes nothing");
}

TEST_F(DecoderTest, ATableOfAnOlderPluginMayEndBeforeIt) {
    api_.size = offsetof(fieldway_plugin_api, decode_kinds);
    EXPECT_FALSE(decodes(plugin_, "echo"));
    plugin_.api = nullptr;
    EXPECT_FALSE(decodes(plugin_, "echo")) << "refused";
}

}  // namespace
}  // namespace fieldway::input
