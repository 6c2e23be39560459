#include "profile/library.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway::profile {
namespace {

namespace fs = std::filesystem;

constexpr const char* small =
    "maker: Acme\nmodel: Meter\nplugin: modbus\nsource: [a manual]\n"
    "examples: [{ registers: {}, values: { a: 1 } }]\n";

class LibraryTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) {
        fs::create_directories((folder_.path() / name).parent_path());
        test::write_file(folder_.path() / name, text);
    }
    Library::Folders folders() const { return {folder_.path() / "one", folder_.path() / "two"}; }
    std::string said() {
        std::string text;
        for (const auto& diagnostic : diagnostics_.take_sorted())
            text += to_text(diagnostic).substr(folder_.path().string().size() + 1) + "\n";
        return text;
    }

    test::TempFolder folder_;
    config::Diagnostics diagnostics_;
    Library library_;
};

TEST_F(LibraryTest, ANameIsMakerAndModel) {
    for (const char* name : {"eastron/sdm120", "x/1", "a-b/c_d.2"}) {
        EXPECT_TRUE(is_profile_name(name)) << name;
    }
    for (const char* name : {"", "eastron", "/x", "x/", "a/b/c", "../x", "x/..", "x/.y", ".x/y",
                             "Eastron/sdm120", "a b/c", "a\\b/c"}) {
        EXPECT_FALSE(is_profile_name(name)) << name;
    }
}

TEST_F(LibraryTest, ListsWhatHasSuchANameAndNothingElse) {
    write("one/b/two.yaml", small);
    write("two/a/one.yaml", small);
    write("two/a/README.md", "");
    write("two/a/Capital.yaml", small);
    write("two/a/deeper/x.yaml", small);
    write("two/alone.yaml", small);
    std::vector<std::string> names;
    for (const auto& [name, file] : Library::list(folders()))
        names.push_back(name);
    EXPECT_THAT(names, ::testing::ElementsAre("a/one", "b/two"));
}

TEST_F(LibraryTest, TheFirstFolderThatHasItHolds) {
    write("one/a/x.yaml", small);
    write("two/a/x.yaml", small);
    EXPECT_EQ(Library::list(folders()).at("a/x"), folder_.path() / "one/a/x.yaml");
    EXPECT_EQ(library_.find("a/x", folders(), diagnostics_)->file, folder_.path() / "one/a/x.yaml");
}

TEST_F(LibraryTest, ReadsTheHeader) {
    write("one/a/x.yaml", small);
    const Profile* profile = library_.find("a/x", folders(), diagnostics_);
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(profile->maker + " " + profile->model + " " + profile->plugin, "Acme Meter modbus");
    EXPECT_THAT(profile->source, ::testing::ElementsAre("a manual"));
    EXPECT_EQ(said(), "");
}

TEST_F(LibraryTest, WhatIsMissingIsToldOnceHoweverOftenItIsUsed) {
    write("one/a/x.yaml", "maker: Acme\nexamples: [{ values: { a: 1 } }]\n");
    library_.find("a/x", folders(), diagnostics_);
    library_.find("a/x", folders(), diagnostics_);
    EXPECT_EQ(said(),
              "one/a/x.yaml:1:1: model is missing: the types that it is for, as their labels say\n"
              "one/a/x.yaml:1:1: plugin is missing: the plugin that reads it: that of the "
              "device's input\n"
              "one/a/x.yaml:1:1: source is missing: where its figures come from: documents and "
              "pages\n");
}

TEST_F(LibraryTest, KeysThatAreEachDevicesOwnAreRefused) {
    write("one/a/x.yaml", std::string(small) + "uplink: broker\nid: A1\n");
    library_.find("a/x", folders(), diagnostics_);
    EXPECT_EQ(said(),
              "one/a/x.yaml:6:1: uplink is each device's own; take it out of the profile\n"
              "one/a/x.yaml:7:1: id is each device's own; take it out of the profile\n");
}

TEST_F(LibraryTest, AFileThatIsNoMappingIsToldAndGivesNothing) {
    write("one/a/x.yaml", "[1, 2]\n");
    const Profile* profile = library_.find("a/x", folders(), diagnostics_);
    ASSERT_NE(profile, nullptr);
    EXPECT_TRUE(profile->root.entries.empty());
    EXPECT_EQ(said(), "one/a/x.yaml:1:1: a profile is a mapping with keys such as points\n");
}

TEST_F(LibraryTest, AFileThatIsEmptyIsToldToo) {
    write("one/a/x.yaml", "");
    library_.find("a/x", folders(), diagnostics_);
    EXPECT_EQ(said(),
              "one/a/x.yaml: the profile is empty; write maker, model, plugin, source, "
              "points and examples\n");
}

TEST_F(LibraryTest, AFolderInPlaceOfAFileIsToldWithTheReason) {
    write("one/a/x.yaml/y", "");
    library_.find("a/x", folders(), diagnostics_);
    EXPECT_THAT(said(), ::testing::HasSubstr("Is a directory"));
}

TEST_F(LibraryTest, AnUnknownNameIsToldWithTheNearest) {
    write("one/eastron/sdm120.yaml", small);
    EXPECT_EQ(unknown_profile("eastron/sdm210", folders()),
              "there is no profile eastron/sdm210; did you mean \"eastron/sdm120\"?");
    EXPECT_EQ(unknown_profile("quite/another", folders()),
              "there is no profile quite/another; `fieldway profiles list` tells which there are");
    EXPECT_EQ(unknown_profile("a/b", {"/nonexistent"}),
              "there is no profile a/b, and no other: looked into /nonexistent; name yours with "
              "gateway.profile_dirs");
}

}  // namespace
}  // namespace fieldway::profile
