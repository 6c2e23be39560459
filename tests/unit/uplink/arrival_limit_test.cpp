#include "uplink/arrival_limit.h"

#include <array>

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

/// Clients are told apart by their address alone.
std::array<char, 200> addresses{};
PahoClient* client(std::size_t number) {
    return reinterpret_cast<PahoClient*>(&addresses.at(number));
}

TEST(ArrivalLimit, OneClientsFloodLeavesTheOthersTheirRoom) {
    ArrivalLimit limit;
    std::size_t taken = 0;
    for (int i = 0; i < 1000; ++i)
        taken += limit.allows(client(0), 10) ? 1 : 0;
    EXPECT_EQ(taken, ArrivalLimit::most_of_a_client);
    EXPECT_TRUE(limit.allows(client(1), 10));
    ASSERT_EQ(limit.drops().size(), 1U);
    EXPECT_EQ(limit.drops().at(client(0)), 1000 - ArrivalLimit::most_of_a_client);
}

TEST(ArrivalLimit, AllTogetherTakeNoMoreThanSoManyBytes) {
    ArrivalLimit limit;
    constexpr std::size_t each = 64 * 1024;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < addresses.size(); ++i)
        bytes += limit.allows(client(i), each) ? each : 0;
    EXPECT_EQ(bytes, ArrivalLimit::most_bytes);
    EXPECT_EQ(limit.drops().size(), addresses.size() - ArrivalLimit::most_bytes / each);
    EXPECT_TRUE(limit.allows(client(0), 0)) << "what is empty has room";
}

}  // namespace
}  // namespace fieldway::uplink
