// YAML text to a tree with places. The only file pair that includes yaml-cpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "config/node.h"

namespace fieldway::config {

/// Limits of one text. A thousand devices with twenty points each are about 3 MiB and 400,000
/// nodes.
inline constexpr std::size_t most_yaml_bytes = 16 * 1024 * 1024;
inline constexpr std::size_t most_yaml_nodes =
    2'000'000;  ///< aliases counted as what they stand for
inline constexpr int most_yaml_depth = 32;

/// The tree of a text; a null node when it is empty or no YAML. What is wrong goes to
/// `diagnostics`: the first error of syntax (nothing after it can be trusted), every duplicate key,
/// tags, aliases that do not end, a second document. `<<` merges mappings. `file` must outlive the
/// tree.
Node parse_yaml(std::string_view text, const std::string& file, Diagnostics& diagnostics);

}  // namespace fieldway::config
