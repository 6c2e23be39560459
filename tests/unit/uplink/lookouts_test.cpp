#include "uplink/lookouts.h"

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

using Tickets = std::vector<Lookouts::Ticket>;

TEST(Lookouts, OneOfAnUplinkLooksOutAndBringsTheOthersBack) {
    Lookouts lookouts;
    EXPECT_EQ(lookouts.changed("a", 1, SessionState::waiting).look_out, 1U);
    EXPECT_FALSE(lookouts.changed("a", 2, SessionState::waiting).look_out);
    EXPECT_FALSE(lookouts.changed("a", 3, SessionState::waiting).look_out);
    EXPECT_EQ(lookouts.changed("b", 4, SessionState::waiting).look_out, 4U)
        << "each uplink has one";
    lookouts.changed("a", 1, SessionState::connecting);
    EXPECT_FALSE(lookouts.changed("a", 1, SessionState::waiting).look_out) << "it is still it";
    EXPECT_EQ(lookouts.changed("a", 1, SessionState::up).back, (Tickets{2, 3}));
    EXPECT_TRUE(lookouts.changed("a", 2, SessionState::up).back.empty()) << "they know";
}

TEST(Lookouts, AnyThatGetsThroughBringsTheOthersBack) {
    Lookouts lookouts;
    lookouts.changed("a", 1, SessionState::waiting);
    lookouts.changed("a", 2, SessionState::waiting);
    EXPECT_EQ(lookouts.changed("a", 2, SessionState::up).back, (Tickets{1}));
    EXPECT_EQ(lookouts.changed("a", 1, SessionState::waiting).look_out, 1U) << "away again";
}

TEST(Lookouts, OneThatIsRefusedOrStoppedHandsOver) {
    for (const auto state : {SessionState::refused, SessionState::held, SessionState::taken_over,
                             SessionState::stopped}) {
        Lookouts lookouts;
        lookouts.changed("a", 1, SessionState::waiting);
        lookouts.changed("a", 2, SessionState::waiting);
        EXPECT_EQ(lookouts.changed("a", 1, state).look_out, 2U);
        EXPECT_FALSE(lookouts.changed("a", 2, state).look_out) << "nobody is left";
    }
}

}  // namespace
}  // namespace fieldway::uplink
