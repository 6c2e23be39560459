#include "input/simulation.h"

#include <string>

#include <gtest/gtest.h>

namespace fieldway::input {
namespace {

// A plugin's table, played by plain functions.
struct Played {
    int running = 0;
    std::string options;
};
Played& played() {
    static Played the_one;
    return the_one;
}

void give(fieldway_sink sink, void* context, const std::string& text) {
    sink(context, {text.data(), text.size()});
}

fieldway_simulation* simulate(fieldway_bytes options, fieldway_sink sink, void* context) {
    played().options.assign(static_cast<const char*>(options.data), options.size);
    if (played().options.find("refuse") != std::string::npos) {
        give(sink, context,
             R"([{"pointer": "/port", "sentence": "the port 1 is taken"},)"
             R"({"pointer": "", "sentence": "and so is all"}])");
        return nullptr;
    }
    if (played().options.find("silent") != std::string::npos) return nullptr;
    give(sink, context,
         played().options.find("garbage") != std::string::npos ? "garbage"
                                                               : R"({"url": "tcp://h:1"})");
    ++played().running;
    return reinterpret_cast<fieldway_simulation*>(&played());
}
void stop_simulation(fieldway_simulation*) {
    --played().running;
}

class SimulationTest : public testing::Test {
  protected:
    SimulationTest() {
        played() = {};
        api_.size = sizeof api_;
        api_.simulate = simulate;
        api_.stop_simulation = stop_simulation;
        api_.simulate_table = R"([{"name": "port", "type": "integer", "meaning": "where"}])";
        plugin_.name = "played";
        plugin_.api = &api_;
    }
    std::string refusal(const boost::json::object& options) {
        std::vector<Problem> problems;
        if (Simulation::start(plugin_, options, problems)) return "not refused";
        std::string text;
        for (const Problem& problem : problems)
            text += problem.pointer + ": " + problem.sentence + "\n";
        return text;
    }

    fieldway_plugin_api api_{};
    PluginLibrary plugin_;
    std::vector<Problem> problems_;
};

TEST_F(SimulationTest, RunsUntilItIsDestroyedAndTellsItsAddress) {
    {
        const auto simulation = Simulation::start(plugin_, {{"port", 1}}, problems_);
        ASSERT_TRUE(simulation);
        EXPECT_EQ(simulation->address().at("url").as_string(), "tcp://h:1");
        EXPECT_EQ(played().options, R"({"port":1})");
        EXPECT_EQ(played().running, 1);
    }
    EXPECT_EQ(played().running, 0);
}

TEST_F(SimulationTest, IsStoppedOnceThoughItWasMoved) {
    {
        auto first = Simulation::start(plugin_, {}, problems_);
        ASSERT_TRUE(first);
        const Simulation second = std::move(*first);
        EXPECT_EQ(played().running, 1);
    }
    EXPECT_EQ(played().running, 0);
}

TEST_F(SimulationTest, ARefusalSaysWhatThePluginSaid) {
    EXPECT_EQ(refusal({{"refuse", true}}), "/port: the port 1 is taken\n: and so is all\n");
    EXPECT_EQ(refusal({{"silent", true}}), ": the plugin refused it without a reason\n");
    EXPECT_EQ(played().running, 0);
}

TEST_F(SimulationTest, AnAddressThatCannotBeReadIsNone) {
    const auto simulation = Simulation::start(plugin_, {{"garbage", true}}, problems_);
    ASSERT_TRUE(simulation);
    EXPECT_TRUE(simulation->address().empty());
}

TEST_F(SimulationTest, APluginWithoutOneSimulatesNothing) {
    EXPECT_TRUE(simulation_table(plugin_).has_value());
    api_.simulate = nullptr;
    EXPECT_FALSE(simulation_table(plugin_).has_value());
    EXPECT_EQ(refusal({}), ": the plugin played simulates nothing\n");
}

TEST_F(SimulationTest, ATableOfAnOlderPluginMayEndBeforeIt) {
    api_.size = offsetof(fieldway_plugin_api, simulate);
    EXPECT_FALSE(simulation_table(plugin_).has_value());
    plugin_.api = nullptr;
    EXPECT_FALSE(simulation_table(plugin_).has_value()) << "refused";
}

TEST_F(SimulationTest, ATableThatCannotBeReadIsNone) {
    for (const char* table : {"", "garbage", "{}", R"([{"name": 3}])"}) {
        api_.simulate_table = table;
        EXPECT_FALSE(simulation_table(plugin_).has_value()) << table;
    }
}

}  // namespace
}  // namespace fieldway::input
