// The store's small files: acknowledgement journal, snapshot and ballast. What they hold is decided
// elsewhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/file_system.h"

namespace fieldway::queue {

inline constexpr std::string_view ballast_name = "ballast";

/// On a full disk the ballast gives way to what is written here. Thread: that of the store.
class StateFiles {
  public:
    StateFiles(FileSystem& files, std::filesystem::path folder, std::uint64_t& written_bytes)
        : files_(files), folder_(std::move(folder)), written_bytes_(written_bytes) {}

    /// What an earlier run left: it takes room, and its ballast gives way like one of ours.
    void take_over();

    FileResult<> write_snapshot(ByteView bytes);

    /// The journal has grown to several times what it says, or cannot be appended to.
    [[nodiscard]] bool journal_wants_rewriting() const;
    FileResult<> append_to_journal(ByteView entries);
    /// With its header.
    FileResult<> rewrite_journal(ByteView all);

    [[nodiscard]] bool has_ballast() const { return ballast_bytes_ > 0; }
    /// It gave way since the disk was full, and there is none since.
    [[nodiscard]] bool spent_ballast() const { return ballast_spent_; }
    FileResult<> make_ballast(std::uint64_t size);
    /// False when there was none.
    bool drop_ballast();

    /// What the three take of the disk.
    [[nodiscard]] std::uint64_t file_bytes() const;

  private:
    std::uint64_t size_of(std::string_view name);
    FileResult<> replace(std::string_view name, ByteView bytes);
    FileResult<> replace_once(std::string_view name, ByteView bytes);

    FileSystem& files_;
    const std::filesystem::path folder_;
    std::uint64_t& written_bytes_;
    std::unique_ptr<File> journal_;  ///< nothing: to be written anew
    std::uint64_t journal_bytes_ = 0;
    std::uint64_t journal_began_with_ = 0;  ///< bytes, when it was last written anew
    std::uint64_t snapshot_bytes_ = 0;
    std::uint64_t ballast_bytes_ = 0;
    bool ballast_spent_ = false;
};

}  // namespace fieldway::queue
