// Each folder of cases/ is a configuration and what `fieldway check` says of it; sample.yaml is
// right as it stands.
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/loader.h"
#include "example/example_options.h"
#include "example/example_plugin.h"
#include "support/files.h"

namespace fieldway::example {
namespace {

namespace fs = std::filesystem;

const fs::path folder = fs::path(FIELDWAY_SOURCE_DIR) / "plugins/example";

std::string said_of(const fs::path& file) {
    config::LoaderContext context;
    context.plugins["example"] = ExamplePlugin::info().tables;
    context.environment = [](const std::string&) { return std::nullopt; };
    const config::Loaded loaded = config::load(file, context);
    std::vector<config::Diagnostic> diagnostics = loaded.diagnostics;
    if (loaded.ok()) {
        const config::InputOptions& input = loaded.config.inputs.at(0);
        const auto number_of = [](const DeviceId&) { return std::uint32_t{0}; };
        for (const Problem& problem : check(config::settings_of(loaded.config, input, number_of))) {
            diagnostics.push_back(
                {loaded.marks.find(input.name, problem.pointer), problem.sentence, false});
        }
    }
    std::string said;
    for (config::Diagnostic& diagnostic : diagnostics) {
        diagnostic.mark.file = fs::path(diagnostic.mark.file).filename().string();
        said += to_text(diagnostic) + "\n";
    }
    return said;
}

TEST(Cases, AreSaidAsExpected) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder / "tests/cases")) {
        EXPECT_EQ(said_of(entry.path() / "config.yaml"),
                  test::read_file(entry.path() / "expected.err"))
            << entry.path();
    }
}

TEST(Sample, IsRightAndStandsInTheReadmeAsItIs) {
    EXPECT_EQ(said_of(folder / "sample.yaml"), "");
    EXPECT_NE(test::read_file(folder / "README.md").find(test::read_file(folder / "sample.yaml")),
              std::string::npos);
}

}  // namespace
}  // namespace fieldway::example
