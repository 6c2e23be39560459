#include "modbus/modbus_input.h"

#include <chrono>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "modbus/point_value.h"
#include "modbus/request_plan.h"
#include "modbus/serial_line.h"
#include "modbus/socket_line.h"

namespace fieldway::modbus {
namespace {

/// Requests of one device a second, and how many there are.
struct Load {
    std::size_t requests = 0;
    double per_second = 0;
};

Load load_of(const DeviceOptions& device) {
    std::map<Duration, std::vector<PlanItem>> by_interval;
    for (std::size_t i = 0; i < device.points.size(); ++i) {
        const PointOptions& point = device.points[i];
        if (point.every <= Duration::zero()) continue;
        const PointSpan span = span_of(point);
        by_interval[point.every].push_back({i, point.area, span.address, span.count});
    }
    Load load;
    for (const auto& entry : by_interval) {
        const std::size_t count = plan_requests(entry.second, device.limits).size();
        load.requests += count;
        load.per_second +=
            static_cast<double>(count) / std::chrono::duration<double>(entry.first).count();
    }
    return load;
}

}  // namespace

ModbusInput::ModbusInput(std::shared_ptr<Line> line, InputKey key, InputKey key_of_probe,
                         sdk::Host host, InputOptions options)
    : line_(std::move(line)),
      key_(key),
      options_(std::move(options)),
      probe_(line_, key_of_probe, host) {
    line_->join(key_, host, options_.devices);
}

Result<> ModbusInput::update(const InputSettings& settings) {
    Result<InputOptions> options = read_options(settings);
    if (!options) return options.error();
    if (options->line != options_.line) {
        return Error::retry("an option of the line itself changed: the input starts anew");
    }
    options_ = std::move(*options);
    line_->update(key_, options_.devices);
    return {};
}

void ModbusInput::submit(const wire::Command& command) {
    if (command.kind == wire::CommandKind::scan) return probe_.start(command);
    line_->submit(key_, command);
}

bool ModbusInput::stop(MonotonicTime deadline) {
    // The probe is a member of the line as the input is.
    if (!probe_.stop(deadline)) return false;
    const bool left = line_->leave(key_, deadline);
    if (left) line_.reset();
    return left;
}

std::vector<Problem> ModbusPlugin::check(const InputSettings& settings) {
    return check_options(settings);
}

boost::json::object ModbusPlugin::plan(const InputSettings& settings) {
    const Result<InputOptions> options = read_options(settings);
    if (!options) return {};
    Load all;
    boost::json::array devices;
    for (const DeviceOptions& device : options->devices) {
        const Load load = load_of(device);
        all.requests += load.requests;
        all.per_second += load.per_second;
        devices.push_back(boost::json::object{{"id", device.id},
                                              {"unit", device.unit},
                                              {"requests", load.requests},
                                              {"requests_per_second", load.per_second}});
    }
    return {{"requests", all.requests},
            {"requests_per_second", all.per_second},
            {"devices", std::move(devices)}};
}

Result<std::unique_ptr<sdk::Input>> ModbusPlugin::start(sdk::Host host,
                                                        const InputSettings& settings) {
    Result<InputOptions> options = read_options(settings);
    if (!options) return options.error();
    Result<std::shared_ptr<Line>> line = line_of(options->line, host);
    if (!line) return line.error();
    const InputKey key = ++keys_;
    const InputKey key_of_probe = ++keys_;
    return std::unique_ptr<sdk::Input>(std::make_unique<ModbusInput>(
        std::move(*line), key, key_of_probe, host, std::move(*options)));
}

Result<std::shared_ptr<Line>> ModbusPlugin::line_of(const LineOptions& options, sdk::Host host) {
    std::erase_if(lines_, [](const auto& entry) { return entry.second.expired(); });
    if (std::shared_ptr<Line> line = lines_[options.endpoint].lock()) {
        if (line->options() == options) return line;
        return Error::stop_device(
            fmt::format("another input uses {} with other options of the line: timeout, baud and "
                        "the like must be the same",
                        to_text(options.endpoint)));
    }
    for (const auto& [endpoint, other] : lines_) {
        if (other.expired() || !same_place(endpoint, options.endpoint)) continue;
        return Error::stop_device(
            fmt::format("another input speaks to the same place as {}: one of the two is wrong",
                        to_text(endpoint)));
    }
    std::shared_ptr<Line> line;
    if (is_serial(options.endpoint.kind)) {
        std::random_device seed;
        line = std::make_shared<SerialLine>(options, Random(seed()));
    } else {
        if (!loop_) loop_ = std::make_unique<SocketLoop>();
        line = std::make_shared<SocketLine>(*loop_, options, host);
    }
    lines_[options.endpoint] = line;
    return line;
}

}  // namespace fieldway::modbus
