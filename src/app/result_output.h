// Where a verb's results go: standard output, or a file; a full disk is an error, not a silence.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fieldway::app {

class ResultOutput {
  public:
    /// Standard output.
    ResultOutput() = default;
    /// The file is made when it is not there; what is in it stays until begin().
    static Result<ResultOutput> to_file(const std::filesystem::path& path);
    ~ResultOutput();
    ResultOutput(ResultOutput&& other) noexcept;
    ResultOutput& operator=(ResultOutput&&) = delete;

    /// Results come now: a file is emptied.
    void begin();
    /// False once something could not be written: it makes no sense to go on.
    bool write(std::string_view text);
    /// Everything is written, or why not.
    Result<> finish();

  private:
    void note(bool good);

    std::FILE* file_ = stdout;
    std::string name_ = "standard output";
    int failed_ = 0;  ///< errno of the first failure
};

}  // namespace fieldway::app
