// tests/cases/config/NAME/config.yaml, and what comes of it: expected.err (every diagnostic, in
// order) and, when it loads, expected.json. With FIELDWAY_UPDATE_CASES=1 what comes is written
// instead: read it before it is committed.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/loader.h"
#include "support/files.h"
#include "unit/config/dump.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::config::testing {
namespace {

namespace fs = std::filesystem;

const fs::path cases = fs::path(FIELDWAY_SOURCE_DIR) / "tests/cases/config";

std::vector<std::string> case_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cases)) {
        if (fs::exists(entry.path() / "config.yaml")) names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

void expect(const fs::path& file, const std::string& actual) {
    if (std::getenv("FIELDWAY_UPDATE_CASES") == nullptr) {
        EXPECT_EQ(test::read_file(file), actual) << "in " << file;
    } else if (actual.empty()) {
        fs::remove(file);
    } else {
        test::write_file(file, actual);
    }
}

std::string without(std::string text, const std::string& folder) {
    for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
        text.erase(at, folder.size());
    }
    return text;
}

class ConfigCase : public ::testing::TestWithParam<std::string> {};

TEST_P(ConfigCase, SaysWhatIsExpected) {
    const fs::path folder = cases / GetParam();
    const Loaded loaded = load(folder / "config.yaml", stub_context());
    std::string said;
    for (const Diagnostic& diagnostic : loaded.diagnostics)
        said += to_text(diagnostic) + "\n";
    said = without(without(said, folder.string() + "/"), cases.string() + "/");
    EXPECT_EQ(said.find("s3cret"), std::string::npos) << "a secret is told";
    expect(folder / "expected.err", said);
    expect(folder / "expected.json",
           loaded.ok() ? dump(loaded.config, folder.string() + "/") : std::string());
}

INSTANTIATE_TEST_SUITE_P(All, ConfigCase, ::testing::ValuesIn(case_names()), [](const auto& test) {
    std::string name = test.param;
    for (char& c : name) {
        if (c == '-') c = '_';
    }
    return name;
});

}  // namespace
}  // namespace fieldway::config::testing
