#include "app/bus_load.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway::app {
namespace {

class BusLoadTest : public testing::Test {
  protected:
    void add(const std::string& name, boost::json::object plan,
             const std::string& plugin = "modbus") {
        config::InputOptions input;
        input.name = name;
        input.plugin = plugin;
        config_.inputs.push_back(input);
        marks_.put(name, "", {"fieldway.yaml", static_cast<int>(config_.inputs.size()), 5});
        plans_.push_back({name, std::move(plan)});
    }
    std::vector<std::string> said() {
        std::vector<std::string> texts;
        for (const auto& warning : overloaded_buses(config_, marks_, plans_))
            texts.push_back(config::to_text(warning));
        return texts;
    }

    config::GatewayConfig config_;
    config::MarkMap marks_;
    std::vector<InputPlan> plans_;
};

TEST_F(BusLoadTest, InputsThatAreTooMuchTogetherAreSaidWhereItBecomesSo) {
    add("hall", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.5}});
    add("yard", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.4}});
    add("roof", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.25}});
    add("shed", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.25}});
    EXPECT_EQ(said(),
              std::vector<std::string>{
                  "fieldway.yaml:3:5: warning: the inputs hall, yard and roof share "
                  "rtu:/dev/ttyS1 and need 115 % of its time together: polls will come later than "
                  "`every` says; ask less often or for less"});
}

TEST_F(BusLoadTest, OtherBusesAndPluginsAreCountedApart) {
    add("hall", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.9}});
    add("yard", {{"bus", "rtu:/dev/ttyS2"}, {"load", 0.9}});
    add("roof", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.9}}, "other");
    EXPECT_TRUE(said().empty());
}

TEST_F(BusLoadTest, WhatThePluginHasSaidIsNotSaidAgain) {
    add("hall", {{"bus", "rtu:/dev/ttyS1"}, {"load", 1.5}});
    add("yard", {{"bus", "rtu:/dev/ttyS1"}, {"load", 0.2}});
    EXPECT_TRUE(said().empty());
}

TEST_F(BusLoadTest, PlansWithoutABusTakeNoPart) {
    add("hall", {{"load", 0.9}});
    add("yard", {{"load", 0.9}});
    add("roof", {});
    EXPECT_TRUE(said().empty());
}

}  // namespace
}  // namespace fieldway::app
