#include "app/bus_words.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"

namespace fieldway::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

OptionTable some_table() {
    return {
        option("unit", OptionType::integer, "which").within(0, 255),
        option("word_order", OptionType::choice, "of words.")
            .preset("big")
            .choices({"big", "little"}),
        option("decodings", OptionType::boolean, "all of them").preset(false),
        option("timeout", OptionType::duration, "how long").preset(std::chrono::milliseconds(500)),
    };
}

BusWords read(const std::vector<std::string>& words) {
    return read_bus_words(words, some_table());
}

TEST(BusWords, OptionsMayStandAnywhere) {
    const BusWords words =
        read({"--unit", "3", "holding:40", "--word-order=little", "holding:41", "--decodings"});
    EXPECT_THAT(words.problems, IsEmpty());
    EXPECT_THAT(words.words, ElementsAre("holding:40", "holding:41"));
    EXPECT_EQ(to_json_text(words.options),
              R"({"unit":3,"word_order":"little","decodings":true,"timeout":500000000})");
}

TEST(BusWords, ATruthTakesAWordOnlyWhenItIsOne) {
    EXPECT_FALSE(read({"--decodings", "false"}).options.at("decodings").as_bool());
    const BusWords words = read({"--decodings", "holding:40"});
    EXPECT_TRUE(words.options.at("decodings").as_bool());
    EXPECT_THAT(words.words, ElementsAre("holding:40"));
}

TEST(BusWords, EveryProblemIsTold) {
    EXPECT_THAT(read({"--word-oder", "little"}).problems,
                ElementsAre("there is no option --word-oder; did you mean --word-order?"));
    EXPECT_THAT(read({"--unit"}).problems, ElementsAre("--unit lacks its value"));
    EXPECT_THAT(read({"--unit", "1", "--unit=2"}).problems, ElementsAre("--unit is given twice"));
    EXPECT_THAT(read({"--unit", "300", "--timeout", "5"}).problems,
                ElementsAre(HasSubstr("unit is 300"), HasSubstr("timeout")));
    EXPECT_THAT(read({"--word-order", "middle"}).problems, ElementsAre(HasSubstr("middle")));
}

TEST(BusWords, AUrlHasASchemeAndASlash) {
    for (const char* url : {"tcp://h:502", "rtu:/dev/ttyS0", "rtu+tcp://h:1"})
        EXPECT_TRUE(looks_like_url(url)) << url;
    for (const char* word : {"METER-1", "holding:40", "a:b", ":/x", "setpoint=tcp://h", "x y:/z"})
        EXPECT_FALSE(looks_like_url(word)) << word;
}

TEST(BusWords, HelpHasALineForEachOption) {
    EXPECT_THAT(options_text(some_table()),
                HasSubstr("--word-order           of words. big or little. Default: big."));
    EXPECT_THAT(options_text(some_table()), HasSubstr("Default: 500ms."));
}

}  // namespace
}  // namespace fieldway::app
