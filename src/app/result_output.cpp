#include "app/result_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace fieldway::app {

namespace {

Error not_written(const std::string& name, int error) {
    return Error::drop_item(name + " cannot be written: " + std::strerror(error));
}

}  // namespace

Result<ResultOutput> ResultOutput::to_file(const std::filesystem::path& path) {
    std::FILE* file = std::fopen(path.c_str(), "abe");
    if (file == nullptr) return not_written(path.string(), errno);
    ResultOutput output;
    output.file_ = file;
    output.name_ = path.string();
    return output;
}

ResultOutput::ResultOutput(ResultOutput&& other) noexcept
    : file_(std::exchange(other.file_, stdout)),
      name_(std::move(other.name_)),
      failed_(other.failed_) {}

ResultOutput::~ResultOutput() {
    if (file_ != stdout) std::fclose(file_);
}

void ResultOutput::begin() {
    // A device or a pipe has no length to set.
    if (file_ != stdout && ::ftruncate(::fileno(file_), 0) != 0 && errno != EINVAL) note(false);
}

bool ResultOutput::write(std::string_view text) {
    note(std::fwrite(text.data(), 1, text.size(), file_) == text.size());
    return failed_ == 0;
}

Result<> ResultOutput::finish() {
    note(std::fflush(file_) == 0);
    if (failed_ != 0) return not_written(name_, failed_);
    return {};
}

void ResultOutput::note(bool good) {
    if (!good && failed_ == 0) failed_ = errno;
}

}  // namespace fieldway::app
