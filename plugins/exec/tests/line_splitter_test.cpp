#include "exec/line_splitter.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway::exec {
namespace {

std::vector<std::string> all(LineSplitter& splitter) {
    std::vector<std::string> lines;
    while (const auto line = splitter.next()) {
        lines.push_back((line->too_long ? "cut:" : "") + std::string(line->text));
    }
    return lines;
}

using Lines = std::vector<std::string>;

TEST(LineSplitter, GivesTheSameLinesHoweverThePipeCutsThem) {
    const std::string text = "one\n\ntwo and more\nthree\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        LineSplitter splitter(20);
        Lines lines;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            splitter.feed(std::string_view(text).substr(at, piece));
            for (auto& line : all(splitter))
                lines.push_back(line);
        }
        EXPECT_EQ(lines, (Lines{"one", "", "two and more", "three"})) << "pieces of " << piece;
    }
}

TEST(LineSplitter, ALineOfTheLimitIsWholeAndOneMoreByteIsTooLong) {
    LineSplitter splitter(4);
    splitter.feed("1234\n12345\n12\n");
    EXPECT_EQ(all(splitter), (Lines{"1234", "cut:1234", "12"}));
}

TEST(LineSplitter, SkipsTheRestOfAnOverLongLineAndGoesOnAfterIt) {
    LineSplitter splitter(4);
    splitter.feed("123456");
    EXPECT_EQ(all(splitter), (Lines{"cut:1234"}));
    splitter.feed("789");
    EXPECT_EQ(all(splitter), (Lines{}));
    splitter.feed("0\nnext\n");
    EXPECT_EQ(all(splitter), (Lines{"next"}));
}

TEST(LineSplitter, HoldsNoMoreThanItsLimitOfALineWithoutAnEnd) {
    LineSplitter splitter(1000);
    const std::string piece(700, 'x');
    for (int i = 0; i < 10'000; ++i) {
        splitter.feed(piece);
        all(splitter);
        ASSERT_LE(splitter.held(), 1000 + piece.size());
    }
}

TEST(LineSplitter, ALastLineWithoutItsEndCounts) {
    LineSplitter splitter(10);
    splitter.feed("a\nlast");
    EXPECT_EQ(all(splitter), (Lines{"a"}));
    const auto last = splitter.finish();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->text, "last");
    EXPECT_FALSE(splitter.finish());
}

}  // namespace
}  // namespace fieldway::exec
