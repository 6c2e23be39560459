#include "example/example_options.h"

#include <string>

#include <fmt/format.h>

namespace fieldway::example {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

PluginTables tables() {
    PluginTables tables;
    tables.device = {
        option("broken", OptionType::boolean,
               "the device does not answer: for trying out what happens then")
            .preset(false),
    };
    tables.point = {
        option("shape", OptionType::choice, "what the value does over time")
            .choices({"counter", "sine", "square"})
            .preset("counter"),
        option("period", OptionType::duration, "one step of a counter, one turn of a wave")
            .preset(seconds(1))
            .within(milliseconds(1), hours(24)),
        option("amplitude", OptionType::number, "the highest value of a sine").preset(1.0),
    };
    return tables;
}

std::vector<ExampleDevice> devices_of(const InputSettings& settings) {
    std::vector<ExampleDevice> devices;
    for (const InputDevice& from : settings.devices) {
        ExampleDevice& device = devices.emplace_back();
        device.number = from.number;
        device.broken = option_of<bool>(from.options, "broken");
        for (const InputPoint& point : from.points) {
            const Waveform waveform{shape_named(option_of<std::string>(point.options, "shape")),
                                    option_of<Duration>(point.options, "period"),
                                    option_of<double>(point.options, "amplitude")};
            device.points.push_back({point.number, waveform, point.every, point.writable});
        }
    }
    return devices;
}

std::vector<Problem> check(const InputSettings& settings) {
    std::vector<Problem> problems;
    for (std::size_t d = 0; d < settings.devices.size(); ++d) {
        const InputDevice& device = settings.devices[d];
        for (std::size_t p = 0; p < device.points.size(); ++p) {
            const InputPoint& point = device.points[p];
            const auto shape = shape_named(option_of<std::string>(point.options, "shape"));
            if (point.writable && shape != Shape::counter) {
                problems.push_back(
                    {fmt::format("/devices/{}/points/{}/options/shape", d, p),
                     fmt::format("{} is writable, and only a counter can be set; make it one, or "
                                 "take `writable` away",
                                 point.name),
                     false});
            }
        }
    }
    return problems;
}

}  // namespace fieldway::example
