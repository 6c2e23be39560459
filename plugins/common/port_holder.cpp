#include "common/port_holder.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

namespace fieldway::common {
namespace {

namespace fs = std::filesystem;

std::string named(long pid) {
    if (pid == ::getpid()) return "this gateway, by another input";
    std::string command;
    std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)) >> std::ws, command);
    return fmt::format("process {} ({})", pid, command);
}

/// For programs that do not lock: whoever has it open (of those that /proc shows to us).
std::optional<long> who_has_open(const fs::path& device) {
    std::error_code failed;
    for (const auto& process : fs::directory_iterator("/proc", failed)) {
        const std::string name = process.path().filename();
        long pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{})
            continue;
        if (pid == ::getpid()) continue;
        std::error_code hidden;  // another user's process
        for (const auto& file : fs::directory_iterator(process.path() / "fd", hidden)) {
            std::error_code gone;
            if (fs::read_symlink(file.path(), gone) == device) return pid;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<long> lock_holder(std::string_view proc_locks, unsigned major, unsigned minor,
                                unsigned long inode) {
    // 1: FLOCK  ADVISORY  WRITE 4711 00:18:5 0 EOF
    const std::string wanted = fmt::format("{:02x}:{:02x}:{}", major, minor, inode);
    std::istringstream lines{std::string(proc_locks)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string number;
        std::string kind;
        std::string advice;
        std::string access;
        std::string file;
        long pid = 0;
        words >> number >> kind >> advice >> access >> pid >> file;
        if (words && file == wanted && pid > 0) return pid;
    }
    return std::nullopt;
}

std::string holder_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return "another program";
    std::ifstream file("/proc/locks");
    const std::string locks((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    if (const auto pid =
            lock_holder(locks, major(status.st_dev), minor(status.st_dev), status.st_ino)) {
        return named(*pid);
    }
    std::error_code failed;
    const fs::path device = fs::read_symlink(fmt::format("/proc/self/fd/{}", descriptor), failed);
    if (failed) return "another program";
    const auto pid = who_has_open(device);
    return pid ? named(*pid) : "another program";
}

}  // namespace fieldway::common
