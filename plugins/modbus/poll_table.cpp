#include "modbus/poll_table.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>
#include <utility>

namespace fieldway::modbus {
PollTable::PollTable(const LineOptions& line, Random& random)
    : cost_(line), phase_(std::uniform_real_distribution<double>(0, 1)(random)) {}

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
    plan(*device, now);
    devices_[{input, options.number}] = std::move(device);
}

void PollTable::remove_device(LineDevice& device) {
    while (!device.blocks.empty())
        remove_block(device, device.blocks.back());
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

std::optional<Request> PollTable::probe(LineUnit& unit) {
    std::vector<std::pair<const PollBlock*, std::size_t>> points;
    each_device([&](const LineDevice& device) {
        if (device.unit != &unit) return;
        for (const PollSchedule::Id id : device.blocks) {
            for (const std::size_t place : blocks_[id].points)
                points.emplace_back(&blocks_[id], place);
        }
    });
    if (points.empty()) return std::nullopt;
    const auto [block, place] = points[unit.probes++ % points.size()];
    const PlanItem item = plan_item(block->device->options, place);
    Request request = block->request();
    request.address = item.address;
    request.count = item.count;
    return request;
}

std::optional<PollSchedule::Id> PollTable::another_block(LineUnit& unit, PollSchedule::Id but) {
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

}  // namespace fieldway::modbus
