// What the machine says of its own clock.
#pragma once

namespace fieldway {

struct TimeServiceState {
    bool present = false;       ///< something on this machine keeps the clock, and tells
    bool synchronised = false;  ///< the clock was set by it, or by whoever told the kernel so
    friend bool operator==(const TimeServiceState&, const TimeServiceState&) = default;
};

/// Asks the kernel and looks for the run-time folders of systemd-timesyncd, chrony and ntpd: no
/// disk, no bus, microseconds. Thread: any.
TimeServiceState time_service_state();

}  // namespace fieldway
