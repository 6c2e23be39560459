// What plugins make of bytes: the ABI's `decode`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "input/library.h"

namespace fieldway::input {

/// The kinds that a plugin decodes; none when it decodes nothing.
std::vector<std::string> decode_kinds(const PluginLibrary& plugin);
bool decodes(const PluginLibrary& plugin, std::string_view kind);

/// `words`: the kind and what follows it. The result is JSON text, an object a line.
Result<std::string> decode(const PluginLibrary& plugin, const std::vector<std::string>& words);

}  // namespace fieldway::input
