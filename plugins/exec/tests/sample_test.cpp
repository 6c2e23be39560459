// The text that the README shows is a configuration that loads, and that this plugin finds nothing
// wrong with.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "config/loader.h"
#include "exec/exec_options.h"
#include "exec/exec_plugin.h"
#include "support/files.h"

namespace fieldway::exec {
namespace {

const std::filesystem::path folder = EXEC_FOLDER;

config::Loaded load_sample() {
    config::LoaderContext context;
    context.plugins["exec"] = exec_tables();
    context.environment = [](const std::string&) { return std::nullopt; };
    return config::load(folder / "sample.yaml", context);
}

TEST(ExecSample, Loads) {
    const config::Loaded loaded = load_sample();
    for (const auto& diagnostic : loaded.diagnostics)
        ADD_FAILURE() << to_text(diagnostic);
    ASSERT_EQ(loaded.config.inputs.size(), 1u);
    std::uint32_t number = 0;
    const InputSettings settings = config::settings_of(loaded.config, loaded.config.inputs.front(),
                                                       [&](const DeviceId&) { return number++; });
    EXPECT_EQ(settings.devices.size(), 2u);
    for (const Problem& problem : ExecPlugin().check(settings)) {
        ADD_FAILURE() << problem.pointer << ": " << problem.sentence;
    }
    EXPECT_EQ(exec_options(settings.options).silence, Duration(std::chrono::minutes(1)));
}

TEST(ExecSample, IsWhatTheReadmeShows) {
    const std::string readme = test::read_file(folder / "README.md");
    const std::string sample = test::read_file(folder / "sample.yaml");
    const std::size_t begin = sample.find("inputs:");
    const std::size_t end = sample.find("  - id: room-2");
    std::istringstream lines(sample.substr(begin, end - begin));
    for (std::string line; std::getline(lines, line);) {
        std::string content = line.substr(0, line.find("  #"));
        content.erase(content.find_last_not_of(' ') + 1);
        EXPECT_NE(readme.find(content), std::string::npos) << "not in README.md: " << content;
    }
}

TEST(ExecReadme, NamesEveryOption) {
    const std::string readme = test::read_file(folder / "README.md");
    for (const Option& each : exec_tables().input) {
        EXPECT_NE(readme.find("| `" + each.name + "` |"), std::string::npos) << each.name;
    }
}

}  // namespace
}  // namespace fieldway::exec
