#include "uplink/rate_window.h"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;

/// As fast as it lets, for so long.
std::vector<MonotonicTime> greedy(double per_second, Duration span) {
    RateWindow window(per_second);
    std::vector<MonotonicTime> gone;
    const MonotonicTime begin{std::chrono::hours(1)};
    for (MonotonicTime now = begin; now < begin + span;) {
        if (window.allows(now)) {
            window.note(now);
            gone.push_back(now);
        } else {
            now = window.next().value();
        }
    }
    return gone;
}

TEST(RateWindow, NoSecondHasMoreThanTheRateAndNoneIsWasted) {
    EXPECT_TRUE(rc::check([] {
        const auto rate = *rc::gen::inRange(1, 5000);
        const auto gone = greedy(rate, seconds(3));
        for (std::size_t i = static_cast<std::size_t>(rate); i < gone.size(); ++i)
            RC_ASSERT(gone[i] - gone[i - static_cast<std::size_t>(rate)] >= seconds(1));
        RC_ASSERT(static_cast<double>(gone.size()) >= 0.97 * 3 * rate);
    }));
}

TEST(RateWindow, AFractionIsKeptOnTheWhole) {
    EXPECT_EQ(greedy(0.5, seconds(100)).size(), 50U);
    EXPECT_EQ(greedy(1.5, seconds(100)).size(), 150U);
}

TEST(RateWindow, ZeroIsNoLimit) {
    RateWindow window(0);
    for (int i = 0; i < 10'000; ++i) {
        ASSERT_TRUE(window.allows({}));
        window.note({});
    }
    EXPECT_FALSE(window.next());
}

}  // namespace
}  // namespace fieldway::uplink
