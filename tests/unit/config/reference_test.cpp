#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "config/file_table.h"
#include "config/loader.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::config::testing {
namespace {

/// Every option of a table and of its groups.
void collect(const OptionTable& table, std::vector<Option>& all) {
    for (const Option& option : table) {
        all.push_back(option);
        collect(option.members, all);
    }
}

std::vector<Option> all_options() {
    std::vector<Option> all;
    collect(file_table(), all);
    collect(uplink_table(), all);
    collect(input_table(), all);
    collect(device_table(PluginTables{}), all);
    return all;
}

TEST(OptionTables, SayWhatEveryOptionMeans) {
    for (const Option& option : all_options())
        EXPECT_FALSE(option.meaning.empty()) << option.name;
}

TEST(OptionTables, HaveDefaultsWithinTheirOwnLimits) {
    for (const Option& option : all_options()) {
        if (!option.preset.is_number()) continue;
        const double preset = option.preset.to_number<double>();
        if (option.least) {
            EXPECT_GE(preset, *option.least) << option.name;
        }
        if (option.most) {
            EXPECT_LE(preset, *option.most) << option.name;
        }
    }
}

TEST(OptionTables, NameEachKeyOnce) {
    for (const OptionTable& table : {file_table(), uplink_table(), device_table(PluginTables{}),
                                     point_table(), message_table()}) {
        std::set<std::string> names;
        for (const Option& option : table)
            EXPECT_TRUE(names.insert(option.name).second) << option.name;
    }
}

TEST(ReferencePage, NamesEveryOption) {
    const std::string page = reference_page(stub_plugins());
    for (const Option& option : all_options()) {
        if (option.type == OptionType::group && !option.members.empty()) continue;
        const bool named = page.find(option.name + "`") != std::string::npos ||
                           page.find("## " + option.name) != std::string::npos ||
                           page.find("devices: " + option.name) != std::string::npos;
        EXPECT_TRUE(named) << option.name;
    }
    EXPECT_NE(page.find("| `timeout` | duration | `500ms` | 1ms to 1m |"), std::string::npos);
}

TEST(ReferencePage, BeginsWithAConfigurationThatLoads) {
    const std::string page = reference_page(stub_plugins());
    const std::string fence = "```yaml\n";
    const std::size_t begin = page.find(fence) + fence.size();
    const std::string sample = page.substr(begin, page.find("```", begin) - begin);
    const Loaded loaded = load_text("sample.yaml", sample, stub_context());
    EXPECT_EQ(loaded.diagnostics, std::vector<Diagnostic>{});
    EXPECT_EQ(loaded.config.devices.size(), 1u);
}

/// python3-jsonschema is the judge: tests/unit/config/check_schema.py.
TEST(JsonSchema, AcceptsWhatLoadsAndRefusesWhatIsMisspelt) {
    const std::string file = ::testing::TempDir() + "fieldway-config-schema.json";
    std::ofstream(file) << boost::json::serialize(json_schema(stub_plugins()));
    const std::string root = FIELDWAY_SOURCE_DIR;
    const std::string command = "python3 " + root + "/tests/unit/config/check_schema.py " + file +
                                " " + root + "/tests/cases/config";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace fieldway::config::testing
