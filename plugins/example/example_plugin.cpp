#include "example/example_plugin.h"

#include <chrono>

#include "example/example_input.h"
#include "example/example_options.h"

namespace fieldway::example {

const sdk::PluginInfo& ExamplePlugin::info() {
    static const sdk::PluginInfo the_info = [] {
        sdk::PluginInfo info;
        info.name = "example";
        info.version = "1.0";
        info.summary =
            "Counters and waves that need no device: to copy, and to try the gateway with.";
        info.tables = tables();
        return info;
    }();
    return the_info;
}

std::vector<Problem> ExamplePlugin::check(const InputSettings& settings) {
    return example::check(settings);
}

boost::json::object ExamplePlugin::plan(const InputSettings& settings) {
    double readings_per_second = 0;
    for (const ExampleDevice& device : devices_of(settings)) {
        for (const ExamplePoint& point : device.points) {
            if (point.every == Duration::zero()) continue;
            readings_per_second += 1.0 / std::chrono::duration<double>(point.every).count();
        }
    }
    return {{"readings_per_second", readings_per_second}};
}

Result<std::unique_ptr<sdk::Input>> ExamplePlugin::start(sdk::Host host,
                                                         const InputSettings& settings) {
    return std::unique_ptr<sdk::Input>(std::make_unique<ExampleInput>(host, settings));
}

}  // namespace fieldway::example
