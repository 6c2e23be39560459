// All requests of a device: its points by interval and priority, each group planned on its own.
// Pure.
#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "modbus/line_cost.h"
#include "modbus/modbus_options.h"
#include "modbus/request_plan.h"

namespace fieldway::modbus {

struct DeviceBlock {
    PlannedBlock block;  ///< its items are places in options.points
    Duration every{};
    Priority priority = Priority::normal;
};

PlanItem plan_item(const DeviceOptions& device, std::size_t place);

std::vector<DeviceBlock> plan_device(const DeviceOptions& device, const ReadCost& cost,
                                     std::span<const AddressSpan> refused = {});

}  // namespace fieldway::modbus
