// Who has a serial port, so that "busy" names the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fieldway::common {

/// The process in a line of /proc/locks that holds a lock on the file of this device number and
/// inode; nothing where the line tells of another. Pure.
std::optional<long> lock_holder(std::string_view proc_locks, unsigned major, unsigned minor,
                                unsigned long inode);

/// `process 12345 (minicom)`, `this gateway, by another input`, or `another program` where /proc
/// does not tell us: who locked the file behind the descriptor, else who has it open.
std::string holder_of(int descriptor);

}  // namespace fieldway::common
