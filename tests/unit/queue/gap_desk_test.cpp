#include "queue/gap_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr WallTime ten_o_clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) +
                               std::chrono::hours(10)};

Loss loss_of(WallTime first, WallTime last) {
    return {{"cloud", DeviceId::parse("0CA1").value(), Lane::telemetry, Drain::in_order},
            LossReason::bytes,
            3,
            7,
            9,
            first,
            last};
}

TEST(GapMessage, SaysWhatWasLost) {
    const auto message =
        gap_message(loss_of(ten_o_clock, ten_o_clock + std::chrono::seconds(2)), "gateway/gap",
                    {MonotonicTime(), ten_o_clock + std::chrono::hours(1)});
    EXPECT_EQ(message.payload,
              R"({"timestamp":"2026-11-25T11:00:00.000Z","reason":"bytes","lane":"telemetry",)"
              R"("count":3,"first":"2026-11-25T10:00:00.000Z","last":"2026-11-25T10:00:02.000Z",)"
              R"("first_sequence":7,"last_sequence":9})");
    EXPECT_THAT(message.lacks, IsEmpty());
}

TEST(GapMessage, DoesNotWaitForATimeThatIsNotKnownYet) {
    const auto message = gap_message(loss_of(unknown_wall, unknown_wall), "gateway/gap",
                                     {MonotonicTime(), WallTime(std::chrono::hours(1)), false});
    EXPECT_THAT(message.payload, StartsWith(R"({"timestamp":null,"reason":"bytes",)"));
    EXPECT_THAT(message.payload, Not(HasSubstr("\"first\""))) << "1970 was no time of theirs";
    EXPECT_THAT(message.lacks, IsEmpty());
}

TEST(LossSentence, KnowsNoTimeThatIsNone) {
    EXPECT_EQ(loss_sentence(loss_of(ten_o_clock, ten_o_clock)),
              "3 messages of device 0CA1, lane telemetry, were lost (bytes): "
              "2026-11-25T10:00:00.000Z to 2026-11-25T10:00:00.000Z");
    EXPECT_THAT(loss_sentence(loss_of(unknown_wall, unknown_wall)),
                HasSubstr("their times are not known"));
}

TEST(LossTimes, AnUnknownOneDoesNotWidenAKnownOne) {
    EXPECT_EQ(earlier(unknown_wall, ten_o_clock), ten_o_clock);
    EXPECT_EQ(earlier(ten_o_clock, unknown_wall), ten_o_clock);
    EXPECT_EQ(earlier(ten_o_clock, ten_o_clock + std::chrono::hours(1)), ten_o_clock);
    EXPECT_EQ(known_wall({{}, ten_o_clock, false}), unknown_wall);
    EXPECT_EQ(known_wall({{}, ten_o_clock, true}), ten_o_clock);
}

}  // namespace
}  // namespace fieldway::queue
