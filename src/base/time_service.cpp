#include "base/time_service.h"

#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace fieldway {

namespace {

/// What the kernel says when it does not know (linux/timex.h, NTP_PHASE_LIMIT), in microseconds.
/// This and not STA_UNSYNC is what timedatectl goes by: some services leave that flag set so that
/// the kernel does not write the real-time clock.
constexpr long unknown_error_us = 16'000'000;

constexpr std::array marks{"/run/systemd/timesync", "/run/chrony", "/run/chronyd.pid",
                           "/run/ntpd.pid", "/run/ntpsec"};
/// systemd-timesyncd touches it when it has set the clock, in this boot.
constexpr const char* timesyncd_has_set_it = "/run/systemd/timesync/synchronized";

bool is_there(const char* path) {
    return ::access(path, F_OK) == 0;
}

}  // namespace

TimeServiceState time_service_state() {
    timex kernel{};
    TimeServiceState state;
    state.synchronised = (::adjtimex(&kernel) >= 0 && kernel.maxerror < unknown_error_us) ||
                         is_there(timesyncd_has_set_it);
    state.present = state.synchronised || std::any_of(marks.begin(), marks.end(), is_there);
    return state;
}

}  // namespace fieldway
