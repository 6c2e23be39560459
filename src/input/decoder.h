// What a plugin makes of bytes: the ABI's `decode`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "input/library.h"

namespace fieldway::input {

/// Whether the plugin's decoder knows the kind.
bool decodes(const PluginLibrary& plugin, std::string_view kind);

/// `words[0]` is the kind. JSON text, an object a line. Thread: any, one at a time for each plugin.
Result<std::string> decode(const PluginLibrary& plugin, const std::vector<std::string>& words);

}  // namespace fieldway::input
