#include "base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/quantity_text.h"
#include "base/unique_fd.h"

namespace fieldway {

namespace {

Error file_error(const std::filesystem::path& path, int number) {
    std::string sentence = "cannot read " + path.string() + ": " + std::strerror(number);
    if (number == EACCES) sentence += "; let the user that runs fieldway read it";
    return Error::stop_device(std::move(sentence));
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return file_error(path, errno);
    std::string text;
    char buffer[16384];
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return file_error(path, errno);
        if (got == 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > limit) {
            return Error::stop_device(path.string() + " has more than " + size_text(limit) +
                                      ", the most that is read");
        }
    }
}

Result<std::string> read_secret_file(const std::filesystem::path& path) {
    auto text = read_text_file(path, 64 * 1024);
    if (!text) return text;
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    if (text->empty()) {
        return Error::stop_device(path.string() + " is empty; it must hold the secret");
    }
    return text;
}

bool readable_by_others(const std::filesystem::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

std::string others_may_read(const std::filesystem::path& path) {
    return "others may read " + path.string() + "; take it from them: chmod o-r " + path.string();
}

}  // namespace fieldway
