#include "app/book_files.h"

#include <cerrno>
#include <future>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "support/memory_file_system.h"

namespace fieldway::app {
namespace {

/// A disk that answers when the test lets it.
class GatedDisk final : public FileSystem {
  public:
    explicit GatedDisk(std::shared_ptr<test::MemoryFileSystem> behind)
        : behind_(std::move(behind)) {}
    void shut() {
        gate_ = std::promise<void>();
        open_ = gate_.get_future().share();
    }
    void let_go() { gate_.set_value(); }

    FileResult<> make_folder(const std::filesystem::path& folder) override {
        if (open_.valid()) open_.wait();
        return behind_->make_folder(folder);
    }
    FileResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Open how) override {
        return behind_->open(path, how);
    }
    FileResult<> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override {
        return behind_->rename(from, to);
    }
    FileResult<> remove(const std::filesystem::path& path) override {
        return behind_->remove(path);
    }
    FileResult<> sync_folder(const std::filesystem::path& folder) override {
        return behind_->sync_folder(folder);
    }
    FileResult<std::vector<std::string>> list(const std::filesystem::path& folder) override {
        return behind_->list(folder);
    }
    FileResult<std::unique_ptr<FolderLock>> lock(const std::filesystem::path& path) override {
        return behind_->lock(path);
    }
    FileResult<std::uint64_t> free_space(const std::filesystem::path& folder) override {
        return behind_->free_space(folder);
    }

  private:
    const std::shared_ptr<test::MemoryFileSystem> behind_;
    std::promise<void> gate_;
    std::shared_future<void> open_;
};

class BookFilesTest : public testing::Test {
  protected:
    BookFilesTest() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_);
        sink->set_pattern("%l %v");
        log_ = Log(std::make_shared<spdlog::logger>("test", std::move(sink)), LogFormat::text);
        make(std::chrono::seconds(20));
    }
    void make(Duration patience) {
        files_ = std::make_unique<BookFiles>(core_, disk_, "/state/downlinks", log_, patience);
    }
    void write(const std::string& text) {
        text_ = text;
        files_->write(
            "A", [this] { return text_; }, [this] { ++stored_; });
    }
    bool run_until(const std::function<bool()>& happened) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!happened() && std::chrono::steady_clock::now() < end) {
            core_.restart();
            core_.run_one_for(std::chrono::milliseconds(20));
        }
        return happened();
    }
    [[nodiscard]] std::string on_disk() const {
        const Bytes bytes = memory_->content("/state/downlinks/A.json");
        return {bytes.begin(), bytes.end()};
    }

    boost::asio::io_context core_;
    std::ostringstream log_text_;
    Log log_;
    std::shared_ptr<test::MemoryFileSystem> memory_ = std::make_shared<test::MemoryFileSystem>();
    std::shared_ptr<GatedDisk> disk_ = std::make_shared<GatedDisk>(memory_);
    std::unique_ptr<BookFiles> files_;
    std::string text_;
    int stored_ = 0;
};

TEST_F(BookFilesTest, WhatIsStoredIsReadAgain) {
    EXPECT_EQ(files_->read("A"), "");
    write("one");
    ASSERT_TRUE(run_until([&] { return stored_ == 1; }));
    EXPECT_EQ(on_disk(), "one");
    write("two");
    ASSERT_TRUE(run_until([&] { return stored_ == 2 && files_->idle(); }));
    EXPECT_EQ(files_->read("A"), "two");
    EXPECT_EQ(files_->read("B"), "");
    EXPECT_EQ(log_text_.str(), "");
}

TEST_F(BookFilesTest, NothingIsStoredBeforeItIsOnTheDisk) {
    disk_->shut();
    write("one");
    write("two");  // waits, and is written as it is then
    write("three");
    core_.poll();
    EXPECT_EQ(stored_, 0);
    EXPECT_FALSE(files_->idle());
    disk_->let_go();
    ASSERT_TRUE(run_until([&] { return stored_ == 3 && files_->idle(); }));
    EXPECT_EQ(on_disk(), "three");
}

TEST_F(BookFilesTest, ADiskThatDoesNotAnswerHoldsNothingUp) {
    make(std::chrono::milliseconds(50));
    disk_->shut();
    write("one");
    ASSERT_TRUE(run_until([&] { return stored_ == 1; }));
    write("two");  // nobody waits again
    EXPECT_EQ(stored_, 2);
    EXPECT_NE(log_text_.str().find("error downlink.state"), std::string::npos);
    EXPECT_NE(log_text_.str().find("the disk does not answer"), std::string::npos);
    disk_->let_go();
    ASSERT_TRUE(run_until([&] { return files_->idle(); }));
    EXPECT_EQ(on_disk(), "two");
    EXPECT_NE(log_text_.str().find("info downlink.state"), std::string::npos);
    EXPECT_EQ(stored_, 2);
}

TEST_F(BookFilesTest, ADiskThatTakesNothingIsToldOnceAndWhenItWorksAgain) {
    memory_->fail_every(test::MemoryFileSystem::Call::sync, EIO);
    for (int i = 1; i <= 3; ++i) {
        write("one");
        ASSERT_TRUE(run_until([&] { return stored_ == i && files_->idle(); }));
    }
    EXPECT_EQ(log_text_.str().find("downlink.state"), log_text_.str().rfind("downlink.state"));
    memory_->fail_every(test::MemoryFileSystem::Call::sync, 0);
    write("two");
    ASSERT_TRUE(run_until([&] { return stored_ == 4 && files_->idle(); }));
    EXPECT_EQ(on_disk(), "two");
    EXPECT_NE(log_text_.str().find("info downlink.state: what was commanded is remembered again"),
              std::string::npos);
}

TEST_F(BookFilesTest, TheOldBookStaysWhenTheNewOneCannotBeWritten) {
    write("one");
    ASSERT_TRUE(run_until([&] { return stored_ == 1; }));
    memory_->fail_every(test::MemoryFileSystem::Call::rename, ENOSPC);
    write("two");
    ASSERT_TRUE(run_until([&] { return stored_ == 2; }));
    EXPECT_EQ(files_->read("A"), "one");
}

}  // namespace
}  // namespace fieldway::app
