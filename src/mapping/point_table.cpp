#include "mapping/point_table.h"

#include <algorithm>
#include <utility>

namespace fieldway::mapping {

Result<PointTable> PointTable::make(const config::DeviceOptions& options,
                                    std::size_t most_undeclared) {
    PointTable table;
    table.most_undeclared_ = most_undeclared;
    if (options.timestamp_format != config::TimestampFormat::none) {
        table.reserved_name_ = options.timestamp_key;
    }
    table.slots_.reserve(options.points.size());
    table.maps_.reserve(options.points.size());
    for (const config::PointOptions& point : options.points) {
        auto map = PointMap::make(point);
        if (!map) return map.error();
        table.by_name_.emplace(point.name, table.slots_.size());
        PointSlot slot;
        slot.name = point.name;
        slot.declared = true;
        slot.every = point.every;
        table.slots_.push_back(std::move(slot));
        table.maps_.push_back(std::move(*map));
    }
    return table;
}

std::optional<std::size_t> PointTable::slot_of(const Reading& reading) {
    if (reading.point < maps_.size()) return reading.point;
    const auto known = by_name_.find(reading.name);
    if (reading.point == undeclared_point && known != by_name_.end()) return known->second;
    if (reading.point != undeclared_point || reading.name.empty() ||
        reading.name.size() > longest_name || reading.name == reserved_name_ ||
        undeclared_ >= most_undeclared_) {
        ++refused_;
        return std::nullopt;
    }
    return add_undeclared(reading.name);
}

std::size_t PointTable::slot_named(const std::string& name) {
    const auto known = by_name_.find(name);
    return known != by_name_.end() ? known->second : add_undeclared(name);
}

std::size_t PointTable::add_undeclared(std::string name) {
    ++undeclared_;
    by_name_.emplace(name, slots_.size());
    PointSlot slot;
    slot.name = std::move(name);
    slots_.push_back(std::move(slot));
    return slots_.size() - 1;
}

void PointTable::put(std::size_t slot, const Reading& reading) {
    PointSlot& at = slots_[slot];
    const bool mapped = slot < maps_.size() && !reading.bad;
    at.value = mapped ? maps_[slot].map(reading.value) : map(reading);
    at.bad = reading.bad;
    at.read_at = ++readings_;
    at.time = reading.time;
    if (!reading.bad) newest_good_ = std::max(newest_good_, known_wall(reading.time));
}

Value PointTable::map(const Reading& reading) const {
    if (reading.bad) return NoValue{};
    if (reading.point < maps_.size()) return maps_[reading.point].map(reading.value);
    const auto known = by_name_.find(reading.name);
    if (known != by_name_.end() && known->second < maps_.size()) {
        return maps_[known->second].map(reading.value);
    }
    return reading.value;
}

}  // namespace fieldway::mapping
