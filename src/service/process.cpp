#include "service/process.h"

#include <grp.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

namespace fieldway::service {

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

void end_at_once_when_asked() {
    const auto end = [](int) { ::_exit(0); };
    std::signal(SIGTERM, end);
    std::signal(SIGINT, end);
}

void forbid_core_dumps() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::prctl(PR_SET_DUMPABLE, 0);
#endif
}

void give_back_memory() {
    ::malloc_trim(0);
}

Result<> become_owner_of(const std::filesystem::path& folder) {
    struct stat status {};
    if (::geteuid() != 0 || ::stat(folder.c_str(), &status) != 0 || status.st_uid == 0) return {};
    if (::setgroups(0, nullptr) != 0 || ::setgid(status.st_gid) != 0 ||
        ::setuid(status.st_uid) != 0) {
        return Error::drop_item("the rights of the owner of " + folder.string() +
                                " cannot be taken on: " + std::strerror(errno));
    }
    return {};
}

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
    return std::string(stream) ==
           std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

bool stderr_is_terminal() {
    return ::isatty(STDERR_FILENO) == 1;
}

}  // namespace fieldway::service
