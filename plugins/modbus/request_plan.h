// Which requests read a device's points: the fewest that its limits allow. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "modbus/bus.h"
#include "modbus/modbus_options.h"

namespace fieldway::modbus {

/// One value: a bit, or registers that must come in one answer (a value read in two halves may be
/// none that ever was).
struct PlanItem {
    std::size_t index = 0;  ///< the caller's own
    Area area = Area::holding;
    std::uint16_t address = 0;
    std::uint16_t count = 1;
};

/// One request.
struct PlannedBlock {
    Area area = Area::holding;
    std::uint16_t address = 0;
    std::uint16_t count = 0;
    std::vector<std::size_t> items;  ///< their `index`, by address

    friend bool operator==(const PlannedBlock&, const PlannedBlock&) = default;
};

/// The fewest blocks that hold every item whole, of one area each, within the limits: max_registers
/// or max_bits a block, max_gap registers (sixteen times as many bits) between items. A value
/// longer than max_registers gets a block of its own all the same: check_options has refused it.
std::vector<PlannedBlock> plan_requests(std::span<const PlanItem> items,
                                        const RequestLimits& limits);

}  // namespace fieldway::modbus
