#include "app/point_probe.h"

#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

config::GatewayConfig with_inputs(std::vector<config::InputOptions> inputs) {
    config::GatewayConfig config;
    config.inputs = std::move(inputs);
    config::DeviceOptions device = test_device("0CA1");
    device.input_device.id = "0CA1";
    device.input_device.address = {{"unit", 7}};
    for (const char* name : {"temp", "level"}) {
        InputPoint point;
        point.name = name;
        point.options = {{"register", name}};
        device.input_device.points.push_back(point);
    }
    config.devices = {device};
    return config;
}

const config::InputOptions hall{"hall", "modbus", {{"url", "tcp://h:502"}, {"timeout", 5}}};

std::string refusal(const config::GatewayConfig& config, const char* device, const char* point) {
    const auto probe = probe_of_point(config, device, point);
    return probe ? "not refused" : probe.error().sentence();
}

TEST(PointProbe, HasTheInputWithTheDeviceAndThePointAlone) {
    const auto probe = probe_of_point(with_inputs({hall}), "0CA1", "level");
    ASSERT_TRUE(probe) << probe.error().text();
    EXPECT_EQ(probe->plugin, "modbus");
    EXPECT_EQ(probe->request.verb, "read");
    EXPECT_EQ(probe->request.url, "tcp://h:502");
    const auto settings = input_settings_from_json(to_json_text(probe->request.settings));
    ASSERT_TRUE(settings) << settings.error().text();
    EXPECT_EQ(settings->options.at("timeout").as_int64(), 5);
    ASSERT_EQ(settings->devices.size(), 1U);
    EXPECT_EQ(settings->devices[0].address.at("unit").as_int64(), 7);
    ASSERT_EQ(settings->devices[0].points.size(), 1U);
    EXPECT_EQ(settings->devices[0].points[0].name, "level");
}

TEST(PointProbe, NamesTheNearestOfWhatIsNotThere) {
    const auto config = with_inputs({hall});
    EXPECT_EQ(refusal(config, "0CA2", "level"), "no device has the id 0CA2; did you mean 0CA1?");
    EXPECT_EQ(refusal(config, "0CA1", "levle"),
              "device 0CA1 has no point levle; did you mean level?");
}

TEST(PointProbe, NeedsAnInputWithAUrl) {
    EXPECT_EQ(refusal(with_inputs({{"hall", "exec", {}}}), "0CA1", "level"),
              "the input of device 0CA1 has no url: its bus cannot be asked without it");
}

}  // namespace
}  // namespace fieldway::app
