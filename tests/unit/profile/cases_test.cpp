// tests/cases/profile/NAME/config.yaml read with the library beside it, and what comes of it:
// expected.err and, when it loads, expected.json. FIELDWAY_UPDATE_CASES=1 writes what comes.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/loader.h"
#include "profile/library.h"
#include "support/files.h"
#include "unit/config/dump.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::profile {
namespace {

namespace fs = std::filesystem;

const fs::path cases = fs::path(FIELDWAY_SOURCE_DIR) / "tests/cases/profile";

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

class ProfileCase : public ::testing::TestWithParam<std::string> {};

TEST_P(ProfileCase, SaysWhatIsExpected) {
    const fs::path folder = cases / GetParam();
    Library library;
    config::LoaderContext context = config::testing::stub_context();
    context.defaults.profile_dirs = {cases / "library"};
    context.environment = [](const std::string& name) -> std::optional<std::string> {
        if (name == "PROFILE") return "acme/meter";
        return std::nullopt;
    };
    context.merge_profile = [&](const config::ProfileUse& use, config::Diagnostics& diagnostics) {
        return library.merge(use, diagnostics);
    };
    const config::Loaded loaded = config::load(folder / "config.yaml", context);
    std::string said;
    for (const config::Diagnostic& diagnostic : loaded.diagnostics)
        said += to_text(diagnostic) + "\n";
    said = without(without(said, folder.string() + "/"), cases.string() + "/");
    expect(folder / "expected.err", said);
    expect(
        folder / "expected.json",
        loaded.ok() ? config::testing::dump(loaded.config, folder.string() + "/") : std::string());
}

INSTANTIATE_TEST_SUITE_P(All, ProfileCase, ::testing::ValuesIn(case_names()), [](const auto& test) {
    std::string name = test.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

}  // namespace
}  // namespace fieldway::profile
