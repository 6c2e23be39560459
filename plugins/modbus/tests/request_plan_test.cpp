#include "modbus/request_plan.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::modbus {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A request costs as much as 500 registers: what may be joined is joined.
constexpr ReadCost dear_request{milliseconds(1), microseconds(1)};

RequestLimits limits_of(std::uint16_t registers, std::uint16_t gap) {
    return {registers, most_bits_read, gap};
}

std::vector<PlannedBlock> plan(const std::vector<PlanItem>& items, const RequestLimits& limits,
                               const std::vector<AddressSpan>& refused = {}) {
    return plan_requests(items, limits, dear_request, refused);
}

TEST(RequestPlan, JoinsNeighboursAndReadsSmallGapsAlong) {
    const std::vector<PlanItem> items{
        {0, Area::holding, 10, 2}, {1, Area::holding, 14, 1}, {2, Area::holding, 40, 1}};
    const std::vector<PlannedBlock> expected{{Area::holding, 10, 5, {0, 1}},
                                             {Area::holding, 40, 1, {2}}};
    EXPECT_EQ(plan(items, limits_of(125, 16)), expected);
}

TEST(RequestPlan, NeverJoinsTwoAreas) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 1}, {1, Area::input, 1, 1}};
    EXPECT_EQ(plan(items, limits_of(125, 16)).size(), 2U);
}

TEST(RequestPlan, NeverSplitsAValue) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 2}, {1, Area::holding, 2, 4}};
    const std::vector<PlannedBlock> expected{{Area::holding, 0, 2, {0}},
                                             {Area::holding, 2, 4, {1}}};
    EXPECT_EQ(plan(items, limits_of(5, 16)), expected);
}

TEST(RequestPlan, ReachesTheLastRegister) {
    const std::vector<PlanItem> items{{0, Area::input, 65534, 2}, {1, Area::input, 65520, 1}};
    const std::vector<PlannedBlock> expected{{Area::input, 65520, 16, {1, 0}}};
    EXPECT_EQ(plan(items, limits_of(125, 16)), expected);
}

TEST(RequestPlan, CountsGapsOfBitsBySixteen) {
    const std::vector<PlanItem> items{
        {0, Area::coil, 0, 1}, {1, Area::coil, 17, 1}, {2, Area::coil, 35, 1}};
    EXPECT_EQ(plan(items, limits_of(125, 1)).size(), 2U);
}

TEST(RequestPlan, ReadsAGapAlongOnlyWhereAnotherRequestCostsMore) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 1}, {1, Area::holding, 11, 1}};
    const RequestLimits limits = limits_of(125, 16);
    // Ten registers are twenty bytes.
    EXPECT_EQ(plan_requests(items, limits, {microseconds(19), microseconds(1)}).size(), 2U);
    EXPECT_EQ(plan_requests(items, limits, {microseconds(21), microseconds(1)}).size(), 1U);
}

TEST(RequestPlan, CutsAtTheWidestGapWhereALimitAsksForACut) {
    const std::vector<PlanItem> items{{0, Area::holding, 0, 2},
                                      {1, Area::holding, 4, 2},
                                      {2, Area::holding, 7, 2},
                                      {3, Area::holding, 9, 2}};
    const std::vector<PlannedBlock> expected{{Area::holding, 0, 2, {0}},
                                             {Area::holding, 4, 7, {1, 2, 3}}};
    EXPECT_EQ(plan(items, limits_of(10, 16)), expected);
}

TEST(RequestPlan, ReadsAroundARefusedAddressAndLeavesItsPointAlone) {
    std::vector<PlanItem> items;
    for (std::uint16_t i = 0; i < 8; ++i)
        items.push_back({i, Area::holding, static_cast<std::uint16_t>(10 + i), 1});
    const std::vector<PlannedBlock> expected{{Area::holding, 10, 3, {0, 1, 2}},
                                             {Area::holding, 13, 1, {3}},
                                             {Area::holding, 14, 4, {4, 5, 6, 7}}};
    EXPECT_EQ(plan(items, limits_of(125, 16), {{Area::holding, 13, 14}}), expected);
}

TEST(RequestPlan, ReadsTheBitsOfARefusedRegisterByOneRequest) {
    const std::vector<PlanItem> items{{0, Area::holding, 51, 1}, {1, Area::holding, 51, 1}};
    EXPECT_EQ(plan(items, limits_of(125, 16), {{Area::holding, 51, 52}}).size(), 1U);
}

