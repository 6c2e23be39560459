#include "downlink/command_book.h"

#include <gtest/gtest.h>

namespace fieldway::downlink {
namespace {

CommandBook again(const CommandBook& book) {
    const auto read = CommandBook::from_json(book.to_json());
    EXPECT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, book);
    return *read;
}

TEST(CommandBook, RemembersWhatBeganAndHowItEnded) {
    CommandBook book;
    book.begin("id:1", "ack", "{}");
    book.begin("id:2", "", R"({"id":"2"})");
    book.end("id:1", R"({"status":"written"})");
    const CommandBook read = again(book);
    EXPECT_EQ(read.find("id:1")->answer, R"({"status":"written"})");
    EXPECT_FALSE(read.find("id:1")->told);
    EXPECT_TRUE(read.find("id:2")->under_way());
    EXPECT_EQ(read.find("id:3"), nullptr);
    book.told("id:1");
    EXPECT_TRUE(again(book).find("id:1")->told);
    book.forget("id:1");
    EXPECT_EQ(again(book).find("id:1"), nullptr);
}

TEST(CommandBook, ForgetsTheOldestThatHasEndedAndNeverOneUnderWay) {
    CommandBook book;
    book.begin("open", "ack", "{}");
    for (std::size_t i = 0; i < 2 * CommandBook::most; ++i) {
        book.begin("id:" + std::to_string(i), "ack", "{}");
        book.end("id:" + std::to_string(i), "{}");
    }
    EXPECT_EQ(book.commands().size(), CommandBook::most);
    EXPECT_NE(book.find("open"), nullptr);
    EXPECT_EQ(book.find("id:0"), nullptr);
    EXPECT_NE(book.find("id:" + std::to_string(2 * CommandBook::most - 1)), nullptr);
    again(book);
}

TEST(CommandBook, WhatIsAppliedIsTheLastOfItsSubtopic) {
    CommandBook book;
    EXPECT_FALSE(book.is_applied("config", "a"));
    book.apply("config", "a");
    EXPECT_TRUE(again(book).is_applied("config", "a"));
    EXPECT_FALSE(book.is_applied("commands", "a"));
    book.apply("config", "b");
    EXPECT_FALSE(again(book).is_applied("config", "a"));
}

TEST(CommandBook, WhatTheBrokerKeepsStaysWrittenWhateverComesLater) {
    CommandBook book;
    EXPECT_FALSE(book.is_kept("c", "a"));
    book.apply("c", "a");
    EXPECT_TRUE(book.is_kept("c", "a"));
    for (std::size_t i = 0; i < 2 * CommandBook::most; ++i)
        book.apply("c", std::to_string(i));
    CommandBook read = again(book);
    EXPECT_TRUE(read.is_kept("c", "a"));
    EXPECT_FALSE(read.is_kept("c", "0"));
    // The broker keeps one at a time: another takes its place.
    EXPECT_TRUE(read.is_kept("c", std::to_string(2 * CommandBook::most - 1)));
    EXPECT_FALSE(read.is_kept("c", "a"));
}

TEST(CommandBook, AFileThatIsDamagedIsRefused) {
    CommandBook book;
    book.begin("id:1", "ack", "{}");
    book.end("id:1", "{}");
    const std::string whole = book.to_json();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(CommandBook::from_json(whole.substr(0, size))) << size;
    for (const char* text :
         {"[]", "{}", R"({"format":2,"commands":[],"written":[],"applied":{},"kept":{}})",
          R"({"format":1,"commands":[{}],"written":[],"applied":{},"kept":{}})",
          R"({"format":1,"commands":[],"written":[1],"applied":{},"kept":{}})",
          R"({"format":1,"commands":[{"identity":"a","reply":"","head":"x","answer":"",)"
          R"("told":false}],)"
          R"("written":[],"applied":{},"kept":{}})"}) {
        EXPECT_FALSE(CommandBook::from_json(text)) << text;
    }
}

TEST(CommandBook, ANameIsTheSameForTheSameBytes) {
    EXPECT_EQ(CommandBook::name_of("abc"), CommandBook::name_of("abc"));
    EXPECT_NE(CommandBook::name_of("abc"), CommandBook::name_of("abd"));
    // RFC 4122 appendix C's namespace for OIDs; the name by Python's uuid5(NAMESPACE_OID, "abc").
    EXPECT_EQ(CommandBook::name_of("abc"), "7697a46f-b283-5da3-8e7c-62c11c03dd9e");
}

}  // namespace
}  // namespace fieldway::downlink
