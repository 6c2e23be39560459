#include "modbus/late_answers.h"

#include <chrono>

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime start{1h};

Request read_of(std::uint8_t unit, std::uint16_t count, std::uint16_t address = 0) {
    Request request;
    request.unit = unit;
    request.count = count;
    request.address = address;
    return request;
}

TEST(LateAnswers, KeepTheShapeAndNothingElse) {
    LateAnswers late(1s);
    late.expect(read_of(1, 2), start);
    EXPECT_EQ(late.free_at(read_of(1, 2, 700), start), start + 1s);
    EXPECT_EQ(late.free_at(read_of(1, 3), start), start);
    EXPECT_EQ(late.free_at(read_of(2, 2), start), start);
    EXPECT_EQ(late.free_at(read_of(1, 2), start + 1s), start + 1s);
    EXPECT_TRUE(late.exception_may_be_late(read_of(1, 9), start + 1ms));
    EXPECT_FALSE(late.exception_may_be_late(read_of(1, 9), start + 1s));
    EXPECT_EQ(late.last_of(1, start), start + 1s);
    EXPECT_FALSE(late.last_of(2, start));
}

TEST(LateAnswers, FreeTheShapeWhenTheAnswerCame) {
    LateAnswers late(1s);
    late.expect(read_of(1, 1), start);
    const auto seen = late.seen(1, *bytes_from_hex("03 02 0001"), start + 1ms);
    EXPECT_TRUE(seen.expected);
    EXPECT_FALSE(seen.after);
    EXPECT_EQ(late.free_at(read_of(1, 1), start + 1ms), start + 1ms);
}

/// fault 40: the frame that ends the window could be somebody else's.
TEST(LateAnswers, KeepTheWindowOnALineWithForeignFrames) {
    LateAnswers late(1s);
    late.expect(read_of(1, 1), start);
    EXPECT_FALSE(late.seen(2, *bytes_from_hex("03 02 0001"), start + 1ms).expected);
    EXPECT_FALSE(late.seen(1, *bytes_from_hex("03 02 0001"), start + 2ms).expected);
    EXPECT_EQ(late.free_at(read_of(1, 1), start + 2ms), start + 1s);
    late.expect(read_of(1, 1), start + 2min);
    EXPECT_TRUE(late.seen(1, *bytes_from_hex("03 02 0001"), start + 2min).expected);
}

TEST(LateAnswers, TellWhatCameAfterItsWindow) {
    LateAnswers late(1s);
    late.expect(read_of(1, 1), start);
    EXPECT_EQ(late.seen(1, *bytes_from_hex("03 02 0001"), start + 2500ms).after, 2500ms);
}

TEST(LateAnswers, ExpectNothingWhereAnswersHaveNumbers) {
    LateAnswers late(0s);
    late.expect(read_of(1, 1), start);
    EXPECT_EQ(late.free_at(read_of(1, 1), start), start);
}

TEST(LateAnswers, StopTheWholeLineBeyondTheirLimit) {
    LateAnswers late(1s);
    for (std::size_t i = 0; i <= LateAnswers::most_expected; ++i) {
        late.expect(read_of(static_cast<std::uint8_t>(i % 200), static_cast<std::uint16_t>(i + 1)),
                    start);
    }
    EXPECT_EQ(late.free_at(read_of(250, 1), start), start + 1s);
    EXPECT_EQ(late.free_at(read_of(250, 1), start + 1s), start + 1s);
}

}  // namespace
}  // namespace fieldway::modbus
