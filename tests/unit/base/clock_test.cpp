#include "base/clock.h"

#include <gtest/gtest.h>

namespace fieldway {
namespace {

using std::chrono::milliseconds;

TEST(Rfc3339, PrintsUtcWithMilliseconds) {
    EXPECT_EQ(rfc3339(WallTime(milliseconds(0))), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(WallTime(milliseconds(1763806530250))), "2025-11-22T10:15:30.250Z");
}

TEST(Rfc3339, ReadsWhatItPrints) {
    const WallTime time(milliseconds(1763806530250));
    EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
}

TEST(Rfc3339, TurnsOffsetsIntoUtcAndCutsFractions) {
    const WallTime time(milliseconds(1763806530250));
    EXPECT_EQ(parse_rfc3339("2025-11-22T12:15:30.2509999+02:00"), time);
    EXPECT_EQ(parse_rfc3339("2025-11-22t05:45:30.25-04:30"), time);
}

TEST(Rfc3339, RefusesWhatIsNoDateTime) {
    for (const char* text :
         {"", "2025-11-22", "2025-02-30T00:00:00Z", "2025-11-22T24:00:00Z", "2025-11-22T10:15:30",
          "2025-11-22T10:15:30Zx", "2025-11-22T10:15:30.Z", "2025-11-22T10:15:30+25:00"}) {
        EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace fieldway
