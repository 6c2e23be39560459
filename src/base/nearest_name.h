// "Did you mean": the known name closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fieldway {

/// The known name with the least edit distance (insert, delete, replace, swap of neighbours), or ""
/// when none is near enough to be a likely misspelling (more than a third of its letters differ).
std::string nearest_name(std::string_view name, std::span<const std::string> known);

}  // namespace fieldway
