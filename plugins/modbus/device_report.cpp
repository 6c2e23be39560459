#include "modbus/device_report.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

void set_failing(LineDevice& device, std::size_t place, bool failing) {
    if (device.failing[place] == failing) return;
    device.failing[place] = failing;
    if (failing) {
        ++device.failing_count;
    } else {
        --device.failing_count;
    }
}

wire::DeviceReadings& new_readings(const PollBlock& block, PollerOutput& out) {
    auto& entry = out.readings.emplace_back();
    entry.input = block.device->input;
    entry.readings.device = block.device->options.number;
    entry.readings.readings.resize(block.points.size());
    return entry.readings;
}

void tell(LineDevice& device, wire::InputState state, std::string reason, PollerOutput& out) {
    if (device.told == state) return;
    device.told = state;
    out.states.push_back(
        {device.input, {true, device.options.number, state, std::move(reason), {}}});
}

}  // namespace

void report_answer(PollBlock& block, const Request& request, const Reply& reply,
                   PollerOutput& out) {
    LineDevice& device = *block.device;
    wire::DeviceReadings& made = new_readings(block, out);
    for (std::size_t i = 0; i < block.points.size(); ++i) {
        const PointOptions& point = device.options.points[block.points[i]];
        wire::Reading& reading = made.readings[i];
        reading.point = point.number;
        reading.time = reply.time;
        Result<Value> value = value_of(point, request, reply.data);
        reading.bad = !value;
        if (value) {
            reading.value = std::move(*value);
        } else if (made.reason.empty()) {
            made.reason = fmt::format("{}: {}", point.name, value.error().sentence());
        }
        set_failing(device, block.points[i], reading.bad);
    }
    report_alive(device, made.reason, out);
}

void report_bad(const PollBlock& block, std::string_view reason, Timestamp now, PollerOutput& out) {
    wire::DeviceReadings& made = new_readings(block, out);
    made.reason = reason;
    for (std::size_t i = 0; i < block.points.size(); ++i) {
        wire::Reading& reading = made.readings[i];
        reading.point = block.device->options.points[block.points[i]].number;
        reading.bad = true;
        reading.time = now;
    }
}

void mark_failing(PollBlock& block) {
    for (const std::size_t place : block.points)
        set_failing(*block.device, place, true);
}

void report_alive(LineDevice& device, std::string_view reason, PollerOutput& out) {
    if (device.failing_count == 0) {
        tell(device, wire::InputState::up, {}, out);
    } else if (device.told != wire::InputState::degraded) {
        tell(device, wire::InputState::degraded,
             fmt::format("{} of {} points fail: {}", device.failing_count,
                         device.options.points.size(), reason),
             out);
    }
}

void report_down(LineDevice& device, std::string_view reason, PollerOutput& out) {
    device.failing.assign(device.failing.size(), false);
    device.failing_count = 0;
    tell(device, wire::InputState::down, std::string(reason), out);
}

void report_beyond_window(const LineDevice& device, const LineOptions& line, Duration after,
                          PollerOutput& out) {
    const auto round = [](Duration time) {
        return fieldway::to_text(std::chrono::duration_cast<std::chrono::milliseconds>(time));
    };
    out.notes.push_back(
        {device.input,
         fmt::format("device {}: unit {} answered {} after its time was over, later than "
                     "late_window ({}): such an answer can pass for another one. Set late_window "
                     "above the longest delay of the device",
                     device.options.id, device.options.unit, round(after),
                     round(line.late_window))});
}

void report_input(InputKey input, wire::InputState state, std::string_view reason,
                  PollerOutput& out) {
    out.states.push_back({input, {false, 0, state, std::string(reason), {}}});
}

}  // namespace fieldway::modbus
