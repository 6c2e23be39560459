// Every problem at once, and the whole structs.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "modbus/modbus_options.h"
#include "modbus/option_parts.h"
#include "modbus/point_value.h"

namespace fieldway::modbus {
namespace {

/// `pointer` and the option that the error is about.
Problem problem_at(const std::string& pointer, const Error& error) {
    return {error.place().empty() ? pointer : pointer + "/" + error.place(), error.sentence(),
            false};
}

class Check {
  public:
    explicit Check(const InputSettings& settings) : settings_(settings) {}

    std::vector<Problem> run() {
        const Result<LineOptions> line = read_line(settings_.options);
        if (!line) problems_.push_back(problem_at("/options", line.error()));
        const bool serial = line && !has_numbers(line->endpoint.kind);
        for (std::size_t i = 0; i < settings_.devices.size(); ++i) {
            check_device(settings_.devices[i], fmt::format("/devices/{}", i), serial);
        }
        return std::move(problems_);
    }

  private:
    void check_device(const InputDevice& device, const std::string& pointer, bool serial) {
        const auto unit = option_of<int>(device.address, "unit");
        if (serial && unit > 247) {
            add(pointer + "/address/unit",
                fmt::format("unit {} is not possible on a serial line: 1 to 247 are, and 0 for "
                            "all of them",
                            unit));
        }
        const auto [first, is_new] = units_.emplace(unit, device.id);
        if (!is_new) {
            warn(pointer + "/address/unit",
                 fmt::format("unit {} is the unit of device {} too: right when one device is "
                             "shown as two, otherwise a slip",
                             unit, first->second));
        }
        for (std::size_t i = 0; i < device.points.size(); ++i) {
            check_point(device, device.points[i], fmt::format("{}/points/{}", pointer, i),
                        serial && unit == broadcast_unit);
        }
    }

    void check_point(const InputDevice& device, const InputPoint& input_point,
                     const std::string& pointer, bool broadcast) {
        const Result<PointOptions> point = read_point(input_point);
        if (!point) {
            problems_.push_back(problem_at(pointer + "/options", point.error()));
            return;
        }
        if (const Result<> fits = check_bits(*point, read_bit_writes(device.options)); !fits) {
            problems_.push_back(problem_at(pointer + "/options", fits.error()));
        }
        const Result<> possible = broadcast ? check_broadcast(*point) : Result<>();
        if (!possible) {
            const bool of_option = !possible.error().place().empty();
            problems_.push_back(
                problem_at(of_option ? pointer + "/options" : pointer, possible.error()));
        }
        const auto most = option_of<int>(device.options, "max_registers");
        const int registers = span_of(*point).count;
        if (!is_bit_area(point->area) && registers > most) {
            add(pointer + "/options/type",
                fmt::format("{} takes {} registers, max_registers of the device is {}: a value is "
                            "never read in two halves",
                            point->scale_factor || point->expect
                                ? "the point with what is read along with it"
                                : name_of(point->layout.type),
                            registers, most));
        }
    }

    void add(std::string pointer, std::string sentence) {
        problems_.push_back({std::move(pointer), std::move(sentence), false});
    }
    void warn(std::string pointer, std::string sentence) {
        problems_.push_back({std::move(pointer), std::move(sentence), true});
    }

    const InputSettings& settings_;
    std::vector<Problem> problems_;
    std::map<int, std::string> units_;
};

}  // namespace

std::vector<Problem> check_options(const InputSettings& settings) {
    return Check(settings).run();
}

Result<InputOptions> read_options(const InputSettings& settings) {
    InputOptions options;
    options.name = settings.name;
    const Result<LineOptions> line = read_line(settings.options);
    if (!line) return line.error();
    options.line = *line;
    for (const InputDevice& device : settings.devices) {
        DeviceOptions made;
        made.number = device.number;
        made.id = device.id;
        made.unit = option_of<std::uint8_t>(device.address, "unit");
        made.limits.max_registers = option_of<std::uint16_t>(device.options, "max_registers");
        made.limits.max_bits = option_of<std::uint16_t>(device.options, "max_bits");
        made.limits.max_gap = option_of<std::uint16_t>(device.options, "max_gap");
        made.bit_writes = read_bit_writes(device.options);
        made.pause = option_of<Duration>(device.options, "pause");
        const bool broadcast =
            made.unit == broadcast_unit && !has_numbers(options.line.endpoint.kind);
        for (const InputPoint& point : device.points) {
            const Result<PointOptions> point_options = read_point(point);
            if (!point_options) {
                return point_options.error().within(point.name).within("device " + device.id);
            }
            made.points.push_back(*point_options);
            if (broadcast) made.points.back().every = Duration::zero();  // nobody answers
        }
        options.devices.push_back(std::move(made));
    }
    return options;
}

}  // namespace fieldway::modbus
