#include "modbus/request_plan.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace fieldway::modbus {
namespace {

std::uint32_t end_of(const PlanItem& item) {
    return std::uint32_t{item.address} + item.count;
}

bool same_place(const PlanItem& a, const PlanItem& b) {
    return a.address == b.address && a.count == b.count;
}

/// The cheapest way to read the items before a place in their order.
struct Best {
    Duration cost = Duration::max();
    std::size_t first = 0;  ///< where its last block begins
    std::uint32_t end = 0;  ///< the address behind that block
};

/// Dividing the sorted items is enough: where the items of two blocks lie mixed, those that start
/// later in one of them lie within the span of the other, and can be read along there. (So none of
/// them may be refused by itself.)
class Division {
  public:
    Division(const std::vector<PlanItem>& items, const RequestLimits& limits, const ReadCost& cost,
             std::span<const AddressSpan> refused)
        : items_(items), limits_(limits), cost_(cost), refused_(refused), best_(items.size() + 1) {
        best_[0].cost = Duration::zero();
        for (std::size_t first = 0; first < items_.size(); ++first)
            try_blocks_from(first);
    }

    [[nodiscard]] std::vector<PlannedBlock> blocks() const {
        std::vector<PlannedBlock> blocks;
        for (std::size_t behind = items_.size(); behind > 0; behind = best_[behind].first) {
            const Best& best = best_[behind];
            PlannedBlock& block = blocks.emplace_back();
            block.area = items_[best.first].area;
            block.address = items_[best.first].address;
            block.count = static_cast<std::uint16_t>(best.end - block.address);
            for (std::size_t i = best.first; i < behind; ++i)
                block.items.push_back(items_[i].index);
        }
        std::reverse(blocks.begin(), blocks.end());
        return blocks;
    }

  private:
    /// Longer and longer ones: what forbids one forbids all that are longer.
    void try_blocks_from(std::size_t first) {
        AddressSpan span{items_[first].area, items_[first].address, end_of(items_[first])};
        offer(first, first, span);
        const bool bits = is_bit_area(span.area);
        const std::uint32_t most = bits ? limits_.max_bits : limits_.max_registers;
        const std::uint32_t gap = bits ? limits_.max_gap * 16U : limits_.max_gap;
        for (std::size_t last = first + 1; last < items_.size(); ++last) {
            const PlanItem& item = items_[last];
            if (item.area != span.area || item.address > span.end + gap) return;
            span.end = std::max(span.end, end_of(item));
            const bool same = same_place(item, items_[first]);
            if (!same && (span.end - span.begin > most || is_refused(span))) return;
            offer(first, last, span);
        }
    }

    void offer(std::size_t first, std::size_t last, const AddressSpan& span) {
        const Duration cost = best_[first].cost + cost_.of(span.area, span.end - span.begin);
        if (cost < best_[last + 1].cost) best_[last + 1] = {cost, first, span.end};
    }

    [[nodiscard]] bool is_refused(const AddressSpan& span) const {
        return std::any_of(refused_.begin(), refused_.end(),
                           [&span](const AddressSpan& one) { return span.holds(one); });
    }

    const std::vector<PlanItem>& items_;
    const RequestLimits& limits_;
    const ReadCost& cost_;
    const std::span<const AddressSpan> refused_;
    std::vector<Best> best_;  ///< by how many items are read
};

/// What was refused by itself, each place on its own: nothing else could be read with it.
std::vector<PlannedBlock> alone(const std::vector<PlanItem>& items) {
    std::vector<PlannedBlock> blocks;
    for (const PlanItem& item : items) {
        const bool same = !blocks.empty() && blocks.back().area == item.area &&
                          blocks.back().address == item.address &&
                          blocks.back().count == item.count;
        if (!same) blocks.push_back({item.area, item.address, item.count, {}});
        blocks.back().items.push_back(item.index);
    }
    return blocks;
}

}  // namespace

std::vector<PlannedBlock> plan_requests(std::span<const PlanItem> items,
                                        const RequestLimits& limits, const ReadCost& cost,
                                        std::span<const AddressSpan> refused) {
    std::vector<PlanItem> sorted(items.begin(), items.end());
    std::sort(sorted.begin(), sorted.end(), [](const PlanItem& a, const PlanItem& b) {
        return std::tie(a.area, a.address, a.count, a.index) <
               std::tie(b.area, b.address, b.count, b.index);
    });
    const auto first_refused =
        std::stable_partition(sorted.begin(), sorted.end(), [refused](const PlanItem& item) {
            const AddressSpan span{item.area, item.address, end_of(item)};
            return std::none_of(refused.begin(), refused.end(),
                                [&span](const AddressSpan& one) { return span.holds(one); });
        });
    std::vector<PlannedBlock> blocks = alone({first_refused, sorted.end()});
    sorted.erase(first_refused, sorted.end());
    for (PlannedBlock& block : Division(sorted, limits, cost, refused).blocks())
        blocks.push_back(std::move(block));
    std::sort(blocks.begin(), blocks.end(), [](const PlannedBlock& a, const PlannedBlock& b) {
        return std::tie(a.area, a.address, a.count) < std::tie(b.area, b.address, b.count);
    });
    return blocks;
}

bool are_one_place(std::span<const PlanItem> items) {
    return std::all_of(items.begin(), items.end(),
                       [&items](const PlanItem& item) { return same_place(item, items[0]); });
}

/// A hole in the map is the usual reason of a refusal, so the widest gap is the best guess; of
/// equal ones the one in the middle.
std::size_t cut_of_refused(std::span<const PlanItem> items) {
    const auto from_middle = [&items](std::size_t place) {
        return std::max(place, items.size() - place);
    };
    std::size_t cut = 0;
    std::uint32_t widest = 0;
    std::uint32_t end = end_of(items[0]);
    for (std::size_t i = 1; i < items.size(); ++i) {
        const std::uint32_t gap = items[i].address > end ? items[i].address - end : 0;
        end = std::max(end, end_of(items[i]));
        if (same_place(items[i], items[i - 1])) continue;
        if (cut != 0 && (gap < widest || (gap == widest && from_middle(i) >= from_middle(cut)))) {
            continue;
        }
        widest = gap;
        cut = i;
    }
    assert(cut != 0);
    return cut;
}

}  // namespace fieldway::modbus
