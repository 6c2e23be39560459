#include "modbus/modbus_input.h"

#include <random>
#include <utility>

#include <fmt/format.h>

#include "modbus/line_load.h"
#include "modbus/serial_line.h"
#include "modbus/socket_line.h"

namespace fieldway::modbus {

ModbusInput::ModbusInput(std::shared_ptr<Line> line, InputKey key, InputKey key_of_probe,
                         sdk::Host host, std::vector<DeviceOptions> devices)
    : line_(std::move(line)), key_(key), probe_(line_, key_of_probe, host) {
    line_->join(key_, host, std::move(devices));
}

Result<> ModbusInput::update(const InputSettings& settings) {
    Result<InputOptions> options = read_options(settings);
    if (!options) return options.error();
    if (options->line != line_->options()) {
        return Error::retry("an option of the line itself changed: the input starts anew");
    }
    line_->update(key_, std::move(options->devices));
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
    std::vector<Problem> problems = check_options(settings);
    if (const Result<InputOptions> options = read_options(settings); options) {
        const std::vector<Problem> of_load = problems_of(*options, predict(*options));
        problems.insert(problems.end(), of_load.begin(), of_load.end());
    }
    return problems;
}

boost::json::object ModbusPlugin::plan(const InputSettings& settings) {
    const Result<InputOptions> options = read_options(settings);
    if (!options) return {};
    return to_json(*options, predict(*options));
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
        std::move(*line), key, key_of_probe, host, std::move(options->devices)));
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
