// All sessions of all uplinks: one per device id, each drawing from the queue.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/gateway_config.h"
#include "flow/downlink.h"
#include "queue/queue.h"
#include "uplink/engine.h"

namespace fieldway::uplink {

/// Which device connects through which uplink.
struct SessionPlan {
    DeviceId device;
    std::string uplink;
    friend auto operator<=>(const SessionPlan&, const SessionPlan&) = default;
};

/// What a session's subscription gave.
struct DownlinkFigures {
    std::string state;           ///< subscribed, refused ...; "" where there is no subscription
    std::string reason;          ///< why there are no downlinks; one sentence
    std::uint64_t received = 0;  ///< handed on
    std::uint64_t dropped = 0;   ///< they came faster than they were taken
    std::uint64_t foreign = 0;   ///< of topics that were not subscribed
};

struct SessionStatus {
    DeviceId device;
    std::string uplink;
    std::string state;   ///< connecting, up, waiting, refused ...
    std::string reason;  ///< one sentence, redacted
    std::uint64_t published = 0;
    std::uint64_t acknowledged = 0;
    std::uint32_t in_flight = 0;
    WallTime since{};  ///< of the state
    DownlinkFigures downlinks{};
};

/// Thread: core.
class Pool {
  public:
    virtual ~Pool() = default;
    /// Sessions begin to connect, paced. Called again with another configuration it applies the
    /// difference.
    virtual void configure(const std::vector<config::UplinkOptions>& uplinks,
                           const std::vector<SessionPlan>& sessions) = 0;
    /// The clock is settled, was set, or is believed no more.
    virtual void clock_changed() = 0;
    [[nodiscard]] virtual std::vector<SessionStatus> status() const = 0;
    /// Stops drawing from the queue, waits for open acknowledgements at most until the deadline,
    /// disconnects; then calls `stopped` on the core thread.
    virtual void stop(MonotonicTime deadline, std::function<void()> stopped) = 0;
};

struct PoolDependencies {
    boost::asio::io_context& core;
    queue::Queue& queue;
    Engine& engine;
    const Clock& clock;
    Log log;
    std::uint64_t seed = 0;           ///< of the jitter
    double connects_per_second = 20;  ///< over all uplinks
    double backlog_rate = 2000;       ///< messages a second over all devices; 0: no limit
    /// Called on the core thread, from the loop; empty: downlinks are dropped.
    std::function<void(Downlink)> downlink{};
    /// Blocking, called on a background thread; empty: the system's.
    std::function<Result<std::vector<std::string>>(const std::string& host)> look_up{};
};
std::unique_ptr<Pool> make_pool(PoolDependencies dependencies);

/// The engine on Paho; it must outlive the pool. To be made before other threads are: it takes
/// http_proxy and https_proxy out of the environment (docs/decisions/0004-paho.md). Events are
/// posted to `core`.
std::unique_ptr<Engine> make_paho_engine(boost::asio::io_context& core, const Clock& clock,
                                         Log log);

}  // namespace fieldway::uplink
