// Which requests read a device's points: those that take the least of the line's time within the
// limits of the device. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "modbus/bus.h"
#include "modbus/line_cost.h"
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

/// Addresses of one area, end excluded.
struct AddressSpan {
    Area area = Area::holding;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    [[nodiscard]] bool holds(const AddressSpan& other) const {
        return area == other.area && begin <= other.begin && other.end <= end;
    }
    friend bool operator==(const AddressSpan&, const AddressSpan&) = default;
};

/// The cheapest blocks that hold every item whole, of one area each: within max_registers or
/// max_bits a block and max_gap registers (sixteen times as many bits) between items; registers
/// that nobody asked for are read along where that is cheaper than another request. No block of
/// items at different places holds a whole span of `refused`: the device would refuse it too. A
/// value longer than max_registers gets a block of its own all the same: check_options has refused
/// it.
std::vector<PlannedBlock> plan_requests(std::span<const PlanItem> items,
                                        const RequestLimits& limits, const ReadCost& cost,
                                        std::span<const AddressSpan> refused = {});

/// Whether a refusal of their block tells of one place.
bool are_one_place(std::span<const PlanItem> items);

/// Where the items of a refused block, by address and not all at one place, are best divided to
/// find what is refused: so many belong to the first part.
std::size_t cut_of_refused(std::span<const PlanItem> items);

}  // namespace fieldway::modbus
