#include "modbus/request_plan.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::modbus {
namespace {

RequestLimits limits_of(std::uint16_t registers, std::uint16_t gap) {
    return {registers, most_bits_read, gap};
}

TEST(RequestPlan, JoinsNeighboursAndReadsSmallGapsAlong) {
    const std::vector<PlanItem> items{
        {0, Area::holding, 10, 2}, {1, Area::holding, 14, 1}, {2, Area::holding, 40, 1}};
    const std::vector<PlannedBlock> expected{{Area::holding, 10, 5, {0, 1}},
                                             {Area::holding, 40, 1, {2}}};
    EXPECT_EQ(plan_requests(items, limits_of(125, 16)), expected);
}

TEST(RequestPlan, NeverJoinsTwoAreas) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 1}, {1, Area::input, 1, 1}};
    EXPECT_EQ(plan_requests(items, limits_of(125, 16)).size(), 2U);
}

TEST(RequestPlan, NeverSplitsAValue) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 2}, {1, Area::holding, 2, 4}};
    const std::vector<PlannedBlock> expected{{Area::holding, 0, 2, {0}},
                                             {Area::holding, 2, 4, {1}}};
    EXPECT_EQ(plan_requests(items, limits_of(5, 16)), expected);
}

TEST(RequestPlan, ReachesTheLastRegister) {
    const std::vector<PlanItem> items{{0, Area::input, 65534, 2}, {1, Area::input, 65520, 1}};
    const std::vector<PlannedBlock> expected{{Area::input, 65520, 16, {1, 0}}};
    EXPECT_EQ(plan_requests(items, limits_of(125, 16)), expected);
}

TEST(RequestPlan, CountsGapsOfBitsBySixteen) {
    const std::vector<PlanItem> items{
        {0, Area::coil, 0, 1}, {1, Area::coil, 17, 1}, {2, Area::coil, 35, 1}};
    EXPECT_EQ(plan_requests(items, limits_of(125, 1)).size(), 2U);
}

bool valid_block(const std::vector<PlanItem>& items, unsigned members,
                 const RequestLimits& limits) {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool first = true;
    for (std::size_t i = 0; i < items.size(); ++i) {  // sorted by address
        if ((members >> i & 1U) == 0) continue;
        if (first) begin = end = items[i].address;
        first = false;
        if (items[i].address > end + limits.max_gap) return false;
        end = std::max(end, std::uint32_t{items[i].address} + items[i].count);
    }
    return !first && end - begin <= limits.max_registers;
}

/// The least number of valid blocks, by trying every way to divide the items.
std::size_t fewest_blocks(const std::vector<PlanItem>& items, const RequestLimits& limits) {
    const unsigned all = (1U << items.size()) - 1;
    std::vector<std::size_t> fewest(all + 1, std::numeric_limits<std::size_t>::max());
    fewest[0] = 0;
    for (unsigned done = 1; done <= all; ++done) {
        for (unsigned part = done; part != 0; part = (part - 1) & done) {
            if (valid_block(items, part, limits)) {
                fewest[done] = std::min(fewest[done], fewest[done & ~part] + 1);
            }
        }
    }
    return fewest[all];
}

TEST(RequestPlan, HasTheFewestRequestsThatBruteForceFinds) {
    const bool held = rc::check("fewest, whole, within the limits", [] {
        const auto count = *rc::gen::inRange<std::size_t>(1, 8);
        const RequestLimits limits = limits_of(*rc::gen::inRange<std::uint16_t>(4, 12),
                                               *rc::gen::inRange<std::uint16_t>(0, 4));
        std::vector<PlanItem> items;
        for (std::size_t i = 0; i < count; ++i) {
            items.push_back({i, Area::holding, *rc::gen::inRange<std::uint16_t>(0, 30),
                             *rc::gen::inRange<std::uint16_t>(1, 5)});
        }
        std::sort(items.begin(), items.end(),
                  [](const PlanItem& a, const PlanItem& b) { return a.address < b.address; });
        const auto blocks = plan_requests(items, limits);
        RC_ASSERT(blocks.size() == fewest_blocks(items, limits));
        std::size_t placed = 0;
        for (const PlannedBlock& block : blocks) {
            RC_ASSERT(block.count <= limits.max_registers);
            for (const std::size_t index : block.items) {
                const PlanItem& item = *std::find_if(
                    items.begin(), items.end(),
                    [index](const PlanItem& candidate) { return candidate.index == index; });
                RC_ASSERT(item.address >= block.address);
                RC_ASSERT(item.address + item.count <= block.address + block.count);
                ++placed;
            }
        }
        RC_ASSERT(placed == items.size());
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace fieldway::modbus
