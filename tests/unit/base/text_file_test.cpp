#include "base/text_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class TextFile : public ::testing::Test {
  protected:
    TextFile() {
        std::string pattern = (fs::temp_directory_path() / "fieldway-text-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~TextFile() override { fs::remove_all(folder_); }
    [[nodiscard]] fs::path file(std::string_view text) const {
        std::ofstream(folder_ / "file") << text;
        return folder_ / "file";
    }
    fs::path folder_;
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
