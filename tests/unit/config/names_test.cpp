#include "config/names.h"

#include <gtest/gtest.h>

namespace fieldway::config {
namespace {

TEST(Subtopic, IsLevelsJoinedBySlashes) {
    for (const char* good : {"", "a", "a/b", "alerts/critical", "Größe", "$a"}) {
        EXPECT_EQ(why_no_subtopic(good), "") << good;
    }
}

TEST(Subtopic, HasNoWildcardNoEmptyLevelAndNoControlCharacter) {
    for (const char* bad : {"/a", "a/", "a//b", "a/+", "#", "a+b", "a\nb", "a\x7F", "\xFF"}) {
        EXPECT_NE(why_no_subtopic(bad), "") << bad;
    }
}

TEST(PointName, HasNoEdgesAndNoControlCharacters) {
    for (const char* good : {"a", "supply temp", "°C", "a.b"})
        EXPECT_EQ(why_no_point_name(good), "");
    for (const char* bad : {"", " a", "a ", "a\tb", "\xC0"})
        EXPECT_NE(why_no_point_name(bad), "");
}

}  // namespace
}  // namespace fieldway::config
