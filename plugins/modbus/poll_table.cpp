#include "modbus/poll_table.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <random>
#include <utility>

#include "modbus/point_value.h"
#include "modbus/request_plan.h"

namespace fieldway::modbus {
namespace {

PollBlock block_of(LineDevice& device, PlannedBlock planned, Duration every) {
    PollBlock block;
    block.device = &device;
    block.area = planned.area;
    block.address = planned.address;
    block.count = planned.count;
    block.points = std::move(planned.items);
    block.every = every;
    return block;
}

}  // namespace

Request PollBlock::request() const {
    return {device->options.unit, read_function_of(area), address, count, 0};
}

PollTable::PollTable(Random& random)
    : phase_(std::uniform_real_distribution<double>(0, 1)(random)) {}

void PollTable::apply(InputKey input, const std::vector<DeviceOptions>& devices,
                      MonotonicTime now) {
    // What the gateway was told of a device that changes stays told: a reload is no news.
    std::map<std::uint32_t, std::optional<wire::InputState>> told;
    for (auto entry = devices_.begin(); entry != devices_.end();) {
        LineDevice& device = *entry->second;
        if (device.input != input ||
            std::find(devices.begin(), devices.end(), device.options) != devices.end()) {
            ++entry;
            continue;
        }
        told[device.options.number] = device.told;
        remove_device(device);
        entry = devices_.erase(entry);
    }
    for (const DeviceOptions& options : devices) {
        if (device(input, options.number) != nullptr) continue;
        add_device(input, options, now);
        device(input, options.number)->told = told[options.number];
    }
    settle_units();
}

void PollTable::remove(InputKey input) {
    apply(input, {}, {});
}

void PollTable::add_device(InputKey input, const DeviceOptions& options, MonotonicTime now) {
    auto& unit = units_[options.unit];
    if (!unit) {
        unit = std::make_unique<LineUnit>();
        unit->number = options.unit;
    }
    auto device = std::make_unique<LineDevice>();
    device->input = input;
    device->options = options;
    device->unit = unit.get();
    device->failing.assign(options.points.size(), false);
    plan(*device, now, {});
    devices_[{input, options.number}] = std::move(device);
}

void PollTable::remove_device(LineDevice& device) {
    for (const PollSchedule::Id id : device.blocks) {
        schedule_.remove(id);
        blocks_[id] = {};
    }
    device.blocks.clear();
}

/// Units without a device go; those that stay have the longest pause of theirs.
void PollTable::settle_units() {
    std::map<std::uint8_t, Duration> pauses;
    for (const auto& entry : devices_) {
        Duration& pause = pauses[entry.second->options.unit];
        pause = std::max(pause, entry.second->options.pause);
    }
    std::erase_if(units_, [&](const auto& entry) { return !pauses.contains(entry.first); });
    for (auto& entry : units_)
        entry.second->pause = pauses[entry.first];
}

/// Requests of one device and interval share a phase, so that what belongs to one message is read
/// together; the phases of others lie apart by the golden ratio, which fills a period evenly
/// however many there are.
void PollTable::plan(LineDevice& device, MonotonicTime now,
                     const std::map<Duration, MonotonicTime>& grids) {
    std::map<Duration, std::vector<PlanItem>> by_interval;
    for (std::size_t i = 0; i < device.options.points.size(); ++i) {
        const PointOptions& point = device.options.points[i];
        if (point.every <= Duration::zero()) continue;
        const PointSpan span = span_of(point);
        by_interval[point.every].push_back({i, point.area, span.address, span.count});
    }
    for (const auto& entry : by_interval) {
        const Duration every = entry.first;
        const auto known = grids.find(every);
        const MonotonicTime grid =
            known != grids.end() ? std::max(known->second, now)
                                 : now + std::chrono::duration_cast<Duration>(every * next_phase());
        for (PlannedBlock& planned : plan_requests(entry.second, device.options.limits)) {
            add_block(block_of(device, std::move(planned), every), now, grid);
        }
    }
}

void PollTable::add_block(PollBlock block, MonotonicTime first, MonotonicTime grid) {
    const PollSchedule::Id id = schedule_.add(block.every, first, grid);
    block.serial = ++serials_;
    block.device->blocks.push_back(id);
    if (blocks_.size() <= id) blocks_.resize(id + 1);
    blocks_[id] = std::move(block);
}

double PollTable::next_phase() {
    phase_ = std::fmod(phase_ + 0.6180339887498949, 1.0);
    return phase_;
}

LineDevice* PollTable::device(InputKey input, std::uint32_t number) {
    const auto found = devices_.find({input, number});
    return found == devices_.end() ? nullptr : found->second.get();
}

LineUnit* PollTable::unit(std::uint8_t number) {
    const auto found = units_.find(number);
    return found == units_.end() ? nullptr : found->second.get();
}

PollBlock* PollTable::find(PollSchedule::Id id, std::uint64_t serial) {
    if (id >= blocks_.size() || blocks_[id].device == nullptr || blocks_[id].serial != serial) {
        return nullptr;
    }
    return &blocks_[id];
}

std::optional<PollSchedule::Id> PollTable::probe(LineUnit& unit,
                                                 std::optional<PollSchedule::Id> but) {
    std::vector<PollSchedule::Id> blocks;
    each_device([&](const LineDevice& device) {
        if (device.unit != &unit) return;
        std::copy_if(device.blocks.begin(), device.blocks.end(), std::back_inserter(blocks),
                     [but](PollSchedule::Id id) { return id != but; });
    });
    if (blocks.empty()) return std::nullopt;
    return blocks[unit.probes++ % blocks.size()];
}

bool PollTable::is_polled(const LineUnit& unit) const {
    return std::any_of(devices_.begin(), devices_.end(), [&unit](const auto& entry) {
        return entry.second->unit == &unit && !entry.second->blocks.empty();
    });
}

void PollTable::bring_forward(const LineUnit* unit, MonotonicTime now) {
    each_device([&](const LineDevice& device) {
        if (unit != nullptr && device.unit != unit) return;
        for (const PollSchedule::Id id : device.blocks)
            schedule_.bring_forward(id, now);
    });
}

void PollTable::split(PollSchedule::Id id, MonotonicTime now) {
    const PollBlock whole = std::move(blocks_[id]);
    LineDevice& device = *whole.device;
    const MonotonicTime grid = std::max(schedule_.grid_of(id), now);
    schedule_.remove(id);
    blocks_[id] = {};
    std::erase(device.blocks, id);

    std::vector<PlanItem> items;
    for (const std::size_t place : whole.points) {
        const PointOptions& point = device.options.points[place];
        const PointSpan span = span_of(point);
        items.push_back({place, point.area, span.address, span.count});
    }
    assert(items.size() > 1);
    // A hole in the map is the usual reason, so the widest gap is the best guess; without gaps the
    // middle.
    std::size_t cut = items.size() / 2;
    std::uint32_t widest = 0;
    std::uint32_t end = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0 && items[i].address > end && items[i].address - end > widest) {
            widest = items[i].address - end;
            cut = i;
        }
        end = std::max(end, std::uint32_t{items[i].address} + items[i].count);
    }
    const std::span<const PlanItem> all(items);
    for (const auto part : {all.first(cut), all.subspan(cut)}) {
        for (PlannedBlock& planned : plan_requests(part, device.options.limits)) {
            add_block(block_of(device, std::move(planned), whole.every), now, grid);
        }
    }
    device.replan_at = now + wait_before_replan;
}

void PollTable::replan(LineDevice& device, MonotonicTime now) {
    std::map<Duration, MonotonicTime> grids;
    for (const PollSchedule::Id id : device.blocks) {
        grids[blocks_[id].every] = schedule_.grid_of(id);
    }
    remove_device(device);
    device.replan_at.reset();
    plan(device, now, grids);
}

}  // namespace fieldway::modbus
