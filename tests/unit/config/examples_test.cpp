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

/// What is wrong with a file for everyone, a line each. Unknown plugins' options are not checked.
std::string problems_of(const fs::path& file, const std::string& broker) {
    LoaderContext context = stub_context();
    context.plugins.clear();
    context.environment = [&](const std::string&) { return broker; };
    std::string problems;
    for (const Diagnostic& diagnostic : load(file, context).diagnostics) {
        if (!about_the_machine(diagnostic)) problems += to_text(diagnostic) + "\n";
    }
    return problems;
}

TEST(Examples, LoadUpToWhatOnlyAMachineHas) {
    const fs::path folder = fs::path(FIELDWAY_SOURCE_DIR) / "config";
    if (!fs::exists(folder)) GTEST_SKIP() << "no examples";
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        const fs::path& path = entry.path();
        const bool is_whole =
            path.parent_path() == folder || path.parent_path().filename() == "examples";
        if (path.extension() != ".yaml" || !is_whole) continue;
        // $BROKER is an address in some and a url in others, as each says in its head.
        const auto by_address = problems_of(path, "broker.example:1883");
        const auto by_url = problems_of(path, "mqtts://broker.example");
        EXPECT_TRUE(by_address.empty() || by_url.empty()) << by_address << by_url;
    }
}

}  // namespace
}  // namespace fieldway::config::testing