// A refused value that reaches over others: those are read with each other around its begin.
TEST(RequestPlan, ReadsWhatLiesWithinARefusedValueWithTheRest) {
    const std::vector<PlanItem> items{
        {0, Area::holding, 1, 2}, {1, Area::holding, 2, 3}, {2, Area::holding, 3, 1}};
    const std::vector<PlannedBlock> expected{{Area::holding, 1, 3, {0, 2}},
                                             {Area::holding, 2, 3, {1}}};
    EXPECT_EQ(plan(items, limits_of(4, 0), {{Area::holding, 2, 5}}), expected);
}

TEST(RequestPlan, DoesNotTakeARefusalOfOneAreaForAnother) {
    const std::vector<PlanItem> items{{0, Area::input, 10, 1}, {1, Area::input, 11, 1}};
    EXPECT_EQ(plan(items, limits_of(125, 16), {{Area::holding, 10, 12}}).size(), 1U);
}

/// What plan_requests promises of one block, written down once more.
std::optional<AddressSpan> block_of(const std::vector<PlanItem>& items, unsigned members,
                                    const RequestLimits& limits,
                                    const std::vector<AddressSpan>& refused) {
    std::optional<AddressSpan> span;
    std::optional<AddressSpan> first;
    bool one_place = true;
    for (std::size_t i = 0; i < items.size(); ++i) {  // sorted by address
        if ((members >> i & 1U) == 0) continue;
        const std::uint32_t end = std::uint32_t{items[i].address} + items[i].count;
        const AddressSpan own{Area::holding, items[i].address, end};
        if (!span) span = first = own;
        one_place = one_place && own == *first;
        if (items[i].address > span->end + limits.max_gap) return std::nullopt;
        span->end = std::max(span->end, end);
    }
    if (!span || span->end - span->begin > limits.max_registers) return std::nullopt;
    const bool is_refused = std::any_of(refused.begin(), refused.end(),
                                        [&](const AddressSpan& one) { return span->holds(one); });
    if (!one_place && is_refused) return std::nullopt;
    return span;
}

/// The least cost, by trying every way to divide the items.
Duration least_cost(const std::vector<PlanItem>& items, const RequestLimits& limits,
                    const ReadCost& cost, const std::vector<AddressSpan>& refused) {
    const unsigned all = (1U << items.size()) - 1;
    std::vector<Duration> least(all + 1, Duration::max());
    least[0] = Duration::zero();
    for (unsigned done = 1; done <= all; ++done) {
        for (unsigned part = done; part != 0; part = (part - 1) & done) {
            const auto span = block_of(items, part, limits, refused);
            if (!span || least[done & ~part] == Duration::max()) continue;
            least[done] = std::min(
                least[done], least[done & ~part] + cost.of(span->area, span->end - span->begin));
        }
    }
    return least[all];
}

void expect_whole(const std::vector<PlanItem>& items, const std::vector<PlannedBlock>& blocks) {
    std::size_t placed = 0;
    for (const PlannedBlock& block : blocks) {
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
}

TEST(RequestPlan, CostsNoMoreThanTheCheapestPlanThatBruteForceFinds) {
    const bool held = rc::check("cheapest, whole, within the limits", [] {
        const auto number = [](int least, int behind) {
            return static_cast<std::uint16_t>(*rc::gen::inRange(least, behind));
        };
        const RequestLimits limits = limits_of(number(4, 12), number(0, 6));
        const ReadCost cost{microseconds(number(0, 30)), microseconds(number(1, 4))};
        std::vector<PlanItem> items;
        const std::size_t count = number(1, 8);
        for (std::size_t i = 0; i < count; ++i) {
            items.push_back({i, Area::holding, number(0, 30), number(1, 5)});
        }
        std::sort(items.begin(), items.end(),
                  [](const PlanItem& a, const PlanItem& b) { return a.address < b.address; });
        std::vector<AddressSpan> refused;
        for (int i = number(0, 3); i > 0; --i) {
            const std::uint32_t begin = number(0, 30);
            refused.push_back({Area::holding, begin, begin + number(1, 8)});
        }
        const auto blocks = plan_requests(items, limits, cost, refused);
        Duration planned{};
        for (const PlannedBlock& block : blocks) {
            RC_ASSERT(block.count <= limits.max_registers);
            planned += cost.of(block.area, block.count);
        }
        RC_ASSERT(planned == least_cost(items, limits, cost, refused));
        expect_whole(items, blocks);
    });
    EXPECT_TRUE(held);
}

}  // namespace
}  // namespace fieldway::modbus
