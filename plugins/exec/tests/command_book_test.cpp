#include "exec/command_book.h"

#include <chrono>

#include <gtest/gtest.h>

namespace fieldway::exec {
namespace {

using namespace std::chrono_literals;
constexpr MonotonicTime start{1h};

TEST(CommandBook, AnswersEachCommandOnceInAnyOrder) {
    CommandBook book;
    book.add(17, start + 10s);
    book.add(18, start + 10s);
    const auto second = book.answer({"18", true, ""});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->number, 18u);
    EXPECT_EQ(second->status, wire::OutcomeStatus::done);
    EXPECT_FALSE(book.answer({"18", true, ""}));
    const auto first = book.answer({"17", false, "valve stuck"});
    ASSERT_TRUE(first);
    EXPECT_EQ(first->status, wire::OutcomeStatus::failed);
    EXPECT_EQ(first->reason, "valve stuck");
}

TEST(CommandBook, KnowsNoOtherNames) {
    CommandBook book;
    book.add(17, start);
    for (const char* name : {"", "18", "17 ", "0x11", "17.0", "99999999999999999999999"}) {
        EXPECT_FALSE(book.answer({name, true, ""})) << name;
    }
    EXPECT_EQ(book.size(), 1u);
}

TEST(CommandBook, WhatIsNotAnsweredInItsTimeFailedAndALateAnswerIsUnknown) {
    CommandBook book;
    book.add(1, start + 2s);
    book.add(2, start + 1s);
    EXPECT_EQ(book.next_expiry(), start + 1s);
    EXPECT_TRUE(book.expire(start + 999ms).empty());
    const auto expired = book.expire(start + 1s);
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_EQ(expired[0].number, 2u);
    EXPECT_EQ(expired[0].status, wire::OutcomeStatus::failed);
    EXPECT_FALSE(book.answer({"2", true, ""}));
    EXPECT_EQ(book.next_expiry(), start + 2s);
}

TEST(CommandBook, FailsAllWhenTheProgramEnds) {
    CommandBook book;
    book.add(1, start);
    book.add(2, start);
    EXPECT_EQ(book.fail_all("the program ended").size(), 2u);
    EXPECT_FALSE(book.next_expiry());
}

TEST(CommandBook, IsFullAtItsLimit) {
    CommandBook book;
    for (std::uint64_t i = 0; i < most_open_commands; ++i) {
        EXPECT_FALSE(book.full());
        book.add(i, start);
    }
    EXPECT_TRUE(book.full());
}

}  // namespace
}  // namespace fieldway::exec
