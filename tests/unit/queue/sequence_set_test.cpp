#include "queue/sequence_set.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::queue {
namespace {

TEST(SequenceSet, JoinsWhatTouches) {
    SequenceSet set;
    set.add(5, 6);
    set.add(1, 2);
    EXPECT_EQ(set.spans(), 2U);
    set.add(3, 4);
    EXPECT_EQ(set.spans(), 1U);
    EXPECT_EQ(set.next(0), (SequenceSet::Span{1, 6}));
}

TEST(SequenceSet, GivesTheRestOfASpan) {
    SequenceSet set;
    set.add(10, 20);
    EXPECT_EQ(set.next(14), (SequenceSet::Span{15, 20}));
    EXPECT_EQ(set.next(20), std::nullopt);
    EXPECT_EQ(set.below(12), 11U);
    EXPECT_EQ(set.below(10), std::nullopt);
}

TEST(SequenceSet, IsASet) {
    const bool held = rc::check("sequence set against std::set", [] {
        SequenceSet set;
        std::set<Sequence> model;
        const int steps = *rc::gen::inRange(1, 60);
        for (int step = 0; step < steps; ++step) {
            const auto first = *rc::gen::inRange<Sequence>(1, 40);
            const auto last = first + *rc::gen::inRange<Sequence>(0, 10);
            const bool add = *rc::gen::arbitrary<bool>();
            for (Sequence at = first; at <= last; ++at) {
                if (add) {
                    model.insert(at);
                } else {
                    model.erase(at);
                }
            }
            if (add) {
                set.add(first, last);
            } else {
                set.remove(first, last);
            }
            for (Sequence at = 0; at < 55; ++at) {
                RC_ASSERT(set.contains(at) == model.contains(at));
                const auto above = model.upper_bound(at);
                const auto next = set.next(at);
                RC_ASSERT(next.has_value() == (above != model.end()));
                if (next) RC_ASSERT(next->first == *above);
                const auto from = model.lower_bound(at);
                const auto below = set.below(at);
                RC_ASSERT(below.has_value() == (from != model.begin()));
                if (below) RC_ASSERT(*below == *std::prev(from));
            }
        }
    });
    EXPECT_TRUE(held);
}

TEST(SequenceSetTest, CountsWhatIsInSpansAlone) {
    SequenceSet set;
    set.add(5, 9);
    set.add(20, 29);
    EXPECT_EQ(set.count(1, 100), 15U);
    EXPECT_EQ(set.count(7, 21), 5U);
    EXPECT_EQ(set.count(10, 19), 0U);
    EXPECT_EQ(set.count(9, 9), 1U);
    EXPECT_EQ(set.all(), (std::vector<SequenceSet::Span>{{5, 9}, {20, 29}}));
}

}  // namespace
}  // namespace fieldway::queue
