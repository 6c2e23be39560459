// The way of one device to its broker, step by step, for a person who asks why it does not get
// there. Not for the running gateway: it blocks, and it logs in with the device's own client id.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"
#include "flow/device_id.h"

namespace fieldway::uplink {

/// One step of the way.
struct DoctorStep {
    enum class Outcome : std::uint8_t {
        good,
        warned,   ///< it works, and somebody should look at it
        failed,   ///< and so the later steps were not tried
        skipped,  ///< `found` says why
    };
    std::string name;  ///< name, tcp, tls, clock, credentials, login, subscription
    Outcome outcome = Outcome::good;
    Duration took{};
    std::string found;   ///< one sentence, without secrets
    std::string remedy;  ///< what to do; empty where nothing is
    std::vector<std::string> details;
};
std::string_view name_of(DoctorStep::Outcome outcome);

struct DoctorQuestion {
    const config::UplinkOptions& uplink;
    DeviceId device;
    /// Why the login is not tried (the running gateway has the session: a second login would take
    /// it over); empty: it is tried.
    std::string no_login{};
    Duration patience = std::chrono::seconds(10);  ///< for each step
};

/// Each step is told when it is done. Thread: one; blocks.
std::vector<DoctorStep> examine(const DoctorQuestion& question, const Clock& clock,
                                const std::function<void(const DoctorStep&)>& on_step);

}  // namespace fieldway::uplink
