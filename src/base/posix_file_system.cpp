// The file system of the machine, call by call.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file_system.h"
#include "base/unique_fd.h"

namespace fieldway {

namespace {

FileError failed(const char* call, const std::filesystem::path& path, int number) {
    return {number, std::string(call) + " " + path.string() + ": " + std::strerror(number)};
}

/// Calls until a signal does not interrupt it.
template <class Call>
auto unless_interrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

class PosixFile final : public File {
  public:
    PosixFile(UniqueFd fd, std::filesystem::path path)
        : fd_(std::move(fd)), path_(std::move(path)) {}

    FileResult<> write_at(std::uint64_t offset, std::span<const ByteView> parts) override {
        std::vector<iovec> left;
        left.reserve(parts.size());
        for (const ByteView part : parts) {
            // pwritev does not write through it.
            if (!part.empty())
                left.push_back({const_cast<std::uint8_t*>(part.data()), part.size()});
        }
        auto next = left.begin();
        while (next != left.end()) {
            const auto count = std::min<std::ptrdiff_t>(left.end() - next, most_parts);
            const ssize_t done = unless_interrupted([&] {
                return ::pwritev(fd_.get(), &*next, static_cast<int>(count),
                                 static_cast<off_t>(offset));
            });
            if (done < 0) return failed("cannot write", path_, errno);
            if (done == 0) return failed("cannot write", path_, ENOSPC);
            offset += static_cast<std::uint64_t>(done);
            next = skip(next, static_cast<std::size_t>(done));
        }
        return {};
    }

    FileResult<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
        std::size_t got = 0;
        while (got < out.size()) {
            const ssize_t done = unless_interrupted([&] {
                return ::pread(fd_.get(), out.data() + got, out.size() - got,
                               static_cast<off_t>(offset + got));
            });
            if (done < 0) return failed("cannot read", path_, errno);
            if (done == 0) break;
            got += static_cast<std::size_t>(done);
        }
        return got;
    }

    FileResult<> sync() override {
        // Not again after EINTR or anything else: what failed to reach the disk is forgotten.
        if (::fdatasync(fd_.get()) < 0) return failed("cannot sync", path_, errno);
        return {};
    }

    FileResult<> allocate(std::uint64_t size) override {
        const int done = unless_interrupted(
            [&] { return ::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size)); });
        if (done == 0) return {};
        if (errno != EOPNOTSUPP) return failed("cannot allocate", path_, errno);
        const auto now = this->size();  // no fallocate here: at least the length
        if (!now) return now.error();
        return *now >= size ? FileResult<>() : truncate(size);
    }

    FileResult<> truncate(std::uint64_t size) override {
        const int done =
            unless_interrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); });
        if (done < 0) return failed("cannot truncate", path_, errno);
        return {};
    }

    FileResult<std::uint64_t> size() override {
        struct stat status {};
        if (::fstat(fd_.get(), &status) < 0) return failed("cannot examine", path_, errno);
        return static_cast<std::uint64_t>(status.st_size);
    }

    FileResult<std::uint64_t> space_taken() override {
        struct stat status {};
        if (::fstat(fd_.get(), &status) < 0) return failed("cannot examine", path_, errno);
        return static_cast<std::uint64_t>(status.st_blocks) * 512;  // stat(2): units of 512 bytes
    }

  private:
    static constexpr std::ptrdiff_t most_parts = 1024;  // IOV_MAX of Linux

    static std::vector<iovec>::iterator skip(std::vector<iovec>::iterator next, std::size_t done) {
        while (done > 0 && done >= next->iov_len) {
            done -= next->iov_len;
            ++next;
        }
        if (done > 0) {
            next->iov_base = static_cast<std::uint8_t*>(next->iov_base) + done;
            next->iov_len -= done;
        }
        return next;
    }

    UniqueFd fd_;
    const std::filesystem::path path_;
};

class PosixLock final : public FolderLock {
  public:
    explicit PosixLock(UniqueFd fd) : fd_(std::move(fd)) {}

  private:
    UniqueFd fd_;
};

UniqueFd open_file(const std::filesystem::path& path, int flags) {
    return UniqueFd(
        unless_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0640); }));
}

class PosixFileSystem final : public FileSystem {
  public:
    FileResult<std::unique_ptr<File>> open(const std::filesystem::path& path, Open how) override {
        const int flags = how == Open::read    ? O_RDONLY
                          : how == Open::write ? O_RDWR
                                               : O_RDWR | O_CREAT | O_EXCL;
        UniqueFd fd = open_file(path, flags | O_NOFOLLOW);
        if (!fd.valid()) return failed("cannot open", path, errno);
        return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
    }

    FileResult<> rename(const std::filesystem::path& from,
                        const std::filesystem::path& to) override {
        if (::rename(from.c_str(), to.c_str()) < 0) return failed("cannot rename", from, errno);
        return {};
    }

    FileResult<> remove(const std::filesystem::path& path) override {
        if (::unlink(path.c_str()) < 0) return failed("cannot remove", path, errno);
        return {};
    }

    FileResult<> sync_folder(const std::filesystem::path& folder) override {
        const UniqueFd fd = open_file(folder, O_RDONLY | O_DIRECTORY);
        if (!fd.valid()) return failed("cannot open", folder, errno);
        if (::fsync(fd.get()) < 0) return failed("cannot sync", folder, errno);
        return {};
    }

    FileResult<> make_folder(const std::filesystem::path& folder) override {
        std::filesystem::path path;
        for (const auto& part : folder) {
            path /= part;
            if (::mkdir(path.c_str(), 0750) == 0 || errno == EEXIST) continue;
            const int number = errno;
            struct stat status {};  // a read-only or foreign parent that is there is no error
            if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) continue;
            return failed("cannot make", path, number);
        }
        return {};
    }

    FileResult<std::vector<std::string>> list(const std::filesystem::path& folder) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator at(folder, error);
        const std::filesystem::directory_iterator end;
        while (!error && at != end) {
            std::error_code gone;
            if (at->symlink_status(gone).type() == std::filesystem::file_type::regular) {
                names.push_back(at->path().filename().string());
            }
            at.increment(error);
        }
        if (error) return failed("cannot list", folder, error.value());
        std::sort(names.begin(), names.end());
        return names;
    }

    FileResult<std::unique_ptr<FolderLock>> lock(const std::filesystem::path& path) override {
        UniqueFd fd = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
        if (!fd.valid() && errno == EROFS) fd = open_file(path, O_RDONLY | O_NOFOLLOW);
        if (!fd.valid()) return failed("cannot open", path, errno);
        const int done = unless_interrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); });
        if (done < 0) return failed("cannot lock", path, errno);
        return std::unique_ptr<FolderLock>(std::make_unique<PosixLock>(std::move(fd)));
    }

    FileResult<std::uint64_t> free_space(const std::filesystem::path& folder) override {
        struct statvfs status {};
        if (::statvfs(folder.c_str(), &status) < 0) return failed("cannot examine", folder, errno);
        return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
    }
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() {
    return std::make_unique<PosixFileSystem>();
}

}  // namespace fieldway
