#include "control/line_protocol.h"

#include <gtest/gtest.h>

namespace fieldway::control {
namespace {

TEST(Request, KeepsVerbAndArguments) {
    const auto request = parse_request(R"({"verb": "read", "device": "0CA1"})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->verb, "read");
    EXPECT_EQ(request->arguments.at("device").as_string(), "0CA1");
}

TEST(Request, WithoutVerbSaysWhatToWrite) {
    for (const char* line : {"{}", R"({"verb": 7})"}) {
        const auto request = parse_request(line);
        ASSERT_FALSE(request) << line;
        EXPECT_NE(request.error().text().find(R"({"verb": "status"})"), std::string::npos);
    }
}

TEST(Request, ThatIsNoJsonObjectIsRefused) {
    for (const char* line : {"", "status", "[]", "{\"verb\":", "\xff\xfe"}) {
        EXPECT_FALSE(parse_request(line)) << line;
    }
}

TEST(Answer, CarriesTheResultThere) {
    const auto answer = parse_answer(answer_line(boost::json::value{{"n", 1}}));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->at("n").as_int64(), 1);
}

TEST(Answer, CarriesTheErrorsSentenceAndPlace) {
    const auto answer = parse_answer(answer_line(Error::retry("no answer").within("device 0CA1")));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().text(), "device 0CA1: no answer");
}

TEST(Answer, OfAnotherShapeIsAnErrorNotACrash) {
    for (const char* line : {"", "{}", "[1]", R"({"ok": 1})", R"({"ok": false, "error": 3})"}) {
        EXPECT_FALSE(parse_answer(line)) << line;
    }
}

}  // namespace
}  // namespace fieldway::control
