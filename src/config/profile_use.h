// The seam between the loader and the device library: what is asked when a device names a profile.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/node.h"
#include "plugin_api/options.h"

namespace fieldway::config {

/// A device's entry that has the key `profile`.
struct ProfileUse {
    const Node& device;
    const std::vector<std::filesystem::path>& folders;  ///< gateway.profile_dirs, then our own
    std::string plugin;            ///< of the device's input; empty when that is not known
    const OptionTable& of_points;  ///< what that plugin's points have beside the common keys
};

/// The entry with the profile below its own keys, every node with the place where it really stands.
/// What is wrong with the name or the profile goes to `diagnostics`. The places live as long as the
/// one who was asked. (profile::Library; config stands to its left and cannot name it.)
using MergeProfile = std::function<Node(const ProfileUse& use, Diagnostics& diagnostics)>;

}  // namespace fieldway::config
