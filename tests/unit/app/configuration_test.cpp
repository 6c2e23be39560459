#include "app/configuration.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace fieldway::app {
namespace {

constexpr const char* plugins = FIELDWAY_TEST_PLUGINS;

class ConfigurationTest : public testing::Test {
  protected:
    std::filesystem::path file(const std::string& inputs) {
        const auto path = folder_.path() / "fieldway.yaml";
        std::ofstream(path) << "gateway: { plugin_dir: " << plugins
                            << ", state_dir: " << state_.string() << " }\ninputs:\n"
                            << inputs;
        return path;
    }
    std::string said(const Configuration& configuration) {
        std::string text;
        for (const auto& diagnostic : configuration.loaded.diagnostics)
            text += config::to_text(diagnostic).substr(folder_.path().string().size() + 1) + "\n";
        return text;
    }

    test::TempFolder folder_;
    const std::filesystem::path state_ = folder_.path() / "state";
};

TEST_F(ConfigurationTest, AFileThatIsNotThereIsSaidWithTheRemedy) {
    const auto loaded = load_configuration(folder_.path() / "none.yaml", Purpose::check);
    EXPECT_FALSE(loaded.loaded.usable());
    EXPECT_EQ(said(loaded),
              "none.yaml: there is no such file; name the configuration with --config\n");
}

TEST_F(ConfigurationTest, EachInputHasItsPluginsPlan) {
    const auto loaded = load_configuration(file("  - { name: hall, plugin: scripted }\n"
                                                "  - { name: yard, plugin: steady }\n"),
                                           Purpose::check);
    EXPECT_EQ(said(loaded), "");
    ASSERT_EQ(loaded.plans.size(), 2U);
    EXPECT_EQ(loaded.plans[1].input, "yard");
    EXPECT_EQ(loaded.plans[1].plan.at("load").as_double(), 0.25);
}

TEST_F(ConfigurationTest, WhatAPluginRefusesIsAnErrorOfTheFileAtItsPlace) {
    const auto loaded = load_configuration(
        file("  - { name: hall, plugin: scripted, in: check, do: refuse }\n"), Purpose::run);
    EXPECT_EQ(said(loaded), "fieldway.yaml:3:52: is refused\n");
    EXPECT_FALSE(loaded.loaded.usable());
    EXPECT_TRUE(loaded.unusable_inputs().empty());
}

TEST_F(ConfigurationTest, APluginThatIsMissingMakesItsInputsAloneUnusable) {
    const auto loaded = load_configuration(file("  - { name: hall, plugin: no-such }\n"
                                                "  - { name: yard, plugin: steady }\n"),
                                           Purpose::run);
    EXPECT_FALSE(loaded.loaded.ok());
    EXPECT_TRUE(loaded.loaded.usable());
    const auto unusable = loaded.unusable_inputs();
    ASSERT_EQ(unusable.size(), 1U);
    EXPECT_NE(unusable.at("hall").find("3:27: there is no plugin no-such"), std::string::npos)
        << unusable.at("hall");
}

TEST_F(ConfigurationTest, APluginThatHangsIsWaitedForOnceThoughItHasManyInputs) {
    std::string inputs = "  - { name: ok, plugin: steady }\n";
    for (const char* name : {"a", "b", "c"}) {
        inputs +=
            "  - { name: " + std::string(name) + ", plugin: scripted, in: check, do: hang }\n";
    }
    const auto began = std::chrono::steady_clock::now();
    const auto loaded = load_configuration(file(inputs), Purpose::run);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2 * input::HostDeadlines().check);
    EXPECT_TRUE(loaded.loaded.usable());
    EXPECT_EQ(loaded.unusable_inputs().size(), 3U);
}

TEST_F(ConfigurationTest, AnInputThatTookTheProcessDownThreeTimesIsNotAskedAgainOnTheWayToRun) {
    std::filesystem::create_directories(state_ / "plugin-checks");
    std::ofstream(state_ / "plugin-checks" / "scripted.hall.starting") << 3;
    const auto path = file("  - { name: hall, plugin: scripted }\n");
    const auto loaded = load_configuration(path, Purpose::run);
    EXPECT_TRUE(loaded.loaded.usable());
    EXPECT_NE(loaded.unusable_inputs().at("hall").find("3 times in a row"), std::string::npos);
    EXPECT_EQ(said(load_configuration(path, Purpose::check)), "") << "check asks for itself";
}

TEST(FindPlugin, PrefersTheOneThatCanBeUsed) {
    const fieldway_plugin_api api{};
    input::PluginLibrary refused;
    refused.name = "modbus";
    refused.refused = "is cut off";
    input::PluginLibrary usable = refused;
    usable.api = &api;
    const std::vector<input::PluginLibrary> both{refused, usable};
    const std::vector<input::PluginLibrary> one{refused};
    EXPECT_EQ(find_plugin(both, "modbus"), &both[1]);
    EXPECT_EQ(find_plugin(one, "modbus"), &one[0]);
    EXPECT_EQ(find_plugin(both, "serial"), nullptr);
}

TEST_F(ConfigurationTest, CheckLeavesNothingInTheStateFolder) {
    static_cast<void>(
        load_configuration(file("  - { name: hall, plugin: scripted }\n"), Purpose::check));
    EXPECT_FALSE(std::filesystem::exists(state_));
}

}  // namespace
}  // namespace fieldway::app
