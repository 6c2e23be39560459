#include "base/text_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class TextFile : public ::testing::Test {
  protected:
    [[nodiscard]] fs::path file(std::string_view text) const {
        return test::write_file(folder_ / "file", std::string(text));
    }
    const test::TempFolder own_;
    const fs::path folder_ = own_.path();
};

TEST_F(TextFile, IsReadWhole) {
    const std::string text(100'000, 'x');
    EXPECT_EQ(read_text_file(file(text), 100'000).value(), text);
}

TEST_F(TextFile, AnErrorNamesFileAndReason) {
    EXPECT_THAT(read_text_file("/nowhere/file", 10).error().sentence(),
                HasSubstr("cannot read /nowhere/file: No such file"));
    EXPECT_THAT(read_text_file(folder_, 10).error().sentence(), HasSubstr("Is a directory"));
    EXPECT_THAT(read_text_file(file("12345"), 4).error().sentence(),
                HasSubstr("has more than 4B, the most that is read"));
    EXPECT_FALSE(read_text_file("/dev/zero", 1000));
}

TEST_F(TextFile, ASecretLosesOneLineEnd) {
    EXPECT_EQ(read_secret_file(file("s3cret\n")).value(), "s3cret");
    EXPECT_EQ(read_secret_file(file("s3cret\r\n")).value(), "s3cret");
    EXPECT_EQ(read_secret_file(file(" s3cret\n\n")).value(), " s3cret\n");
    EXPECT_THAT(read_secret_file(file("\n")).error().sentence(), HasSubstr("is empty"));
}

TEST_F(TextFile, SaysWhoMayRead) {
    const fs::path path = file("x");
    ::chmod(path.c_str(), 0640);
    EXPECT_FALSE(readable_by_others(path));
    ::chmod(path.c_str(), 0644);
    EXPECT_TRUE(readable_by_others(path));
    EXPECT_FALSE(readable_by_others(folder_ / "none"));
}

}  // namespace
}  // namespace fieldway
