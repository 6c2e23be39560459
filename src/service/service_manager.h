// The service manager (systemd) as sd_notify(3) speaks to it. Without one (no NOTIFY_SOCKET) every
// call does nothing.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace fieldway::service {

/// Thread: any.
class ServiceManager {
  public:
    /// The gateway runs: inputs are started, the control socket listens.
    void ready(std::string_view status) const;
    /// One line for `systemctl status`.
    void status(std::string_view status) const;
    void stopping() const;
    /// "We live"; to be called at least every half of watchdog_interval().
    void watchdog() const;
    /// WatchdogSec of the unit, when there is one.
    [[nodiscard]] static std::optional<Duration> watchdog_interval();
};

}  // namespace fieldway::service
