#include <iostream>
#include <set>
#include <string>

#include <boost/json.hpp>

#include "app/configuration.h"
#include "app/verbs.h"
#include "base/json_text.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

json::object summary_of(const Configuration& configuration) {
    const config::GatewayConfig& config = configuration.loaded.config;
    json::array inputs;
    for (const InputPlan& plan : configuration.plans) {
        std::size_t devices = 0;
        for (const auto& device : config.devices)
            devices += device.input == plan.input ? 1 : 0;
        inputs.push_back({{"name", plan.input}, {"devices", devices}, {"plan", plan.plan}});
    }
    std::size_t points = 0;
    std::size_t messages = 0;
    for (const auto& device : config.devices) {
        points += device.points.size();
        messages += device.messages.size();
    }
    json::array warnings;
    for (const auto& diagnostic : configuration.loaded.diagnostics) {
        warnings.emplace_back(config::to_text(diagnostic));
    }
    return {{"devices", config.devices.size()},
            {"points", points},
            {"messages", messages},
            {"sessions", config.devices.size()},
            {"uplinks", config.uplinks.size()},
            {"inputs", std::move(inputs)},
            {"warnings", std::move(warnings)}};
}

void print_table(const json::object& summary) {
    std::cout << summary.at("devices") << " devices, " << summary.at("points") << " points, "
              << summary.at("messages") << " messages, " << summary.at("sessions")
              << " sessions over " << summary.at("uplinks") << " uplinks\n";
    for (const json::value& input : summary.at("inputs").as_array()) {
        std::cout << "input " << input.at("name").as_string().c_str() << ": " << input.at("devices")
                  << " devices";
        for (const auto& member : input.at("plan").as_object()) {
            std::cout << ", " << member.key() << " " << to_json_text(member.value());
        }
        std::cout << '\n';
    }
}

}  // namespace

int check_verb(const CommonArguments& arguments) {
    const Configuration configuration = load_configuration(arguments.config);
    if (!print_diagnostics(configuration.loaded)) return exit_configuration;
    const json::object summary = summary_of(configuration);
    if (arguments.json) {
        std::cout << to_json_text(summary) << '\n';
    } else {
        print_table(summary);
    }
    return exit_done;
}

}  // namespace fieldway::app
