#include "modbus/line_load.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "modbus/device_plan.h"
#include "modbus/line_cost.h"

namespace fieldway::modbus {
namespace {

double seconds_of(Duration time) {
    return std::chrono::duration<double>(time).count();
}

DeviceLoad load_of(const DeviceOptions& device, const ReadCost& cost) {
    DeviceLoad load;
    for (const DeviceBlock& planned : plan_device(device, cost)) {
        const Duration time = cost.of(planned.block.area, planned.block.count);
        const double rate = 1 / seconds_of(planned.every);
        ++load.requests;
        load.requests_per_second += rate;
        load.cycle += time;
        load.share += rate * seconds_of(time);
        load.own += rate * seconds_of(time + device.pause);
    }
    return load;
}

std::string time_text(Duration time) {
    return fieldway::to_text(std::chrono::ceil<std::chrono::milliseconds>(time));
}

double rounded(double value) {
    constexpr double thousandths = 1000;
    return std::round(value * thousandths) / thousandths;
}

boost::json::object figures(const DeviceLoad& load) {
    return {{"requests", load.requests},
            {"requests_per_second", rounded(load.requests_per_second)},
            {"cycle", time_text(load.cycle)},
            {"load", rounded(load.share)}};
}

int percent(double share) {
    return static_cast<int>(std::ceil(100 * share));
}

}  // namespace

LineLoad predict(const InputOptions& options) {
    const LineCost line(options.line);
    const ReadCost cost = line.of(line.assumed_turn_around());
    LineLoad load;
    std::map<std::uint8_t, double> units;
    for (const DeviceOptions& device : options.devices) {
        const DeviceLoad& one = load.devices.emplace_back(load_of(device, cost));
        load.all.requests += one.requests;
        load.all.requests_per_second += one.requests_per_second;
        load.all.cycle += one.cycle;
        load.all.share += one.share;
        load.all.own = std::max(load.all.own, units[device.unit] += one.own);
    }
    return load;
}

boost::json::object to_json(const InputOptions& options, const LineLoad& load) {
    boost::json::object json = figures(load.all);
    json["bus"] = to_text(options.line.endpoint);
    json["assumed_turn_around"] = time_text(LineCost(options.line).assumed_turn_around());
    boost::json::array devices;
    for (std::size_t i = 0; i < options.devices.size(); ++i) {
        boost::json::object device{{"id", options.devices[i].id},
                                   {"unit", options.devices[i].unit}};
        for (const auto& figure : figures(load.devices[i]))
            device.insert(figure);
        devices.push_back(std::move(device));
    }
    json["devices"] = std::move(devices);
    return json;
}

std::vector<Problem> problems_of(const InputOptions& options, const LineLoad& load) {
    std::vector<Problem> problems;
    const LineCost line(options.line);
    if (load.all.share > 1) {
        const bool has_baud = !has_numbers(options.line.endpoint.kind);
        problems.push_back(
            {"/options/url",
             fmt::format("its points need {} % of the line's time: one round of {} request{} takes "
                         "{}{}, with {} to the begin of each answer. Polls will come later than "
                         "`every` says: ask less often or for less{}",
                         percent(load.all.share), load.all.requests,
                         load.all.requests == 1 ? "" : "s", time_text(load.all.cycle),
                         has_baud ? fmt::format(" at {} baud", options.line.baud) : "",
                         time_text(line.assumed_turn_around()),
                         has_baud ? ", or at a higher speed" : ""),
             true});
        return problems;  // a unit that has no time then is no news
    }
    std::map<std::uint8_t, double> units;
    for (std::size_t i = 0; i < options.devices.size(); ++i) {
        const DeviceOptions& device = options.devices[i];
        double& own = units[device.unit];
        const bool was_possible = own <= 1;
        own += load.devices[i].own;
        if (!was_possible || own <= 1) continue;
        problems.push_back(
            {fmt::format("/devices/{}/options/pause", i),
             fmt::format(
                 "with a pause of {} after each answer the requests to unit {} need {} % of "
                 "the time: its polls will come later than `every` says",
                 fieldway::to_text(device.pause), device.unit, percent(own)),
             true});
    }
    return problems;
}

}  // namespace fieldway::modbus
