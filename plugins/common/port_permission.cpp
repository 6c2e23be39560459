#include "common/port_permission.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include <fmt/format.h>

namespace fieldway::common {
namespace {

constexpr const char* usual_group = "dialout";
constexpr std::size_t entry_room = 4096;

std::string name_of_user(uid_t number) {
    std::array<char, entry_room> buffer{};
    passwd entry{};
    passwd* found = nullptr;
    const int failed = ::getpwuid_r(number, &entry, buffer.data(), buffer.size(), &found);
    return failed == 0 && found != nullptr ? found->pw_name : fmt::format("user {}", number);
}

std::string name_of_group(gid_t number) {
    std::array<char, entry_room> buffer{};
    group entry{};
    group* found = nullptr;
    const int failed = ::getgrgid_r(number, &entry, buffer.data(), buffer.size(), &found);
    return failed == 0 && found != nullptr ? found->gr_name : std::to_string(number);
}

std::string join_group(const std::string& group) {
    return fmt::format(
        "add the user of this program to the group {} (usermod -aG {} USER) and start it again",
        group, group);
}

}  // namespace

std::string permission_remedy(const PortOwner& port) {
    constexpr unsigned group_may = S_IRGRP | S_IWGRP;
    const bool open_to_group = (port.mode & group_may) == group_may;
    if (open_to_group && port.group != "root") return join_group(port.group);
    const std::string whose = open_to_group
                                  ? "it is open to root alone"
                                  : fmt::format("it is open to its owner {} alone", port.owner);
    // No rule of udev reaches a pseudo-terminal: it is whoever's program made it.
    if (port.device.starts_with("/dev/pts/"))
        return fmt::format("{}: run this program as the same user", whose);
    const std::string name = std::filesystem::path(port.device).filename();
    return fmt::format(
        "{}: write SUBSYSTEM==\"tty\", KERNEL==\"{}\", GROUP=\"{}\", MODE=\"0660\" into "
        "/etc/udev/rules.d/60-fieldway.rules, run `udevadm control --reload` and `udevadm "
        "trigger`, and {}",
        whose, name, usual_group, join_group(usual_group));
}

std::string permission_remedy(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return join_group(usual_group);
    std::error_code failed;
    const std::filesystem::path device = std::filesystem::canonical(path, failed);
    return permission_remedy({failed ? path : device.string(), name_of_user(status.st_uid),
                              name_of_group(status.st_gid), status.st_mode});
}

}  // namespace fieldway::common
