#include "app/gateway.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "app/configuration.h"
#include "support/temp_folder.h"

namespace fieldway::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::seconds;

constexpr const char* plugins = FIELDWAY_TEST_PLUGINS;

/// Gateways on one core, with the plugins of tests/unit/input, without a broker.
class GatewayTest : public testing::Test {
  protected:
    /// `inputs`: the list under `inputs:`.
    Configuration configuration(const std::string& name, const std::string& inputs) {
        std::filesystem::create_directories(folder_.path() / name);
        const auto file = folder_.path() / name / "fieldway.yaml";
        const std::string own = (folder_.path() / name).string();
        std::ofstream(file)
            << "gateway: { name: " << name << ", plugin_dir: " << plugins << ", state_dir: " << own
            << "/state, control_socket: " << own << "/control.sock }\n"
            << "uplinks: [{ name: broker, platform: generic, "
               "url: mqtt://127.0.0.1:1, topics: { uplink: \"{device}\" } }]\n"
            << "inputs:\n"
            << inputs
            << "devices:\n"
               "  - { id: A, uplink: broker, input: hall, points: [{ name: v }] }\n";
        return load_configuration(file, Purpose::run);
    }
    std::unique_ptr<Gateway> started(const std::string& name, const std::string& inputs) {
        Configuration loaded = configuration(name, inputs);
        for (const auto& diagnostic : loaded.loaded.diagnostics)
            said_ += config::to_text(diagnostic) + "\n";
        if (!loaded.loaded.usable()) return nullptr;
        auto unusable = loaded.unusable_inputs();
        auto gateway =
            make_gateway({core_, clock_, Log(), std::move(loaded.plugins), 1, std::move(unusable)},
                         loaded.loaded.config);
        if (!gateway) return nullptr;
        if (auto ok = (*gateway)->start(); !ok) {
            said_ += ok.error().text();
            return nullptr;
        }
        return std::move(*gateway);
    }
    /// Runs the core until the condition holds.
    template <class Condition>
    bool run_until(Condition condition) {
        const MonotonicTime end = clock_.monotonic() + seconds(20);
        while (!condition() && clock_.monotonic() < end) {
            core_.restart();
            core_.run_one_for(std::chrono::milliseconds(100));
        }
        return condition();
    }
    static std::string input_state(const Gateway& gateway) {
        return gateway.status().at("inputs").at(0).at("state").as_string().c_str();
    }
    bool stop(Gateway& gateway) {
        bool stopped = false;
        gateway.stop(clock_.monotonic() + seconds(4), [&] { stopped = true; });
        return run_until([&] { return stopped; });
    }

    test::TempFolder folder_;
    const SystemClock clock_{};
    asio::io_context core_;
    std::string said_;
};

TEST_F(GatewayTest, StartsItsInputsAndStopsThem) {
    const auto gateway = started("one", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(gateway) << said_;
    EXPECT_TRUE(run_until([&] { return input_state(*gateway) == "up"; }));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "one" / "control.sock"));
    EXPECT_TRUE(stop(*gateway));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "one" / "control.sock"));
}

TEST_F(GatewayTest, TwoLiveInOneProcessAndTheEndOfOneIsNothingToTheOther) {
    auto first = started("one", "  - { name: hall, plugin: scripted }\n");
    const auto second = started("two", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(first && second) << said_;
    EXPECT_TRUE(
        run_until([&] { return input_state(*first) == "up" && input_state(*second) == "up"; }));
    EXPECT_TRUE(stop(*first));
    first.reset();
    EXPECT_EQ(second->status().at("gateway").at("name").as_string(), "two");
    EXPECT_EQ(input_state(*second), "up");
    EXPECT_TRUE(stop(*second));
}

TEST_F(GatewayTest, MayGoWithoutHavingBeenStopped) {
    auto gateway = started("one", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(gateway) << said_;
    EXPECT_TRUE(run_until([&] { return input_state(*gateway) == "up"; }));
    gateway.reset();
    core_.restart();
    core_.poll();  // what was on its way finds nobody
}

TEST_F(GatewayTest, MayGoInTheMiddleOfItsStart) {
    auto gateway = started("one", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(gateway) << said_;
    gateway.reset();
    core_.restart();
    core_.poll();
}

TEST_F(GatewayTest, MayBeStoppedInTheMiddleOfItsStart) {
    const auto gateway = started("one", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(gateway) << said_;
    EXPECT_TRUE(stop(*gateway));
}

TEST_F(GatewayTest, AnInputWithoutItsPluginIsFailedWithItsPlaceAndSoAreItsDevices) {
    const auto gateway = started("one",
                                 "  - { name: hall, plugin: no-such }\n"
                                 "  - { name: cellar, plugin: scripted }\n");
    ASSERT_TRUE(gateway) << said_;
    EXPECT_TRUE(run_until(
        [&] { return gateway->status().at("inputs").at(1).at("state").as_string() == "up"; }));
    EXPECT_EQ(input_state(*gateway), "failed");
    const std::string reason =
        gateway->status().at("inputs").at(0).at("reason").as_string().c_str();
    EXPECT_NE(reason.find("fieldway.yaml:4:"), std::string::npos) << reason;
    EXPECT_NE(reason.find("there is no plugin no-such"), std::string::npos) << reason;
    EXPECT_EQ(gateway->status().at("devices").at(0).at("state").as_string(), "down");
    EXPECT_TRUE(stop(*gateway));
}

TEST_F(GatewayTest, TheSettingsAPluginRefusesAreNoFaultOfOneInputAlone) {
    EXPECT_FALSE(started("one", "  - { name: hall, plugin: scripted, in: check, do: refuse }\n"));
    EXPECT_NE(said_.find("is refused"), std::string::npos) << said_;
}

TEST_F(GatewayTest, RunsWithoutAControlSocketThatCannotBeOpened) {
    Configuration loaded = configuration("one", "  - { name: hall, plugin: scripted }\n");
    loaded.loaded.config.gateway.control_socket = "/proc/no/control.sock";
    auto gateway =
        make_gateway({core_, clock_, Log(), loaded.plugins, 1, {}}, loaded.loaded.config);
    ASSERT_TRUE(gateway);
    EXPECT_TRUE((*gateway)->start());
    EXPECT_TRUE(run_until([&] { return input_state(**gateway) == "up"; }));
    EXPECT_TRUE(stop(**gateway));
}

TEST_F(GatewayTest, DoesNotStartBesideAnotherOfTheSameControlSocket) {
    const auto first = started("one", "  - { name: hall, plugin: scripted }\n");
    ASSERT_TRUE(first) << said_;
    EXPECT_FALSE(started("one", "  - { name: hall, plugin: scripted }\n"));
    EXPECT_NE(said_.find("another gateway"), std::string::npos) << said_;
    EXPECT_TRUE(stop(*first));
}

}  // namespace
}  // namespace fieldway::app
