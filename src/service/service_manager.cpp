#include "service/service_manager.h"

#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>

namespace fieldway::service {

namespace {

// Its result says whether a manager listened: nothing to do about it when it did not.
void notify(const std::string& text) {
    (void)::sd_notify(0, text.c_str());
}

}  // namespace

void ServiceManager::ready(std::string_view status) const {
    notify("READY=1\nSTATUS=" + std::string(status));
}
void ServiceManager::status(std::string_view status) const {
    notify("STATUS=" + std::string(status));
}
void ServiceManager::stopping() const {
    notify("STOPPING=1\nSTATUS=Stopping");
}
void ServiceManager::watchdog() const {
    notify("WATCHDOG=1");
}

std::optional<Duration> ServiceManager::watchdog_interval() {
    std::uint64_t microseconds = 0;
    if (::sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
    return std::chrono::microseconds(microseconds);
}

}  // namespace fieldway::service
