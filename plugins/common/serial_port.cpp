#include "common/serial_port.h"

#include <fcntl.h>
#include <linux/serial.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/port_holder.h"
#include "common/port_permission.h"

namespace fieldway::common {
namespace {

namespace fs = std::filesystem;

/// Numbers below this stay free for what opens files now and then; purely for tidiness in
/// /proc/PID/fd.
constexpr int first_slot = 3;
constexpr std::size_t most_ports_named = 3;

std::string reason_of(int error) {
    return std::strerror(error);
}

std::string ports_that_exist() {
    std::string names;
    std::size_t count = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/dev/serial/by-id", ignored)) {
        if (++count > most_ports_named) return names + ", ...";
        if (!names.empty()) names += ", ";
        names += entry.path().string();
    }
    return names;
}

Error not_there(const std::string& path) {
    const std::string others = ports_that_exist();
    if (others.empty()) {
        return Error::retry(
            fmt::format("there is no port {}: is the adapter plugged in? (ls /dev/serial/by-id "
                        "lists those that are)",
                        path));
    }
    return Error::retry(fmt::format(
        "there is no port {}: plug it in, or name one that is there: {}", path, others));
}

Error busy(const std::string& path, const std::string& holder) {
    // A gateway asks its devices for whoever asks it; that needs its configuration or its socket.
    const char* ask_it = holder.ends_with("(fieldway)")
                             ? "; if that is the gateway, ask through it: --config with its file, "
                               "or --control with its socket"
                             : "";
    return Error::retry(fmt::format(
        "{} is in use by {}: one program at a time can own a serial line{}", path, holder, ask_it));
}

Error open_error(int error, const std::string& path) {
    switch (error) {
        case ENOENT:
            return not_there(path);
        case EACCES:
        case EPERM:
            return Error::stop_device(
                fmt::format("no permission to open {}: {}", path, permission_remedy(path)));
        case EBUSY: {
            const UniqueFd place(
                ::open(path.c_str(), O_PATH | O_CLOEXEC));  // EBUSY does not hold for its name
            return busy(path, holder_of(place.get()));
        }
        case ENXIO:
        case ENODEV:
        case EIO:
            return Error::retry(
                fmt::format("nothing answers behind {} ({}): plug the adapter in again", path,
                            reason_of(error)));
        default:
            return Error::retry(fmt::format("cannot open {}: {}", path, reason_of(error)));
    }
}

Error not_a_terminal(int descriptor, const std::string& path) {
    struct stat status {};
    ::fstat(descriptor, &status);
    const char* kind = S_ISREG(status.st_mode)    ? "a file"
                       : S_ISFIFO(status.st_mode) ? "a pipe"
                       : S_ISCHR(status.st_mode)  ? "a device, but no terminal"
                                                  : "something else";
    return Error::stop_device(
        fmt::format("{} is {}: a serial port is asked for, as /dev/ttyUSB0", path, kind));
}

std::optional<speed_t> speed_of(std::uint32_t baud) {
    switch (baud) {
        case 50:
            return B50;
        case 75:
            return B75;
        case 110:
            return B110;
        case 134:
            return B134;
        case 150:
            return B150;
        case 200:
            return B200;
        case 300:
            return B300;
        case 600:
            return B600;
        case 1200:
            return B1200;
        case 1800:
            return B1800;
        case 2400:
            return B2400;
        case 4800:
            return B4800;
        case 9600:
            return B9600;
        case 19200:
            return B19200;
        case 38400:
            return B38400;
        case 57600:
            return B57600;
        case 115200:
            return B115200;
        case 230400:
            return B230400;
        case 460800:
            return B460800;
        case 500000:
            return B500000;
        case 576000:
            return B576000;
        case 921600:
            return B921600;
        case 1000000:
            return B1000000;
        case 1152000:
            return B1152000;
        case 1500000:
            return B1500000;
        case 2000000:
            return B2000000;
        case 2500000:
            return B2500000;
        case 3000000:
            return B3000000;
        case 3500000:
            return B3500000;
        case 4000000:
            return B4000000;
        default:
            return std::nullopt;
    }
}

tcflag_t size_flag(unsigned data_bits) {
    switch (data_bits) {
        case 5:
            return CS5;
        case 6:
            return CS6;
        case 7:
            return CS7;
        default:
            return CS8;
    }
}

termios raw_mode(termios settings, const LineFormat& format, speed_t speed) {
    ::cfmakeraw(&settings);
    settings.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS | HUPCL);
    settings.c_cflag |= CREAD | CLOCAL | size_flag(format.data_bits);
    settings.c_iflag &= ~static_cast<tcflag_t>(INPCK | IXOFF | IXANY);
    if (format.parity != Parity::none) {
        settings.c_cflag |= PARENB;
        settings.c_iflag |=
            INPCK;  // a character with wrong parity becomes a zero: the checksum then finds it
    }
    if (format.parity == Parity::odd) settings.c_cflag |= PARODD;
    if (format.stop_bits == 2) settings.c_cflag |= CSTOPB;
    settings.c_cc[VMIN] = 1;  // with 0, a read of nothing would look like a port that is gone
    settings.c_cc[VTIME] = 0;
    ::cfsetispeed(&settings, speed);
    ::cfsetospeed(&settings, speed);
    return settings;
}

bool is_raw(const termios& settings) {
    return (settings.c_lflag & (ICANON | ECHO | ISIG)) == 0 && (settings.c_oflag & OPOST) == 0;
}

