// What the queue's store relies on, of the real disk.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace fieldway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PosixFileSystem, WritesPartsAndReadsThemBack) {
    const test::TempFolder folder;
    const auto files = make_posix_file_system();
    auto file = files->open(folder.path() / "a", FileSystem::Open::create_new);
    ASSERT_TRUE(file);
    const std::array<ByteView, 3> parts{as_bytes("ab"), ByteView(), as_bytes("cde")};
    ASSERT_TRUE((*file)->write_at(2, parts));
    ASSERT_TRUE((*file)->sync());
    Bytes out(10);
    EXPECT_EQ(*(*file)->read_at(3, out), 4U);
    EXPECT_EQ(as_text(ByteView(out).first(4)), "bcde");
    ASSERT_TRUE((*file)->allocate(10'000));
    EXPECT_EQ(*(*file)->size(), 10'000U);
    EXPECT_GE(*(*file)->space_taken(), 10'000U);
    ASSERT_TRUE((*file)->truncate(3));
    EXPECT_EQ(*(*file)->size(), 3U);
}

TEST(PosixFileSystem, ErrorsNameTheCallTheFileAndTheReason) {
    const test::TempFolder folder;
    const auto files = make_posix_file_system();
    const auto missing = files->open(folder.path() / "none", FileSystem::Open::read);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().number, ENOENT);
    EXPECT_THAT(missing.error().sentence, HasSubstr("cannot open"));
    EXPECT_THAT(missing.error().sentence, HasSubstr("none"));
    ASSERT_TRUE(files->open(folder.path() / "a", FileSystem::Open::create_new));
    EXPECT_EQ(files->open(folder.path() / "a", FileSystem::Open::create_new).error().number,
              EEXIST);
}

TEST(PosixFileSystem, FoldersNamesAndRenames) {
    const test::TempFolder folder;
    const auto files = make_posix_file_system();
    const auto deep = folder.path() / "x" / "y";
    ASSERT_TRUE(files->make_folder(deep));
    ASSERT_TRUE(files->make_folder(deep));
    ASSERT_TRUE(files->open(deep / "b", FileSystem::Open::create_new));
    ASSERT_TRUE(files->open(deep / "a", FileSystem::Open::create_new));
    EXPECT_THAT(*files->list(deep), ElementsAre("a", "b"));
    ASSERT_TRUE(files->rename(deep / "b", deep / "a"));
    EXPECT_THAT(*files->list(deep), ElementsAre("a"));
    ASSERT_TRUE(files->sync_folder(deep));
    ASSERT_TRUE(files->remove(deep / "a"));
    EXPECT_THAT(*files->list(folder.path()), ElementsAre());
    EXPECT_GT(*files->free_space(deep), 0U);
}

TEST(PosixFileSystem, AReplacedFileIsWholeAndNothingStaysBeside) {
    const test::TempFolder folder;
    const auto files = make_posix_file_system();
    const auto path = folder.path() / "a";
    ASSERT_TRUE(files->open(folder.path() / "a.new", FileSystem::Open::create_new));
    ASSERT_TRUE(replace_file(*files, path, as_bytes("longer than the next")));
    ASSERT_TRUE(replace_file(*files, path, as_bytes("short")));
    EXPECT_EQ(test::read_file(path), "short");
    EXPECT_THAT(*files->list(folder.path()), ElementsAre("a"));
    ASSERT_TRUE(files->make_folder(folder.path() / "b" / "c"));  // cannot be replaced by a file
    EXPECT_FALSE(replace_file(*files, folder.path() / "b", as_bytes("short")));
    EXPECT_THAT(*files->list(folder.path()), ElementsAre("a"));
}

TEST(PosixFileSystem, OneHolderOfALock) {
    const test::TempFolder folder;
    const auto files = make_posix_file_system();
    auto first = files->lock(folder.path() / "lock");
    ASSERT_TRUE(first);
    EXPECT_EQ(files->lock(folder.path() / "lock").error().number, EWOULDBLOCK);
    first->reset();
    EXPECT_TRUE(files->lock(folder.path() / "lock"));
}

}  // namespace
}  // namespace fieldway
