#include "exec/device_table.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "exec/exec_options.h"

namespace fieldway::exec {

namespace {

/// A flood of unknown keys must not cost a comparison with each of a thousand devices: only the
/// first so many may be the key that was meant.
constexpr std::size_t most_keys_compared = 64;

}  // namespace

void DeviceTable::update(const std::vector<InputDevice>& devices) {
    std::map<std::string, Device, std::less<>> next;
    for (const InputDevice& settings : devices) {
        const std::string key = key_of(settings);
        const auto old = devices_.find(key);
        if (old != devices_.end() && old->second.settings == settings) {
            next.emplace(key, std::move(old->second));
            continue;
        }
        Device device;
        device.settings = settings;
        device.key = key;
        for (const InputPoint& point : settings.points) {
            device.declared.emplace(point.name, point.number);
        }
        next.emplace(key, std::move(device));
    }
    devices_ = std::move(next);
}

std::variant<wire::DeviceReadings, LineFault> DeviceTable::take(const ReadingsLine& line,
                                                                const Timestamp& now) {
    const auto found = devices_.find(line.key);
    if (found == devices_.end()) {
        std::vector<std::string> keys;
        for (const auto& entry : devices_) {
            if (keys.size() == most_keys_compared) break;
            keys.push_back(entry.first);
        }
        const std::string near = nearest_name(line.key, keys);
        std::string key;
        append_json_string(key, std::string_view(line.key).substr(0, 40));
        return LineFault{FaultKind::unknown_key,
                         fmt::format("key {} is no device's `address: {{ key: }}`{}{}", key,
                                     near.empty() ? "" : "; did you mean ", near),
                         line.id};
    }
    Device& device = found->second;
    // Aged from its arrival: a program that delivers what it kept sends it late on purpose.
    const Timestamp time{now.monotonic, line.timestamp.value_or(now.wall)};
    const bool own_time = line.timestamp.has_value();
    if (line.bad) return bad_readings(device, *line.bad, time, own_time);

    std::vector<std::string> fresh;
    wire::DeviceReadings readings{device.settings.number, {}, {}};
    readings.readings.reserve(line.values.size());
    for (const NamedValue& value : line.values) {
        const auto declared = device.declared.find(value.name);
        if (declared != device.declared.end()) {
            readings.readings.push_back({declared->second, {}, value.value, false, time, own_time});
            continue;
        }
        if (!device.undeclared.contains(value.name)) fresh.push_back(value.name);
        readings.readings.push_back(
            {wire::undeclared_point, value.name, value.value, false, time, own_time});
    }
    if (device.undeclared.size() + fresh.size() > most_undeclared_points) {
        return LineFault{FaultKind::too_many_points,
                         fmt::format("with \"{}\" device {} would have over {} undeclared points: "
                                     "declare them, or use fewer names",
                                     fresh.front(), device.settings.id, most_undeclared_points),
                         line.id};
    }
    device.undeclared.insert(std::make_move_iterator(fresh.begin()),
                             std::make_move_iterator(fresh.end()));
    set_state(device, wire::InputState::up, {});
    return readings;
}

std::vector<wire::DeviceReadings> DeviceTable::all_bad(std::string_view reason,
                                                       const Timestamp& now) {
    std::vector<wire::DeviceReadings> all;
    for (auto& entry : devices_) {
        Device& device = entry.second;
        const bool bad_already = device.state == wire::InputState::down;
        wire::DeviceReadings readings = bad_readings(device, reason, now, false);
        if (!bad_already && !readings.readings.empty()) all.push_back(std::move(readings));
    }
    return all;
}

std::vector<wire::State> DeviceTable::take_changed_states() {
    std::vector<wire::State> changed;
    if (std::exchange(all_told_, true)) return changed;
    for (auto& entry : devices_) {
        Device& device = entry.second;
        if (device.state_told) continue;
        device.state_told = true;
        changed.push_back({true, device.settings.number, device.state, device.reason, {}});
    }
    return changed;
}

Result<DeviceTable::Target> DeviceTable::target_of(const wire::Command& command) const {
    const auto found = std::find_if(devices_.begin(), devices_.end(), [&](const auto& entry) {
        return entry.second.settings.number == command.device;
    });
    if (found == devices_.end()) {
        return Error::drop_item(fmt::format("device {} is none of this program's", command.device));
    }
    const Device& device = found->second;
    Target target{device.key, {}};
    for (const wire::PointValue& value : command.points) {
        if (value.point == wire::undeclared_point) {
            target.values.push_back({value.name, value.value});
            continue;
        }
        const auto& points = device.settings.points;
        const auto point = std::find_if(points.begin(), points.end(), [&](const InputPoint& each) {
            return each.number == value.point;
        });
        if (point == points.end()) {
            return Error::drop_item(
                fmt::format("device {} has no point {}", device.settings.id, value.point));
        }
        target.values.push_back({point->name, value.value});
    }
    if (target.values.empty()) return Error::drop_item("a write names no point");
    return target;
}

wire::DeviceReadings DeviceTable::bad_readings(Device& device, std::string_view reason,
                                               const Timestamp& time, bool own_time) {
    wire::DeviceReadings readings{device.settings.number, std::string(reason), {}};
    for (const InputPoint& point : device.settings.points) {
        readings.readings.push_back({point.number, {}, NoValue{}, true, time, own_time});
    }
    for (const std::string& name : device.undeclared) {
        readings.readings.push_back(
            {wire::undeclared_point, name, NoValue{}, true, time, own_time});
    }
    set_state(device, wire::InputState::down, reason);
    return readings;
}

void DeviceTable::set_state(Device& device, wire::InputState state, std::string_view reason) {
    device.reason = reason;
    if (device.state == state)
        return;  // another reason alone is no moment: a `bad` may hold a number
    device.state = state;
    device.state_told = false;
    all_told_ = false;
}

}  // namespace fieldway::exec
