// What concerns the gateway as a whole: gateway, log, admin.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock_trust.h"
#include "base/log.h"
#include "config/checker.h"
#include "plugin_api/options.h"

namespace fieldway::config {

struct GatewayOptions {
    std::string name;
    double connects_per_second = 20;  ///< over all uplinks
    TrustMode clock_trust = TrustMode::automatic;
    std::filesystem::path state_dir;
    std::vector<std::filesystem::path> plugin_dirs;
    std::vector<std::filesystem::path> profile_dirs;  ///< the first that has a profile holds
    std::filesystem::path control_socket;

    friend bool operator==(const GatewayOptions&, const GatewayOptions&) = default;
};

enum class LogOutput : std::uint8_t { automatic, journald, text, json };

struct LogOptions {
    LogLevel level = LogLevel::info;
    LogOutput format = LogOutput::automatic;

    friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

OptionTable gateway_table();
OptionTable log_table();
OptionTable admin_table();

/// What the file does not say comes from `defaults`.
GatewayOptions make_gateway(const CheckedMap& checked, const GatewayOptions& defaults);
LogOptions make_log(const CheckedMap& checked);

}  // namespace fieldway::config
