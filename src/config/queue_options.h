// Store and forward: what the queue may take, how long, and what gives way.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "config/checker.h"
#include "config/diagnostic.h"
#include "flow/message.h"
#include "plugin_api/options.h"

namespace fieldway::config {

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

OptionTable queue_table();
QueueOptions make_queue(const CheckedMap& checked, Diagnostics& diagnostics);

}  // namespace fieldway::config
