#include "app/point_probe.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/nearest_name.h"
#include "plugin_api/input_config.h"

namespace fieldway::app {

namespace json = boost::json;

namespace {

Error unknown(const std::string& what, const std::string& name,
              const std::vector<std::string>& known) {
    const std::string nearest = nearest_name(name, known);
    return Error::drop_item(what + name +
                            (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

}  // namespace

Result<PointProbe> probe_of_point(const config::GatewayConfig& config, const std::string& device,
                                  const std::string& point) {
    std::vector<std::string> known;
    for (const config::DeviceOptions& one : config.devices)
        known.push_back(one.id.text());
    const auto found = std::find(known.begin(), known.end(), device);
    if (found == known.end()) return unknown("no device has the id ", device, known);
    const config::DeviceOptions& options =
        config.devices[static_cast<std::size_t>(found - known.begin())];
    const auto input =
        std::find_if(config.inputs.begin(), config.inputs.end(),
                     [&](const config::InputOptions& one) { return one.name == options.input; });
    const json::value* url =
        input == config.inputs.end() ? nullptr : input->options.if_contains("url");
    if (url == nullptr || !url->is_string()) {
        return Error::drop_item("the input of device " + device +
                                " has no url: its bus cannot be asked without it");
    }
    InputDevice asked = options.input_device;
    std::vector<std::string> points;
    for (const InputPoint& one : asked.points)
        points.push_back(one.name);
    std::erase_if(asked.points, [&](const InputPoint& one) { return one.name != point; });
    if (asked.points.empty()) return unknown("device " + device + " has no point ", point, points);
    PointProbe probe;
    probe.plugin = input->plugin;
    probe.request.verb = "read";
    probe.request.url = url->get_string();
    probe.request.settings =
        json::parse(to_json_text(InputSettings{input->name, input->options, {asked}})).as_object();
    return probe;
}

}  // namespace fieldway::app
