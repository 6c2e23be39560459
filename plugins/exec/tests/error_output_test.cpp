#include "exec/error_output.h"

#include <string>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace fieldway::exec {
namespace {

TEST(ErrorOutput, ShowsABurstThenOneLineASecondAndSaysWhatIsMissing) {
    ErrorOutput errors;
    test::ManualClock clock;
    for (unsigned i = 0; i < error_line_burst; ++i) {
        EXPECT_TRUE(errors.take("x", false, clock.monotonic())) << i;
    }
    for (int i = 0; i < 7; ++i)
        EXPECT_FALSE(errors.take("x", false, clock.monotonic()));
    EXPECT_EQ(errors.suppressed(), 7u);
    clock.advance(error_line_pace);
    EXPECT_EQ(errors.take("y", false, clock.monotonic()),
              "program: y (7 lines before were not logged)");
    EXPECT_FALSE(errors.take("x", false, clock.monotonic()));
    clock.advance(error_line_pace * error_line_burst * 10);
    for (unsigned i = 0; i < error_line_burst; ++i) {
        EXPECT_TRUE(errors.take("x", false, clock.monotonic())) << i;
    }
    EXPECT_FALSE(errors.take("x", false, clock.monotonic()));
}

TEST(ErrorOutput, SaysWhenALineWasCutAndLeavesEmptyOnesOut) {
    ErrorOutput errors;
    test::ManualClock clock;
    EXPECT_EQ(errors.take("long", true, clock.monotonic()), "program: long (cut)");
    EXPECT_FALSE(errors.take("  \r", false, clock.monotonic()));
    EXPECT_EQ(errors.suppressed(), 0u);
}

TEST(ErrorOutput, CannotForgeLinesNorDriveATerminal) {
    EXPECT_EQ(printable("a\tb\r\n\x1b[2J\x7f"), "a b???[2J?");
    EXPECT_EQ(printable("grün"), "grün");
    EXPECT_EQ(printable("\xff\xfeok"), "??ok");
}

}  // namespace
}  // namespace fieldway::exec
