// What concerns the gateway as a whole: gateway, log, queue, admin.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "config/checker.h"
#include "flow/message.h"
#include "plugin_api/options.h"

namespace fieldway::config {

struct GatewayOptions {
    std::string name;
    double connects_per_second = 20;  ///< over all uplinks
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

enum class WhenFull : std::uint8_t {
    drop_oldest,
    drop_newest,
    thin,  ///< every second one of the oldest half
};

/// Limits of one lane; what the file does not say of it is the queue's own.
struct LaneOptions {
    Duration durability = std::chrono::seconds(1);    ///< how long a message may live in RAM alone
    std::uint64_t max_bytes = 1024ULL * 1024 * 1024;  ///< of files
    Duration max_age = std::chrono::hours(30 * 24);

    friend bool operator==(const LaneOptions&, const LaneOptions&) = default;
};

struct QueueOptions {
    std::uint64_t max_memory = 32 * 1024 * 1024;  ///< bytes
    WhenFull when_full = WhenFull::drop_oldest;
    std::uint64_t max_bytes = 1024ULL * 1024 * 1024;  ///< of files, all lanes together
    std::uint64_t device_max_bytes = 0;               ///< of one device; 0: no own limit
    double backlog_rate = 2000;  ///< messages a second over all devices when draining; 0: no limit
    std::string gap_subtopic = "gateway/gap";       ///< "": losses are counted and logged alone
    std::uint64_t dead_letters = 16 * 1024 * 1024;  ///< bytes of files
    bool compress = true;                           ///< stored frames by zstd, where it pays
    std::array<LaneOptions, all_lanes.size()> lanes{
        LaneOptions{.durability = Duration::zero()}, {}, {}};  ///< by Lane

    friend bool operator==(const QueueOptions&, const QueueOptions&) = default;
};

OptionTable gateway_table();
OptionTable log_table();
OptionTable queue_table();
OptionTable admin_table();

/// What the file does not say comes from `defaults`.
GatewayOptions make_gateway(const CheckedMap& checked, const GatewayOptions& defaults);
LogOptions make_log(const CheckedMap& checked);
QueueOptions make_queue(const CheckedMap& checked);

}  // namespace fieldway::config