/// Of a line with a wire; the driver of pseudo-terminals takes 8 bits and no parity only, and
/// nobody misses them there.
bool has_format_of(const termios& has, const termios& wanted) {
    constexpr tcflag_t shape = CSIZE | PARENB | PARODD | CSTOPB;
    return ::cfgetospeed(&has) == ::cfgetospeed(&wanted) &&
           (has.c_cflag & shape) == (wanted.c_cflag & shape);
}

bool is_pseudo_terminal(int descriptor) {
    constexpr unsigned first_major = 136;  // Unix98 slaves, Documentation/admin-guide/devices.txt
    constexpr unsigned last_major = 143;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return false;
    return major(status.st_rdev) >= first_major && major(status.st_rdev) <= last_major;
}

/// Characters at once instead of after the driver's collecting time (16 ms with FTDI); not every
/// driver has it.
void ask_for_low_latency(int descriptor) {
    serial_struct line{};
    if (::ioctl(descriptor, TIOCGSERIAL, &line) != 0) return;
    line.flags |= ASYNC_LOW_LATENCY;
    (void)::ioctl(descriptor, TIOCSSERIAL, &line);
}

Result<> switch_rs485_on(int descriptor, const std::string& path) {
    serial_rs485 mode{};
    mode.flags = SER_RS485_ENABLED | SER_RS485_RTS_ON_SEND;
    if (::ioctl(descriptor, TIOCSRS485, &mode) == 0) return {};
    return Error::stop_device(
        fmt::format("the driver of {} has no RS-485 mode ({}): set rs485 to off; adapters with "
                    "automatic direction do not need it",
                    path, reason_of(errno)));
}

UniqueFd low_descriptor() {
    const UniqueFd anything(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!anything.valid()) return UniqueFd();
    UniqueFd slot(::fcntl(anything.get(), F_DUPFD_CLOEXEC, first_slot));
    if (slot.get() >= select_limit) slot.reset();
    return slot;
}

}  // namespace

SerialPort::SerialPort(SerialSettings settings)
    : settings_(std::move(settings)), slot_(low_descriptor()) {}

SerialPort::~SerialPort() {
    close();
}

Result<> SerialPort::open() {
    close();
    if (!slot_.valid()) slot_ = low_descriptor();
    if (!slot_.valid()) {
        return Error::retry(fmt::format(
            "no descriptor below {} is free for {}: start the gateway again (lines take "
            "theirs first), or split it",
            select_limit, settings_.path));
    }
    const UniqueFd opened(
        ::open(settings_.path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid()) return open_error(errno, settings_.path);
    if (::isatty(opened.get()) != 1) return not_a_terminal(opened.get(), settings_.path);
    if (auto done = configure(opened.get()); !done) return done.error();
    if (::dup3(opened.get(), slot_.get(), O_CLOEXEC) < 0) {
        return Error::retry(fmt::format("cannot take {}: {}", settings_.path, reason_of(errno)));
    }
    open_ = true;
    return {};
}

Result<> SerialPort::configure(int descriptor) {
    if (auto done = lock(descriptor); !done) return done.error();

    const LineFormat& format = settings_.format;
    const std::optional<speed_t> speed = speed_of(format.baud);
    if (!speed) {
        return Error::stop_device(fmt::format("{} baud is no standard rate: the next one is {}",
                                              format.baud, nearest_standard_baud(format.baud)));
    }
    termios before{};
    termios after{};
    if (::tcgetattr(descriptor, &before) != 0) return open_error(errno, settings_.path);
    const termios wanted = raw_mode(before, format, *speed);
    // It succeeds when it could do any of it, and says "invalid" of a driver that takes no parity
    // only when nothing else was to be changed: so the port is asked what it did.
    if (::tcsetattr(descriptor, TCSANOW, &wanted) != 0 && errno != EINVAL) {
        return Error::stop_device(fmt::format("{} cannot be set to {}: {}", settings_.path,
                                              to_text(format), reason_of(errno)));
    }
    if (::tcgetattr(descriptor, &after) != 0) return open_error(errno, settings_.path);
    if (!is_raw(after) || (!is_pseudo_terminal(descriptor) && !has_format_of(after, wanted))) {
        return Error::stop_device(
            fmt::format("the driver of {} cannot do {}: choose what both it and the devices can",
                        settings_.path, to_text(format)));
    }
    if (settings_.kernel_rs485) {
        if (auto done = switch_rs485_on(descriptor, settings_.path); !done) return done.error();
    }
    ask_for_low_latency(descriptor);
    ::tcflush(descriptor, TCIOFLUSH);
    return {};
}

Result<> SerialPort::lock(int descriptor) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0)
        return busy(settings_.path, holder_of(descriptor));
    // The mark stays on a pseudo-terminal when its holder is killed, and would lock everybody out
    // for good.
    if (is_pseudo_terminal(descriptor)) return {};
    int marked = 0;  // root gets past the mark and has to ask for it
    if (::ioctl(descriptor, TIOCGEXCL, &marked) == 0 && marked != 0)
        return busy(settings_.path, holder_of(descriptor));
    marked_exclusive_ = ::ioctl(descriptor, TIOCEXCL) == 0;
    return {};
}

void SerialPort::close() {
    if (!open_) return;
    open_ = false;
    if (std::exchange(marked_exclusive_, false)) (void)::ioctl(slot_.get(), TIOCNXCL);
    // Replacing closes the port and keeps its number in one step. Without /dev/null the number is
    // given up.
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing.valid() || ::dup3(nothing.get(), slot_.get(), O_CLOEXEC) < 0) slot_.reset();
}

void SerialPort::discard_input() {
    if (open_) ::tcflush(slot_.get(), TCIFLUSH);
}

}  // namespace fieldway::common
