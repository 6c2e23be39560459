// The file named on the command line and all that it includes.
#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/node.h"

namespace fieldway::config {

/// The number of files that one configuration may be made of.
inline constexpr std::size_t most_files = 10'000;
inline constexpr std::size_t most_include_depth = 8;

struct SourceFile {
    std::filesystem::path path;
    std::string name;  ///< as diagnostics show it: relative as the first file was named
    Node root;         ///< ${NAME} replaced
};

/// A deque: places point to `name`.
using Files = std::deque<SourceFile>;

/// Reads the file and those that its `include` names: globs relative to the including file, each
/// one's matches in alphabetical order, every file once. A file that is not there, a file that
/// includes itself and a pattern that is no text are errors; a glob without matches is not.
Files read_files(const std::filesystem::path& first, const Environment& environment,
                 Diagnostics& diagnostics);

/// As read_files(), the first file's text given: for tests and fuzzers.
Files read_files(const std::filesystem::path& first, const std::string& text,
                 const Environment& environment, Diagnostics& diagnostics);

}  // namespace fieldway::config
