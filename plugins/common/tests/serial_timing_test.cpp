#include "common/serial_timing.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace fieldway::common {
namespace {

TEST(SerialTiming, CountsStartParityAndStopBits) {
    EXPECT_EQ(bits_per_character({9600, Parity::none, 8, 1}), 10U);
    EXPECT_EQ(bits_per_character({9600, Parity::even, 8, 1}), 11U);
    EXPECT_EQ(bits_per_character({9600, Parity::none, 8, 2}), 11U);
    EXPECT_EQ(bits_per_character({300, Parity::even, 7, 1}), 10U);
}

TEST(SerialTiming, ACharacterAt9600With8E1Takes1146Microseconds) {
    EXPECT_EQ(character_time({9600, Parity::even, 8, 1}), 1145834ns);
}

TEST(SerialTiming, FrameSilenceIsThreeAndAHalfCharactersUpTo19200) {
    EXPECT_NEAR(static_cast<double>(frame_silence({9600, Parity::even, 8, 1}).count()), 4.0104e6,
                1e2);
    EXPECT_NEAR(static_cast<double>(frame_silence({19200, Parity::even, 8, 1}).count()), 2.0052e6,
                1e2);
}

TEST(SerialTiming, SilencesAreFixedAbove19200) {
    EXPECT_EQ(frame_silence({38400, Parity::none, 8, 1}), 1750us);
    EXPECT_EQ(frame_silence({4'000'000, Parity::none, 8, 1}), 1750us);
    EXPECT_EQ(character_silence({115200, Parity::none, 8, 1}), 750us);
}

TEST(SerialTiming, TheSlowestLineDoesNotOverflow) {
    EXPECT_EQ(characters_time({50, Parity::even, 8, 2}, 513), 123'120'000'000ns);
}

TEST(SerialSettings, AreWrittenAsEverybodyWritesThem) {
    EXPECT_EQ(to_text({9600, Parity::even, 8, 1}), "9600 8E1");
    EXPECT_EQ(to_text({300, Parity::none, 7, 2}), "300 7N2");
}

TEST(SerialSettings, TheNearestStandardRateIsNamed) {
    EXPECT_EQ(nearest_standard_baud(9601), 9600U);
    EXPECT_EQ(nearest_standard_baud(1), 50U);
    EXPECT_EQ(nearest_standard_baud(4'000'000'000U), 4'000'000U);
}

TEST(SerialSettings, ParityNamesAreReadBack) {
    EXPECT_EQ(parity_from_name("even"), Parity::even);
    EXPECT_FALSE(parity_from_name("mark").has_value());
}

}  // namespace
}  // namespace fieldway::common
