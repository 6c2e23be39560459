#include "mapping/expression.h"

#include <clocale>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mapping/mapper.h"

namespace fieldway::mapping {
namespace {

using ::testing::HasSubstr;

std::string why_not(std::string_view text) {
    const auto checked = check_expression(text);
    return checked ? "fine" : checked.error().sentence();
}

double result_of(std::string_view text, double value) {
    return Expression::compile(text).value()(value).value();
}

TEST(Expression, Computes) {
    EXPECT_EQ(result_of("value / 100", 12345), 123.45);
    EXPECT_EQ(result_of("value > 10 ? 1 : 0", 11), 1);
    EXPECT_EQ(result_of("sqrt(value)", 16), 4);
    EXPECT_EQ(result_of("value == 3", 3), 1);
    EXPECT_EQ(result_of("value <= 3 && value != 2", 3), 1);
}

TEST(Expression, KeepsItsValueWhenMoved) {
    auto first = Expression::compile("value + 1").value();
    const Expression second = std::move(first);
    EXPECT_EQ(second(1), 2);
}

TEST(Expression, LeavesNoBinaryNoise) {
    EXPECT_EQ(result_of("value * 0.1", 215), 21.5);
    EXPECT_EQ(result_of("value * 0.1", 3), 0.3);
    EXPECT_EQ(result_of("value + 1", 9007199254740990.0), 9007199254740991.0);
}

TEST(Expression, WhatIsNoNumberIsNothing) {
    EXPECT_EQ(Expression::compile("1 / value").value()(0), std::nullopt);
    EXPECT_EQ(Expression::compile("sqrt(value)").value()(-1), std::nullopt);
    EXPECT_EQ(Expression::compile("value ^ value").value()(1e6), std::nullopt);
}

TEST(Expression, RefusalsSayWhatToDo) {
    EXPECT_THAT(why_not("value +"), HasSubstr("does not parse"));
    EXPECT_THAT(why_not("valu / 100"), HasSubstr("uses \"valu\"; the only name is value"));
    EXPECT_THAT(why_not("other(value)"), HasSubstr("does not parse"));
    EXPECT_THAT(why_not("value = 3"), HasSubstr("compare with '=='"));
    EXPECT_THAT(why_not("value, 2"), HasSubstr("results"));
    EXPECT_THAT(why_not("  "), HasSubstr("is empty"));
    EXPECT_THAT(why_not("\"text\""), ::testing::Not("fine"));
    EXPECT_THAT(why_not(std::string(257, '1')), HasSubstr("257 bytes; the most is 256"));
    EXPECT_EQ(why_not(std::string(256, '1')), "fine");
}

TEST(Expression, NestsAsDeepAsItsLengthAllows) {
    EXPECT_EQ(why_not(std::string(125, '(') + "value" + std::string(125, ')')), "fine");
    std::string negated = "value";
    for (int i = 0; i < 80; ++i)
        negated = "-(" + negated + ")";
    EXPECT_EQ(why_not(negated), "fine");
}

TEST(Expression, ReadsADecimalPointInEveryLocale) {
    const std::string before = std::setlocale(LC_ALL, nullptr);
    for (const char* name : {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "C.UTF-8"}) {
        if (!std::setlocale(LC_ALL, name)) continue;
        EXPECT_EQ(result_of("value * 1.5", 2), 3) << name;
    }
    std::setlocale(LC_ALL, before.c_str());
}

}  // namespace
}  // namespace fieldway::mapping
