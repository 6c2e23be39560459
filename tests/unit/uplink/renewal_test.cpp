#include "uplink/renewal.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "uplink/reasons.h"

namespace fieldway::uplink {
namespace {

using namespace std::chrono_literals;

constexpr MonotonicTime start{1h};

Renewal with_token(Duration life, std::uint64_t seed = 1) {
    Renewal renewal({}, seed);
    renewal.made(start, life);
    renewal.up();
    return renewal;
}

TEST(Renewal, ASecretThatDoesNotExpireIsNotRenewed) {
    const Renewal renewal = with_token(0s);
    EXPECT_FALSE(renewal.at());
    EXPECT_FALSE(renewal.is_expiry(start + 24h, 0));
}

TEST(Renewal, BeginsBeforeTheEndByTheSmallerOfTwoMinutesAndAFifth) {
    for (const auto& [life, latest] : {std::pair<Duration, Duration>{1h, 58min}, {1min, 48s}}) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const auto at = with_token(life, seed).at();
            ASSERT_TRUE(at) << "seed " << seed;
            EXPECT_LE(*at, start + latest) << "seed " << seed;
            EXPECT_GE(*at, start + latest - life / 5) << "seed " << seed;
        }
    }
}

TEST(Renewal, AFleetThatCameUpTogetherDoesNotMoveTogether) {
    std::vector<int> in_minute(12);
    for (std::uint64_t seed = 0; seed < 1200; ++seed) {
        const Duration after = *with_token(1h, seed).at() - (start + 46min);
        ++in_minute.at(static_cast<std::size_t>(std::min<Duration>(after, 719s) / 1min));
    }
    for (const int count : in_minute)
        EXPECT_NEAR(count, 100, 40);
}

TEST(Renewal, NearTheEndAClosingIsExpiryUnlessItSaysOtherwise) {
    const Renewal renewal = with_token(1h);
    const MonotonicTime near = start + 59min;
    for (const std::uint8_t code : {std::uint8_t{0}, reason::not_authorized,
                                    reason::administrative_action, reason::maximum_connect_time}) {
        EXPECT_TRUE(renewal.is_expiry(near, code)) << int{code};
        EXPECT_FALSE(renewal.is_expiry(start + 57min, code)) << int{code};
    }
    for (const std::uint8_t code : {std::uint8_t{0x8B}, reason::session_taken_over,
                                    reason::packet_too_large, reason::quota_exceeded}) {
        EXPECT_FALSE(renewal.is_expiry(near, code)) << int{code};
    }
}

TEST(Renewal, AClockThatIsSetForwardBringsTheEndNearerAndNoneMovesItAway) {
    Renewal renewal = with_token(1h);
    const auto before = renewal.at();
    renewal.ends_at(start + 2h);
    EXPECT_EQ(renewal.at(), before);
    renewal.ends_at(start + 10min);
    EXPECT_EQ(renewal.at(), start + 8min);
    EXPECT_TRUE(renewal.is_expiry(start + 9min, 0));
}

}  // namespace
}  // namespace fieldway::uplink
