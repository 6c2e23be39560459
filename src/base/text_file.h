// Small text files read whole: configuration, secrets.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/error.h"

namespace fieldway {

/// The whole file, or an error that names it and says why (not there, no permission, a folder, over
/// `limit`).
Result<std::string> read_text_file(const std::filesystem::path& path, std::size_t limit);

/// A secret's text: as above, one trailing line end removed, at most 64 KiB, not empty.
Result<std::string> read_secret_file(const std::filesystem::path& path);
/// Whether others than owner and group may read the file (mode o+r).
bool readable_by_others(const std::filesystem::path& path);
/// What to say of a secret that is.
std::string others_may_read(const std::filesystem::path& path);

}  // namespace fieldway
