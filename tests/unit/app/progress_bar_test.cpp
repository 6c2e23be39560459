#include "app/progress_bar.h"

#include <chrono>
#include <sstream>

#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace fieldway::app {
namespace {

using namespace std::chrono_literals;

TEST(ProgressText, ShowsHowFarItIs) {
    EXPECT_EQ(progress_text(121, 242, "9600 8N1, unit 121", 80),
              "[##########----------] 121 of 242  9600 8N1, unit 121");
    EXPECT_EQ(progress_text(0, 0, "", 80), "[--------------------] 0 of 0  ");
    EXPECT_EQ(progress_text(9, 3, "", 80), "[####################] 9 of 3  ");
}

TEST(ProgressText, IsShorterThanTheTerminal) {
    EXPECT_EQ(progress_text(1, 2, "something long", 30).size(), 29U);
}

TEST(ProgressBar, IsDrawnTenTimesASecondAtMost) {
    test::ManualClock clock;
    std::ostringstream out;
    {
        ProgressBar bar(out, true, clock);
        bar.show(1, 9, "a");
        bar.show(2, 9, "b");
        EXPECT_EQ(out.str().find(" of 9  b"), std::string::npos);
        clock.advance(100ms);
        bar.show(3, 9, "c");
    }
    EXPECT_NE(out.str().find("1 of 9  a"), std::string::npos);
    EXPECT_NE(out.str().find("3 of 9  c"), std::string::npos);
    EXPECT_TRUE(out.str().ends_with("\r\033[K")) << "the line is taken away";
}

TEST(ProgressBar, IsNotThereWithoutATerminal) {
    test::ManualClock clock;
    std::ostringstream out;
    ProgressBar(out, false, clock).show(1, 9, "a");
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace fieldway::app
