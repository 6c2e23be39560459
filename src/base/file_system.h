// The door to the disk for everything that must survive a crash: the few calls that the queue's
// store makes, so that a test can put a file system behind them that fails, fills up, or loses what
// was not synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

#include "base/bytes.h"

namespace fieldway {

/// What a call to the file system came to: `number` is an errno (ENOSPC, EROFS, EIO ...),
/// `sentence` names the call and the file.
struct FileError {
    FileError() = default;
    FileError(int its_number, std::string its_sentence)
        : number(its_number), sentence(std::move(its_sentence)) {}

    int number = 0;
    std::string sentence;
};
[[noreturn]] void throw_exception_from_error(const FileError& error,
                                             const boost::source_location& location);

template <class T = void>
using FileResult = boost::system::result<T, FileError>;

/// An open regular file. Thread: one at a time.
class File {
  public:
    virtual ~File() = default;

    /// Writes all parts, one behind the other, from `offset` on (pwritev): all, or an error after
    /// which any part of them may be there.
    virtual FileResult<> write_at(std::uint64_t offset, std::span<const ByteView> parts) = 0;
    /// As many bytes as there are, at most out.size(); fewer only at the end of the file.
    virtual FileResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
    /// What was written is on the device when this returns without an error (fdatasync). After an
    /// error nothing that was written since the last success can be relied on, whatever a later
    /// sync says.
    virtual FileResult<> sync() = 0;
    /// Space for the first `size` bytes is taken, without writing them (fallocate); the file is at
    /// least so long then and reads as zeros.
    virtual FileResult<> allocate(std::uint64_t size) = 0;
    virtual FileResult<> truncate(std::uint64_t size) = 0;
    virtual FileResult<std::uint64_t> size() = 0;
    /// What the file takes of the disk, in bytes (st_blocks).
    virtual FileResult<std::uint64_t> space_taken() = 0;
};

/// Held until it is destroyed, or the process ends in whatever way.
class FolderLock {
  public:
    virtual ~FolderLock() = default;
};

/// Paths are as given; no call follows a link out of its folder on purpose. Thread: one at a time.
class FileSystem {
  public:
    virtual ~FileSystem() = default;

    enum class Open : std::uint8_t {
        read,        ///< is there
        write,       ///< is there; read and written
        create_new,  ///< EEXIST when it is there; mode 0640
    };
    virtual FileResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Open how) = 0;
    /// Replaces `to` if it is there, atomically; durable after sync_folder.
    virtual FileResult<> rename(const std::filesystem::path& from,
                                const std::filesystem::path& to) = 0;
    virtual FileResult<> remove(const std::filesystem::path& path) = 0;
    /// Names in the folder are on the device when this returns (fsync of the folder).
    virtual FileResult<> sync_folder(const std::filesystem::path& folder) = 0;
    /// With parents, mode 0750; one that is there is no error.
    virtual FileResult<> make_folder(const std::filesystem::path& folder) = 0;
    /// Names of regular files, sorted.
    virtual FileResult<std::vector<std::string>> list(const std::filesystem::path& folder) = 0;
    /// An exclusive lock on the file `path`, which is made when it is not there (flock).
    /// EWOULDBLOCK when another process, or another holder in this one, has it.
    virtual FileResult<std::unique_ptr<FolderLock>> lock(const std::filesystem::path& path) = 0;
    /// Bytes that this process may still write there.
    virtual FileResult<std::uint64_t> free_space(const std::filesystem::path& folder) = 0;
};

/// The file is the old one or one with these bytes, whatever happens meanwhile: written beside it
/// as `path`.new, synced, renamed, and the folder synced. Nothing is left beside it after an error.
FileResult<> replace_file(FileSystem& files, const std::filesystem::path& path, ByteView bytes);

/// The real one.
std::unique_ptr<FileSystem> make_posix_file_system();

}  // namespace fieldway
