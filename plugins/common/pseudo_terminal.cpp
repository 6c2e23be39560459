#include "common/pseudo_terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace fieldway::common {

Result<PseudoTerminal> PseudoTerminal::open() {
    PseudoTerminal line;
    std::array<char, 64> name{};
    line.far_.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!line.far_.valid() || ::grantpt(line.far()) != 0 || ::unlockpt(line.far()) != 0 ||
        ::ptsname_r(line.far(), name.data(), name.size()) != 0) {
        return Error::stop_device(
            fmt::format("cannot make a pseudo-terminal: {}", std::strerror(errno)));
    }
    line.path_ = name.data();
    line.near_.reset(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios settings{};
    if (!line.near_.valid() || ::tcgetattr(line.near_.get(), &settings) != 0) {
        return Error::stop_device(fmt::format("cannot open the pseudo-terminal {}: {}", line.path_,
                                              std::strerror(errno)));
    }
    ::cfmakeraw(&settings);  // or the terminal would echo and edit the lines of a program that does
                             // not set it
    ::tcsetattr(line.near_.get(), TCSANOW, &settings);
    return line;
}

void PseudoTerminal::unplug() {
    far_.reset();
    near_.reset();
}

}  // namespace fieldway::common
