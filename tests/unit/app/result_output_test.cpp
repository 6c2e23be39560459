#include "app/result_output.h"

#include <string>

#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway::app {
namespace {

TEST(ResultOutput, WhatWasThereStaysUntilResultsCome) {
    const test::TempFolder folder;
    const auto path = test::write_file(folder.path() / "export", "of yesterday");
    {
        auto out = ResultOutput::to_file(path);
        ASSERT_TRUE(out);
    }
    EXPECT_EQ(test::read_file(path), "of yesterday");
    auto out = ResultOutput::to_file(path);
    ASSERT_TRUE(out);
    out->begin();
    EXPECT_TRUE(out->write("new"));
    EXPECT_TRUE(out->finish());
    EXPECT_EQ(test::read_file(path), "new");
}

TEST(ResultOutput, AFullDiskIsAnError) {
    auto out = ResultOutput::to_file("/dev/full");
    ASSERT_TRUE(out);
    out->begin();
    out->write("x");
    const auto finished = out->finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().text(), "/dev/full cannot be written: No space left on device");
    EXPECT_FALSE(out->write("y")) << "nothing more is written after a failure";
}

TEST(ResultOutput, AFileThatCannotBeMadeIsAnError) {
    const test::TempFolder folder;
    const auto out = ResultOutput::to_file(folder.path() / "none" / "export");
    ASSERT_FALSE(out);
    EXPECT_NE(out.error().text().find("No such file or directory"), std::string::npos);
}

}  // namespace
}  // namespace fieldway::app
