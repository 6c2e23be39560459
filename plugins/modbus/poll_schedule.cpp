#include "modbus/poll_schedule.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace fieldway::modbus {

PollSchedule::Id PollSchedule::add(Duration every, Duration slack, MonotonicTime first,
                                   MonotonicTime grid) {
    assert(every > Duration::zero() && slack >= Duration::zero() && grid >= first);
    Id id = entries_.size();
    if (free_.empty()) {
        entries_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    entries_[id] = {every, slack, first, grid, 0, 0, true};
    ++size_;
    wait(id);
    return id;
}

void PollSchedule::remove(Id id) {
    assert(entries_[id].alive);
    entries_[id].alive = false;
    entries_[id].generation = ++generations_;
    free_.push_back(id);
    --size_;
}

std::optional<PollSchedule::Id> PollSchedule::take(MonotonicTime now) {
    while (!waiting_.empty() && (stale(waiting_.front()) || waiting_.front().time <= now)) {
        Item item = waiting_.front();
        pop(waiting_);
        if (stale(item)) continue;
        item.time += entries_[item.id].slack;
        push(ready_, item);
    }
    while (!ready_.empty() && stale(ready_.front()))
        pop(ready_);
    if (ready_.empty()) return std::nullopt;
    const Id id = ready_.front().id;
    pop(ready_);
    Entry& entry = entries_[id];
    entry.served = ++turns_;
    if (entry.grid <= now) {
        // Late by a period or more: what was missed stays missed, the grid starts anew here.
        entry.grid = entry.grid + entry.every > now ? entry.grid + entry.every : now + entry.every;
    }
    entry.due = entry.grid;
    wait(id);
    return id;
}

std::optional<MonotonicTime> PollSchedule::next_due() {
    while (!ready_.empty() && stale(ready_.front()))
        pop(ready_);
    if (!ready_.empty()) return entries_[ready_.front().id].due;
    while (!waiting_.empty() && stale(waiting_.front()))
        pop(waiting_);
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front().time;
}

void PollSchedule::bring_forward(Id id, MonotonicTime when) {
    Entry& entry = entries_[id];
    assert(entry.alive);
    entry.due = when;
    entry.grid = std::max(entry.grid, when);
    wait(id);
}

void PollSchedule::wait(Id id) {
    Entry& entry = entries_[id];
    entry.generation = ++generations_;
    push(waiting_, {entry.due, entry.served, entry.generation, id});
}

bool PollSchedule::stale(const Item& item) const {
    return entries_[item.id].generation != item.generation;
}

bool PollSchedule::later(const Item& a, const Item& b) {
    return std::tie(a.time, a.served) > std::tie(b.time, b.served);
}

void PollSchedule::push(std::vector<Item>& heap, Item item) {
    heap.push_back(item);
    std::push_heap(heap.begin(), heap.end(), later);
}

void PollSchedule::pop(std::vector<Item>& heap) {
    std::pop_heap(heap.begin(), heap.end(), later);
    heap.pop_back();
}

}  // namespace fieldway::modbus
