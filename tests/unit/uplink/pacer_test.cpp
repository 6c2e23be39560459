#include "uplink/pacer.h"

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

using std::chrono::milliseconds;
using Tickets = std::vector<ConnectPacer::Ticket>;

constexpr MonotonicTime start{std::chrono::hours(1)};

TEST(ConnectPacer, SpacesTheConnectsOfAnUplink) {
    ConnectPacer pacer(0);
    for (ConnectPacer::Ticket i = 1; i <= 3; ++i)
        pacer.enter("a", 5, i);
    EXPECT_EQ(pacer.due(start), Tickets{1});
    EXPECT_EQ(pacer.next(), start + milliseconds(200));
    EXPECT_EQ(pacer.due(start + milliseconds(199)), Tickets{});
    EXPECT_EQ(pacer.due(start + milliseconds(200)), Tickets{2});
    EXPECT_EQ(pacer.due(start + milliseconds(900)), Tickets{3});
    EXPECT_EQ(pacer.next(), std::nullopt);
}

TEST(ConnectPacer, SpacesTheConnectsOfTheProcess) {
    ConnectPacer pacer(10);
    pacer.enter("a", 0, 1);
    pacer.enter("a", 0, 2);
    pacer.enter("b", 0, 3);
    EXPECT_EQ(pacer.due(start), Tickets{1});
    EXPECT_EQ(pacer.due(start + milliseconds(100)).size(), 1U);
    EXPECT_EQ(pacer.due(start + milliseconds(200)).size(), 1U);
}

TEST(ConnectPacer, AnUplinkThatWaitsForItsRateHoldsUpNoOther) {
    ConnectPacer pacer(100);
    for (ConnectPacer::Ticket i = 1; i <= 100; ++i)
        pacer.enter("slow", 1, i);
    EXPECT_EQ(pacer.due(start), Tickets{1});
    pacer.enter("quick", 50, 200);
    EXPECT_EQ(pacer.due(start + milliseconds(10)), Tickets{200});
}

TEST(ConnectPacer, WhoLeavesTheLineIsNotLetThrough) {
    ConnectPacer pacer(0);
    pacer.enter("a", 1, 1);
    pacer.enter("a", 1, 2);
    pacer.leave(1);
    EXPECT_EQ(pacer.due(start), Tickets{2});
}

TEST(ConnectPacer, WithoutARateNobodyWaits) {
    ConnectPacer pacer(0);
    for (ConnectPacer::Ticket i = 1; i <= 3; ++i)
        pacer.enter("a", 0, i);
    EXPECT_EQ(pacer.due(start), (Tickets{1, 2, 3}));
}

}  // namespace
}  // namespace fieldway::uplink
