// The shipped configurations load. Their plugins' own options are checked where the plugins are
// (tests/system).
#include <filesystem>

#include <gtest/gtest.h>

#include "config/loader.h"
#include "unit/config/stub_plugins.h"

namespace fieldway::config::testing {
namespace {

namespace fs = std::filesystem;

/// Whether everything that is said is about plugins and environment that only a real gateway has.
bool about_the_machine(const Diagnostic& diagnostic) {
    for (const char* part : {"there is no plugin", "which is not there"}) {
        if (diagnostic.sentence.find(part) != std::string::npos) return true;
    }
    return diagnostic.warning;
}

TEST(Examples, LoadUpToWhatOnlyAMachineHas) {
    const fs::path folder = fs::path(FIELDWAY_SOURCE_DIR) / "config";
    if (!fs::exists(folder)) GTEST_SKIP() << "no examples";
    LoaderContext context = stub_context();
    context.plugins.clear();  // unknown plugins' options are not checked
    context.environment = [](const std::string&) { return "from-the-environment"; };
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const fs::path& path = entry.path();
        const bool is_whole =
            path.parent_path() == folder || path.parent_path().filename() == "examples";
        if (path.extension() != ".yaml" || !is_whole) continue;
        for (const Diagnostic& diagnostic : load(path, context).diagnostics) {
            EXPECT_TRUE(about_the_machine(diagnostic)) << to_text(diagnostic);
        }
    }
}

}  // namespace
}  // namespace fieldway::config::testing
