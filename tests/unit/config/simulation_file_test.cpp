#include "config/simulation_file.h"

#include <fstream>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace fieldway::config {
namespace {

class Simulations : public testing::Test {
  protected:
    SimulationFile load(const std::string& text) {
        const auto file = folder_.path() / "sim.yaml";
        std::ofstream(file) << text;
        return load_simulations(file, tables_, [](const std::string& name) {
            return name == "PORT" ? std::optional<std::string>("15020") : std::nullopt;
        });
    }
    /// All that was said, without the folder.
    std::string said(const std::string& text) {
        std::string all;
        for (const Diagnostic& diagnostic : load(text).diagnostics) {
            all += to_text(diagnostic).substr(folder_.path().string().size() + 1) + "\n";
        }
        return all;
    }

    test::TempFolder folder_;
    const std::map<std::string, OptionTable> tables_{
        {"modbus", {option("port", OptionType::integer, "where it listens").within(0, 65'535)}}};
};

TEST_F(Simulations, AnEntryHasItsPluginAndItsCheckedOptions) {
    const SimulationFile file = load("simulate:\n  - { plugin: modbus, port: 15020 }\n");
    ASSERT_TRUE(file.ok());
    ASSERT_EQ(file.entries.size(), 1U);
    EXPECT_EQ(file.entries[0].plugin, "modbus");
    EXPECT_EQ(file.entries[0].options, (boost::json::object{{"port", 15020}}));
    EXPECT_EQ(file.entries[0].marks.find("", "").line, 2);
    EXPECT_EQ(file.entries[0].marks.find("", "/port/what").column, 29);
}

TEST_F(Simulations, VariablesAreReplaced) {
    const SimulationFile file = load("simulate: [{ plugin: modbus, port: \"${PORT}\" }]\n");
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(file.entries[0].options.at("port").as_int64(), 15020);
    EXPECT_NE(said("simulate: [{ plugin: modbus, port: \"${UNSET}\" }]\n").find("UNSET"),
              std::string::npos);
}

TEST_F(Simulations, AFileWithoutTheListSaysSo) {
    for (const char* text : {"", "[]\n", "3\n", "simulate: 3\n", "simulate: {}\n", "simulate:\n"}) {
        EXPECT_FALSE(load(text).ok()) << text;
        EXPECT_NE(said(text).find("no list `simulate:`"), std::string::npos) << text << said(text);
    }
}

TEST_F(Simulations, AnEmptyListIsNothingToSimulate) {
    EXPECT_NE(said("simulate: []\n").find("sim.yaml:1:11: nothing to simulate"), std::string::npos);
}

TEST_F(Simulations, AFileThatIsNotThereIsNamedOnce) {
    const SimulationFile file = load_simulations(folder_.path() / "none.yaml", tables_, {});
    ASSERT_EQ(file.diagnostics.size(), 1U);
    EXPECT_NE(file.diagnostics[0].sentence.find("No such file"), std::string::npos);
}

TEST_F(Simulations, EveryMistakeIsToldAtOnceWithItsPlace) {
    const std::string text = said(R"(simulate:
  - { plugin: modbuss }
  - { port: 1 }
  - { plugin: modbus, port: 70000 }
  - { plugin: modbus, prt: 1 }
  - 3
devices: []
)");
    EXPECT_NE(
        text.find(
            "sim.yaml:2:15: no plugin modbuss was found that simulates anything; did you mean"),
        std::string::npos)
        << text;
    EXPECT_NE(text.find("sim.yaml:3:5: the entry names no plugin"), std::string::npos) << text;
    EXPECT_NE(text.find("sim.yaml:4:29: port is 70000; the most is 65535"), std::string::npos)
        << text;
    EXPECT_NE(text.find("sim.yaml:5:23: unknown key prt"), std::string::npos) << text;
    EXPECT_NE(text.find("sim.yaml:6:5: "), std::string::npos) << text;
    EXPECT_NE(text.find("sim.yaml:7:1: devices is no key"), std::string::npos) << text;
}

}  // namespace
}  // namespace fieldway::config
