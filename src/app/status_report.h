// What `fieldway status` shows, as JSON. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "app/device_table.h"
#include "app/message_flow.h"
#include "config/gateway_config.h"
#include "queue/browser.h"
#include "uplink/pool.h"

namespace fieldway::app {

struct StatusSources {
    const config::GatewayConfig& config;
    const DeviceTable& devices;
    const std::map<std::string, InputStatus>& inputs;
    boost::json::object input_figures;  ///< by input, as the host counts
    std::vector<uplink::SessionStatus> sessions;
    queue::QueueFigures queue;
    Timestamp started;
    Timestamp now;
    /// Of a device's commands; empty where there is nothing to tell.
    std::function<boost::json::object(const DeviceId&)> commands{};
    ClockState clock = ClockState::settled;
    std::string clock_reason{};  ///< why it is not settled
};

/// { gateway: {name, version, started, uptime_s}, inputs: [...], devices: [...], sessions: [...],
/// queue: {...} }. docs/operations.md lists the members.
boost::json::object status_report(const StatusSources& sources);

/// The same for a person: a few short tables.
std::string status_table(const boost::json::object& report);

}  // namespace fieldway::app
