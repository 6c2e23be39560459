#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "input/host.h"

namespace fieldway::input {
namespace {

using testing::HasSubstr;

PluginLibrary scripted() {
    return find_plugins({std::filesystem::path(TEST_PLUGINS) / "good"}).front();
}

InputSettings settings(boost::json::object options) {
    InputSettings settings;
    settings.name = "hall";
    settings.options = std::move(options);
    return settings;
}

TEST(CheckInput, GivesThePlanOfAGoodConfiguration) {
    const Checked checked = check_input(scripted(), settings({}), std::chrono::seconds(10));
    EXPECT_TRUE(checked.problems.empty());
    EXPECT_EQ(checked.plan, (boost::json::object{{"load", 0.25}}));
}

TEST(CheckInput, GivesProblemsWithTheirPlaces) {
    const Checked checked = check_input(scripted(), settings({{"in", "check"}, {"do", "refuse"}}),
                                        std::chrono::seconds(10));
    EXPECT_EQ(checked.problems, (std::vector<Problem>{{"/options/do", "is refused", false}}));
    EXPECT_FALSE(checked.broken) << "the settings are at fault";
}

TEST(CheckInput, AnExceptionIsAProblem) {
    const Checked checked = check_input(scripted(), settings({{"in", "check"}, {"do", "throw"}}),
                                        std::chrono::seconds(10));
    ASSERT_EQ(checked.problems.size(), 1U);
    EXPECT_EQ(
        checked.problems[0].sentence,
        "the plugin scripted could not do this, by a fault of its own (thrown in check); tell "
        "its maker");
}

TEST(CheckInput, AHangIsAProblemWithThePluginsName) {
    const Checked checked = check_input(scripted(), settings({{"in", "check"}, {"do", "hang"}}),
                                        std::chrono::milliseconds(20));
    ASSERT_EQ(checked.problems.size(), 1U);
    EXPECT_EQ(checked.problems[0].sentence,
              "plugin scripted did not return from check within 20ms");
    EXPECT_TRUE(checked.broken);
}

TEST(CheckInput, ARefusedPluginIsAProblemWithItsReason) {
    PluginLibrary refused;
    refused.refused = "is no plugin";
    EXPECT_EQ(check_input(refused, settings({}), std::chrono::seconds(1)).problems,
              (std::vector<Problem>{{"", "is no plugin", false}}));
}

}  // namespace
}  // namespace fieldway::input
