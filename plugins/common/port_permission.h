// What to do about a serial port that the program may not open.
#pragma once

#include <string>
#include <string_view>

namespace fieldway::common {

/// Whose a port is, as its file says.
struct PortOwner {
    std::string device;  ///< without links: /dev/ttyUSB0
    std::string owner;   ///< root
    std::string group;   ///< dialout
    unsigned mode = 0;   ///< 0660
};

/// A group is advised only where it helps and gives no more than the port: never root, and never
/// one that may not read and write. Pure.
std::string permission_remedy(const PortOwner& port);

/// Of the port as it is now.
std::string permission_remedy(const std::string& path);

}  // namespace fieldway::common
