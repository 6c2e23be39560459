#include "modbus/device_plan.h"

#include <map>
#include <utility>

#include "modbus/point_value.h"

namespace fieldway::modbus {

PlanItem plan_item(const DeviceOptions& device, std::size_t place) {
    const PointOptions& point = device.points[place];
    const PointSpan span = span_of(point);
    return {place, point.area, span.address, span.count};
}

std::vector<DeviceBlock> plan_device(const DeviceOptions& device, const ReadCost& cost,
                                     std::span<const AddressSpan> refused) {
    std::map<std::pair<Duration, Priority>, std::vector<PlanItem>> groups;
    for (std::size_t place = 0; place < device.points.size(); ++place) {
        const PointOptions& point = device.points[place];
        if (point.every <= Duration::zero()) continue;
        groups[{point.every, point.priority}].push_back(plan_item(device, place));
    }
    std::vector<DeviceBlock> blocks;
    for (const auto& [group, items] : groups) {
        for (PlannedBlock& planned : plan_requests(items, device.limits, cost, refused))
            blocks.push_back({std::move(planned), group.first, group.second});
    }
    return blocks;
}

}  // namespace fieldway::modbus
