// The durable queue of a gateway with all that it stands on: file system, store thread, timer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "config/gateway_config.h"
#include "queue/durable_queue.h"
#include "queue/store_thread.h"

namespace fieldway::app {

/// Names the time between two starts of the machine, within which monotonic times compare. Where
/// the kernel does not tell it is one of its own, as after a restart.
std::string boot_id(WallTime now);

/// Thread: core.
class QueueStation {
  public:
    /// `last_boot`: where it is known when that one was.
    QueueStation(boost::asio::io_context& core, const Clock& clock, Log log,
                 const config::GatewayConfig& config, std::optional<queue::BootTime> last_boot);

    /// Recovers what `state_dir`/queue holds; to be called before the first message is made. Waits
    /// for the disk: nothing else runs yet. An error: another gateway has the store, or the disk
    /// did not answer. A folder that cannot be used is no error but memory mode.
    Result<> open();
    [[nodiscard]] queue::DurableQueue& queue() { return queue_; }
    [[nodiscard]] const queue::DurableQueue& queue() const { return queue_; }
    /// Ends the store thread, after a flush. False: the disk hangs, and it was left alone.
    bool close(Duration within) { return thread_.stop(within); }

  private:
    void wake_at(MonotonicTime when);
    void tell_orphans() const;

    const Clock& clock_;
    const Log log_;
    const config::GatewayConfig& config_;
    const std::optional<queue::BootTime> last_boot_;
    queue::StoreThread thread_;
    boost::asio::steady_timer timer_;
    queue::DurableQueue queue_;
    // Handlers look whether we are still here. Shared: with those on their way.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

/// The streams that the configured devices' messages go to.
std::vector<queue::StreamKey> streams_of(const std::vector<config::DeviceOptions>& devices);

/// Warned of at the start: what waits for devices that the configuration does not have (any more).
/// Empty when there is nothing.
struct Orphans {
    std::uint64_t records = 0;
    std::vector<std::string> devices;  ///< sorted, each once
};
Orphans orphans_of(const queue::Queue& queue, const std::vector<config::DeviceOptions>& devices);

}  // namespace fieldway::app
