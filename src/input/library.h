// Plugins as shared libraries: found, loaded, or refused with the reason. The only file pair that
// uses dlopen.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plugin_api/abi.h"
#include "plugin_api/options.h"

namespace fieldway::input {

struct PluginLibrary {
    std::filesystem::path file;
    std::string name;  ///< of the plugin; of the file (without suffix) when refused
    std::string version;
    std::string summary;
    PluginTables tables;
    const fieldway_plugin_api* api = nullptr;  ///< null: refused
    std::string refused;                       ///< one sentence
};

/// Every `NAME.so` of the folders, by name, or those of these names alone: the others are not
/// looked at. A later folder's plugin of the same name is refused. Never dlclosed: threads and
/// thread-local destructors of a plugin may outlive any use of it.
std::vector<PluginLibrary> find_plugins(
    const std::vector<std::filesystem::path>& folders,
    const std::optional<std::set<std::string>>& names = std::nullopt);

/// What a loaded library says of itself, or why it is refused; apart from loading, so that a test
/// can hand in any.
PluginLibrary inspect_plugin(const std::filesystem::path& file, const fieldway_plugin_api* api);

}  // namespace fieldway::input
