#include "modbus/refusals.h"

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using std::chrono::seconds;

const MonotonicTime start{seconds(1000)};

AddressSpan span(std::uint32_t begin, std::uint32_t end) {
    return {Area::holding, begin, end};
}

TEST(Refusals, KeepsTheSmallestOfWhatExplainsTheOthers) {
    Refusals refusals;
    refusals.add_block(span(10, 18), start);
    refusals.add_block(span(10, 14), start);
    refusals.add_block(span(9, 20), start);
    EXPECT_EQ(refusals.spans(), std::vector<AddressSpan>{span(10, 14)});
    refusals.add_point(span(13, 14));
    EXPECT_EQ(refusals.spans(), std::vector<AddressSpan>{span(13, 14)});
    EXPECT_FALSE(refusals.doubt_at()) << "a point is tried on its own";
}

TEST(Refusals, AnAnswerDisprovesWhatItHolds) {
    Refusals refusals;
    refusals.add_point(span(13, 14));
    refusals.add_block(span(20, 24), start);
    EXPECT_FALSE(refusals.answered(span(21, 24)));
    EXPECT_TRUE(refusals.answered(span(10, 14)));
    EXPECT_TRUE(refusals.answered(span(20, 24)));
    EXPECT_TRUE(refusals.empty());
    EXPECT_FALSE(refusals.doubt_at());
}

TEST(Refusals, ARefusalOfAnotherAreaIsAnotherOne) {
    Refusals refusals;
    refusals.add_point(span(13, 14));
    EXPECT_FALSE(refusals.answered({Area::input, 10, 20}));
}

TEST(Refusals, BelievesLongerEachTimeAndNeverForEver) {
    Refusals refusals;
    Duration before{};
    for (int i = 0; i < 20; ++i) {
        refusals.add_block(span(10, 12), start);
        const Duration belief = refusals.doubt_at().value() - start;
        EXPECT_GE(belief, before);
        EXPECT_GE(belief, Refusals::first_belief);
        EXPECT_LE(belief, Refusals::longest_belief);
        before = belief;
        refusals.doubt();
        EXPECT_TRUE(refusals.empty());
    }
    EXPECT_EQ(before, Refusals::longest_belief);
}

TEST(Refusals, PutsPiecesTogetherSoOftenOnlyUntilSomethingChanges) {
    Refusals refusals;
    for (unsigned i = 0; i < Refusals::most_rejoins; ++i)
        EXPECT_TRUE(refusals.may_rejoin());
    EXPECT_FALSE(refusals.may_rejoin());
    refusals.doubt();
    EXPECT_TRUE(refusals.may_rejoin());
}

}  // namespace
}  // namespace fieldway::modbus
