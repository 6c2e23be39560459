// A disk in memory that loses what was not synced, fills up, and fails when it is told to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/file_system.h"

namespace fieldway::test {

/// What is written is seen at once, and is on the device after sync(); a name after sync_folder().
/// crash() keeps of everything else a random part, as a disk does that writes in the order it
/// likes. Only one folder deep: names are whole paths. Thread: one at a time.
class MemoryFileSystem final : public FileSystem {
  public:
    MemoryFileSystem();
    ~MemoryFileSystem() override;
    /// Empty and sound again; open files and locks are dead.
    void clear();

    FileResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Open how) override;
    FileResult<> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override;
    FileResult<> remove(const std::filesystem::path& path) override;
    FileResult<> sync_folder(const std::filesystem::path& folder) override;
    FileResult<> make_folder(const std::filesystem::path& folder) override;
    FileResult<std::vector<std::string>> list(const std::filesystem::path& folder) override;
    FileResult<std::unique_ptr<FolderLock>> lock(const std::filesystem::path& path) override;
    FileResult<std::uint64_t> free_space(const std::filesystem::path& folder) override;

    /// The calls that may fail, and are counted: every one, reads too.
    enum class Call : std::uint8_t {
        open,
        write,
        read,
        sync,
        allocate,
        truncate,
        rename,
        remove,
        sync_folder,
        make_folder,
        list,
        lock,
    };
    [[nodiscard]] std::uint64_t calls() const { return calls_; }

    /// The k-th call from now on (0: the next) fails with this errno, once.
    void fail_call(std::uint64_t k, int number);
    /// From the k-th call on nothing reaches the disk any more and every call fails: the process
    /// was killed, or the power went.
    void stop_at_call(std::uint64_t k) { stop_at_ = calls_ + k; }
    [[nodiscard]] bool stopped() const { return stop_at_ && calls_ > *stop_at_; }
    /// Every call of this kind fails with this errno; 0: none.
    void fail_every(Call call, int number);
    void set_read_only(bool read_only) { read_only_ = read_only; }
    /// Bytes of all files together.
    void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }

    /// Power cut: of what was not synced a random part stays. All open files and locks are dead.
    void crash(std::mt19937_64& random);
    /// kill -9: the process is gone, the disk keeps all.
    void kill();

    // What a test does to files behind the store's back.
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] Bytes content(const std::filesystem::path& path) const;
    void set_content(const std::filesystem::path& path, Bytes bytes);
    [[nodiscard]] std::uint64_t used() const;

  private:
    struct Node;
    class MemoryFile;
    class MemoryLock;
    using NodePtr = std::shared_ptr<Node>;  // by names and by open files

    std::optional<FileError> fails(Call call, const std::filesystem::path& path, bool writes);
    void begin_new_life();

    std::map<std::string, NodePtr> names_;   ///< as the process sees them
    std::map<std::string, NodePtr> synced_;  ///< as a crash leaves them at least
    std::set<std::string> folders_;
    std::set<std::string> locks_;
    std::uint64_t life_ = 0;  ///< files and locks of an earlier one are dead
    std::uint64_t calls_ = 0;
    std::map<std::uint64_t, int> planned_;
    std::optional<std::uint64_t> stop_at_;
    std::map<Call, int> every_;
    bool read_only_ = false;
    std::uint64_t capacity_ = ~std::uint64_t{0};
};

}  // namespace fieldway::test
