#include "app/bus_load.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace fieldway::app {

namespace {

namespace json = boost::json;

struct Bus {
    std::vector<std::string> inputs;
    double load = 0;
    bool told = false;  ///< already, or by the plugin
};

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += names[i];
    }
    return text;
}

}  // namespace

std::vector<config::Diagnostic> overloaded_buses(const config::GatewayConfig& config,
                                                 const config::MarkMap& marks,
                                                 const std::vector<InputPlan>& plans) {
    std::vector<config::Diagnostic> warnings;
    std::map<std::pair<std::string, std::string>, Bus> buses;
    for (const InputPlan& plan : plans) {
        const json::value* name = plan.plan.if_contains("bus");
        const json::value* load = plan.plan.if_contains("load");
        const auto input =
            std::find_if(config.inputs.begin(), config.inputs.end(),
                         [&plan](const auto& candidate) { return candidate.name == plan.input; });
        if (input == config.inputs.end() || name == nullptr || !name->is_string() ||
            load == nullptr || !load->is_number()) {
            continue;
        }
        Bus& bus = buses[{input->plugin, std::string(name->get_string())}];
        const double alone = load->to_number<double>();
        bus.inputs.push_back(plan.input);
        bus.load += alone;
        bus.told = bus.told || alone > 1;
        if (bus.told || bus.load <= 1) continue;
        bus.told = true;
        warnings.push_back(
            {marks.find(plan.input, ""),
             fmt::format("the inputs {} share {} and need {} % of its time together: polls will "
                         "come later than `every` says; ask less often or for less",
                         joined(bus.inputs), name->get_string().c_str(),
                         static_cast<int>(std::ceil(100 * bus.load))),
             true});
    }
    return warnings;
}

}  // namespace fieldway::app
