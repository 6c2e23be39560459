// The device library: profiles found by name in folders, read once, merged into devices.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/node.h"
#include "config/profile_use.h"

namespace fieldway::profile {

/// The file `eastron/sdm120.yaml` of a folder, as it stands there.
struct Profile {
    std::string name;  ///< eastron/sdm120
    std::filesystem::path file;
    std::string shown;  ///< the file as places show it; they point here
    config::Node root;  ///< null when it could not be read

    std::string maker;
    std::string model;
    std::string plugin;
    std::vector<std::string> source;
    std::vector<std::string> notes;
};

/// Whether a text is MAKER/MODEL: lower-case letters, digits, `-`, `_` and `.` on both sides of one
/// slash, no side beginning with a dot. Nothing else is ever made a path of.
bool is_profile_name(std::string_view text);

/// Reads a profile when it is first asked for, and tells what is wrong with it then. Lives as long
/// as the places of what it gave. Thread: any, one at a time.
class Library {
  public:
    using Folders = std::vector<std::filesystem::path>;

    /// The profiles of all folders, by name; of several with one name the first folder's.
    [[nodiscard]] static std::map<std::string, std::filesystem::path> list(const Folders& folders);

    /// The profile, or null when no folder has it. One that is faulty is given as far as it could
    /// be read.
    const Profile* find(const std::string& name, const Folders& folders,
                        config::Diagnostics& diagnostics);

    /// config::MergeProfile.
    config::Node merge(const config::ProfileUse& use, config::Diagnostics& diagnostics);

  private:
    const Profile& read(const std::string& name, const std::filesystem::path& file,
                        config::Diagnostics& diagnostics);

    std::map<std::filesystem::path, std::unique_ptr<Profile>> profiles_;
};

/// The sentence about a name that no folder has, with the nearest that there is.
std::string unknown_profile(const std::string& name, const Library::Folders& folders);

}  // namespace fieldway::profile
