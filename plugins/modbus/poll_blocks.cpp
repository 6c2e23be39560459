// What is learned of a device's answers, and how its requests change by it.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "modbus/poll_table.h"

namespace fieldway::modbus {
namespace {

/// How much later than it is due a request may be served when others wait. What is polled more
/// often gives way for no longer than its interval.
Duration slack_of(Duration every, Priority priority) {
    constexpr Duration most_slack = std::chrono::seconds(1);
    constexpr Duration slack_of_low = std::chrono::seconds(10);
    if (priority == Priority::high) return Duration::zero();
    return priority == Priority::low ? slack_of_low : std::min(every, most_slack);
}

PollBlock block_of(LineDevice& device, PlannedBlock planned, Duration every, Priority priority) {
    PollBlock block;
    block.device = &device;
    block.area = planned.area;
    block.address = planned.address;
    block.count = planned.count;
    block.points = std::move(planned.items);
    block.every = every;
    block.priority = priority;
    return block;
}

/// The lines of one loop that have something due at the same moment cost one waking; so moments lie
/// on a raster that all lines share, fine enough that spreading does not suffer.
MonotonicTime on_raster(MonotonicTime time, Duration every) {
    constexpr Duration most = std::chrono::milliseconds(5);
    constexpr int steps_in_interval = 200;
    const Duration step = std::min(most, every / steps_in_interval);
    if (step <= Duration::zero()) return time;
    return time + (step - time.time_since_epoch() % step) % step;
}

}  // namespace

Request PollBlock::request() const {
    return {device->options.unit, read_function_of(area), address, count, 0};
}

bool PollBlock::is_one_place() const {
    return std::all_of(points.begin(), points.end(), [this](std::size_t place) {
        const PlanItem item = plan_item(device->options, place);
        return item.address == address && item.count == count;
    });
}

void PollBlock::note_answer(MonotonicTime now) {
    silences = 0;
    timeouts = 0;
    exceptions = 0;
    skip_until = {};
    if (answered_at != MonotonicTime{}) {
        constexpr int smoothing = 8;
        const Duration since = now - answered_at;
        achieved = achieved == Duration::zero() ? since : achieved + (since - achieved) / smoothing;
    }
    answered_at = now;
}

ReadCost PollTable::cost_of(const LineDevice& device) const {
    return cost_.of(device.unit->turn_around.median().value_or(cost_.assumed_turn_around()));
}

/// Requests of one device and interval share a phase, so that what belongs to one message is read
/// together; the phases of others lie apart by the golden ratio, which fills a period evenly
/// however many there are.
void PollTable::plan(LineDevice& device, MonotonicTime now) {
    std::map<Duration, MonotonicTime> grids;
    for (DeviceBlock& planned : plan_device(device.options, cost_of(device))) {
        const Duration every = planned.every;
        const auto [grid, is_new] = grids.try_emplace(every);
        if (is_new) {
            grid->second =
                on_raster(now + std::chrono::duration_cast<Duration>(every * next_phase()), every);
        }
        add_block(block_of(device, std::move(planned.block), every, planned.priority), now,
                  grid->second);
    }
}

void PollTable::replan(LineDevice& device, MonotonicTime now, bool at_once) {
    std::map<Duration, MonotonicTime> grids;
    for (const PollSchedule::Id id : device.blocks)
        grids[blocks_[id].every] = std::max(schedule_.grid_of(id), now);
    std::vector<PollSchedule::Id> old = std::exchange(device.blocks, {});
    std::vector<DeviceBlock> missing;
    const std::vector<AddressSpan> refused = device.refusals.spans();
    for (DeviceBlock& planned : plan_device(device.options, cost_of(device), refused)) {
        const auto same = same_block(old, planned);
        if (!same) {
            missing.push_back(std::move(planned));
            continue;
        }
        device.blocks.push_back(*same);
        std::erase(old, *same);
    }
    for (const PollSchedule::Id id : old)
        remove_block(device, id);
    for (DeviceBlock& planned : missing) {
        const MonotonicTime grid = grids[planned.every];
        add_block(block_of(device, std::move(planned.block), planned.every, planned.priority),
                  at_once ? now : grid, grid);
    }
}

std::optional<PollSchedule::Id> PollTable::same_block(const std::vector<PollSchedule::Id>& among,
                                                      const DeviceBlock& planned) const {
    const auto found = std::find_if(among.begin(), among.end(), [&](PollSchedule::Id id) {
        const PollBlock& block = blocks_[id];
        return block.area == planned.block.area && block.address == planned.block.address &&
               block.count == planned.block.count && block.points == planned.block.items &&
               block.every == planned.every && block.priority == planned.priority;
    });
    return found == among.end() ? std::nullopt : std::optional(*found);
}

void PollTable::add_block(PollBlock block, MonotonicTime first, MonotonicTime grid) {
    const Duration slack = slack_of(block.every, block.priority);
    const PollSchedule::Id id = schedule_.add(block.every, slack, first, grid);
    block.serial = ++serials_;
    block.device->blocks.push_back(id);
    if (blocks_.size() <= id) blocks_.resize(id + 1);
    blocks_[id] = std::move(block);
}

void PollTable::remove_block(LineDevice& device, PollSchedule::Id id) {
    schedule_.remove(id);
    blocks_[id] = {};
    std::erase(device.blocks, id);
}

void PollTable::split(PollSchedule::Id id, MonotonicTime now) {
    const PollBlock whole = blocks_[id];
    LineDevice& device = *whole.device;
    const MonotonicTime grid = std::max(schedule_.grid_of(id), now);
    remove_block(device, id);
    device.refusals.add_block(whole.span(), now);

    std::vector<PlanItem> items;
    std::transform(whole.points.begin(), whole.points.end(), std::back_inserter(items),
                   [&device](std::size_t place) { return plan_item(device.options, place); });
    const std::size_t cut = cut_of_refused(items);
    const std::span<const PlanItem> all(items);
    for (const auto part : {all.first(cut), all.subspan(cut)}) {
        for (PlannedBlock& planned : plan_requests(part, device.options.limits, cost_of(device))) {
            PollBlock piece = block_of(device, std::move(planned), whole.every, whole.priority);
            piece.piece = true;
            add_block(std::move(piece), now, grid);
        }
    }
}

void PollTable::isolate(PollSchedule::Id id, MonotonicTime now) {
    PollBlock& block = blocks_[id];
    LineDevice& device = *block.device;
    block.piece = false;
    block.isolated = true;
    device.refusals.add_point(block.span());
    rejoin_when_settled(device, now);
}

void PollTable::believe_answer(PollSchedule::Id id, MonotonicTime now) {
    PollBlock& block = blocks_[id];
    LineDevice& device = *block.device;
    const bool was_piece = std::exchange(block.piece, false);
    block.isolated = false;
    if (device.refusals.empty()) return;
    const bool disproved = device.refusals.answered(block.span());
    if (was_piece || disproved) rejoin_when_settled(device, now);
}

void PollTable::rejoin_when_settled(LineDevice& device, MonotonicTime now) {
    const bool settled = std::none_of(device.blocks.begin(), device.blocks.end(),
                                      [this](PollSchedule::Id id) { return blocks_[id].piece; });
    if (settled && device.refusals.may_rejoin()) replan(device, now, false);
}

void PollTable::doubt(LineDevice& device, MonotonicTime now) {
    device.refusals.doubt();
    replan(device, now, true);
}

void PollTable::replan(const LineUnit& unit, MonotonicTime now) {
    each_device([&](LineDevice& device) {
        const bool whole = device.refusals.empty();
        if (device.unit == &unit && whole) replan(device, now, false);
    });
}

}  // namespace fieldway::modbus
