#include "modbus/request_plan.h"

#include <algorithm>
#include <tuple>

namespace fieldway::modbus {

std::vector<PlannedBlock> plan_requests(std::span<const PlanItem> items,
                                        const RequestLimits& limits) {
    std::vector<PlanItem> sorted(items.begin(), items.end());
    std::sort(sorted.begin(), sorted.end(), [](const PlanItem& a, const PlanItem& b) {
        return std::tie(a.area, a.address, a.count, a.index) <
               std::tie(b.area, b.address, b.count, b.index);
    });
    // From left to right, each block as long as it goes: nothing is gained by ending one earlier,
    // since what starts later would only start the next block.
    std::vector<PlannedBlock> blocks;
    for (const PlanItem& item : sorted) {
        const bool bits = is_bit_area(item.area);
        const std::uint32_t most = bits ? limits.max_bits : limits.max_registers;
        const std::uint32_t gap = bits ? limits.max_gap * 16U : limits.max_gap;
        const std::uint32_t end = std::uint32_t{item.address} + item.count;
        if (!blocks.empty() && blocks.back().area == item.area) {
            PlannedBlock& last = blocks.back();
            const std::uint32_t last_end = std::uint32_t{last.address} + last.count;
            const std::uint32_t joined_end = std::max(last_end, end);
            if (item.address <= last_end + gap && joined_end - last.address <= most) {
                last.count = static_cast<std::uint16_t>(joined_end - last.address);
                last.items.push_back(item.index);
                continue;
            }
        }
        blocks.push_back({item.area, item.address, item.count, {item.index}});
    }
    return blocks;
}

}  // namespace fieldway::modbus
