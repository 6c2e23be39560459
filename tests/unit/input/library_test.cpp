#include "input/library.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway::input {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path good = fs::path(TEST_PLUGINS) / "good";
const fs::path bad = fs::path(TEST_PLUGINS) / "bad";

std::string refusal_of(const std::string& name, const std::vector<fs::path>& folders) {
    for (const PluginLibrary& library : find_plugins(folders)) {
        if (library.name == name && library.api == nullptr) return library.refused;
    }
    return "not refused";
}

/// A folder with one file in it that is called as a plugin is.
class FileAsPlugin {
  public:
    explicit FileAsPlugin(const std::string& content) {
        test::write_file(folder_.path() / "text.so", content);
    }
    [[nodiscard]] const fs::path& folder() const { return folder_.path(); }

  private:
    test::TempFolder folder_;
};

TEST(Library, FindsPluginsByNameWithTheirTables) {
    const std::vector<PluginLibrary> found = find_plugins({good});
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name, "scripted");
    EXPECT_EQ(found[1].name, "steady");
    EXPECT_EQ(found[0].version, "1.0");
    EXPECT_EQ(found[0].summary, "Does what its options say.");
    ASSERT_EQ(found[0].tables.input.size(), 2U);
    EXPECT_EQ(found[0].tables.input[0].name, "in");
    EXPECT_NE(found[0].api, nullptr);
    EXPECT_EQ(found[0].refused, "");
}

TEST(Library, AFolderThatIsNotThereHasNoPlugins) {
    EXPECT_TRUE(find_plugins({"/nowhere/at/all"}).empty());
}

TEST(Library, RefusesAnotherVersion) {
    EXPECT_THAT(refusal_of("wrong-version", {bad}), HasSubstr("does not speak version 1"));
}

TEST(Library, RefusesALibraryWithoutTheEntry) {
    EXPECT_THAT(refusal_of("no-symbol", {bad}), HasSubstr("exports no fieldway_plugin_entry"));
}

TEST(Library, RefusesTablesThatCannotBeRead) {
    EXPECT_THAT(refusal_of("bad-tables", {bad}), HasSubstr("type \"colour\" is unknown"));
}

TEST(Library, RefusesWhatIsNoSharedLibraryWithTheLoadersReason) {
    const FileAsPlugin file("#!/bin/sh\necho no\n");
    EXPECT_THAT(refusal_of("text", {file.folder()}), HasSubstr("cannot be loaded: "));
}

TEST(Library, RefusesAFileThatWasCutOffWhereverThatIs) {
    std::ifstream in(good / "steady.so", std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    ASSERT_FALSE(whole.empty());
    for (const std::size_t part : {200U, 4096U, 8192U}) {
        const FileAsPlugin file(whole.substr(0, part));
        EXPECT_THAT(refusal_of("text", {file.folder()}), HasSubstr("is cut off")) << part;
    }
    for (const std::size_t header : {1U, 16U, 63U, 64U, 100U}) {
        const FileAsPlugin file(whole.substr(0, header));
        EXPECT_THAT(refusal_of("text", {file.folder()}), testing::Ne("not refused"));
    }
}

TEST(Library, LooksAtPluginsOfTheNamesThatAreAskedForAlone) {
    const std::vector<PluginLibrary> found = find_plugins({bad, good}, {{"steady", "missing"}});
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].name, "steady");
    EXPECT_TRUE(find_plugins({good}, std::set<std::string>()).empty());
}

TEST(Library, RefusesAPluginWhoseFileHasAnotherName) {
    const test::TempFolder folder;
    fs::create_symlink(good / "steady.so", folder.path() / "other.so");
    EXPECT_THAT(refusal_of("other", {folder.path()}),
                HasSubstr("its name is steady, so its file must be steady.so"));
}

TEST(Library, RefusesASecondPluginOfTheSameNameAndKeepsTheFirst) {
    const std::vector<PluginLibrary> found = find_plugins({good, good});
    const auto usable = std::count_if(found.begin(), found.end(), [](const PluginLibrary& library) {
        return library.api != nullptr;
    });
    EXPECT_EQ(usable, 2);
    EXPECT_EQ(found.size(), 4U);
    EXPECT_THAT(refusal_of("steady", {good, good}), HasSubstr("was found before it: "));
}

/// The table of a good plugin, to be spoilt.
fieldway_plugin_api good_table() {
    return *find_plugins({good}).front().api;
}

TEST(Inspection, RefusesATableThatIsTooSmallForItsVersion) {
    fieldway_plugin_api api = good_table();
    api.size -= 1;
    EXPECT_THAT(inspect_plugin("x.so", &api).refused, HasSubstr("the least is"));
}

TEST(Inspection, AcceptsATableThatHasGrown) {
    fieldway_plugin_api api = good_table();
    api.size += 64;
    EXPECT_EQ(inspect_plugin("x.so", &api).refused, "");
}

TEST(Inspection, RefusesATableOfAnotherVersion) {
    fieldway_plugin_api api = good_table();
    api.abi_version = 7;
    EXPECT_THAT(inspect_plugin("x.so", &api).refused, HasSubstr("speaks version 7"));
}

TEST(Inspection, RefusesEmptyPlaces) {
    fieldway_plugin_api api = good_table();
    api.submit = nullptr;
    EXPECT_THAT(inspect_plugin("x.so", &api).refused, HasSubstr("empty places"));
}

TEST(Inspection, RefusesANameThatNoConfigurationCouldWrite) {
    fieldway_plugin_api api = good_table();
    api.name = "Modbus/TCP";
    EXPECT_THAT(inspect_plugin("x.so", &api).refused, HasSubstr("Modbus/TCP"));
}

}  // namespace
}  // namespace fieldway::input
