#include "modbus/line_report.h"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>

#include "base/json_text.h"

namespace fieldway::modbus {
namespace {

double seconds_of(Duration time) {
    return std::chrono::duration<double>(time).count();
}

double rounded(double value) {
    constexpr double thousandths = 1000;
    return std::round(value * thousandths) / thousandths;
}

/// How much longer than its interval: 1 is in time, 0 not known yet.
double stretch_of(const PollBlock& block) {
    return seconds_of(block.achieved) / seconds_of(block.every);
}

boost::json::object figures_of(const LineDevice& device, PollTable& table) {
    boost::json::object figures{{"id", device.options.id},
                                {"unit", device.options.unit},
                                {"requests", device.blocks.size()}};
    const auto worst =
        std::max_element(device.blocks.begin(), device.blocks.end(),
                         [&table](PollSchedule::Id a, PollSchedule::Id b) {
                             return stretch_of(table.block(a)) < stretch_of(table.block(b));
                         });
    if (worst != device.blocks.end()) {
        const PollBlock& block = table.block(*worst);
        figures["every_s"] = rounded(seconds_of(block.every));
        if (block.achieved > Duration::zero()) {
            figures["achieved_s"] = rounded(seconds_of(block.achieved));
        }
    }
    if (const auto turn_around = device.unit->turn_around.median()) {
        figures["turn_around_ms"] =
            rounded(std::chrono::duration<double, std::milli>(*turn_around).count());
    }
    return figures;
}

}  // namespace

bool LineReport::add(Duration busy, MonotonicTime now) {
    if (since_ == MonotonicTime{}) since_ = now - busy;
    busy_ += busy;
    span_ = now - since_;
    return span_ >= every;
}

std::string LineReport::details(InputKey input, PollTable& table) const {
    boost::json::array devices;
    table.each_device([&](const LineDevice& device) {
        if (device.input == input) devices.push_back(figures_of(device, table));
    });
    if (devices.empty()) return {};
    const double load = span_ > Duration::zero() ? seconds_of(busy_) / seconds_of(span_) : 0;
    return to_json_text(boost::json::object{{"load", rounded(std::min(load, 1.0))},
                                            {"devices", std::move(devices)}});
}

void LineReport::begin(MonotonicTime now) {
    busy_ = Duration::zero();
    span_ = Duration::zero();
    since_ = now;
}

}  // namespace fieldway::modbus
