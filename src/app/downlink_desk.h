// SESSION -Downlink-> COMMAND ROUTER -Command-> INPUT, and its outcome back to the queue: carries
// out what each device's router decides.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "app/book_files.h"
#include "app/device_table.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread_guard.h"
#include "config/gateway_config.h"
#include "downlink/device_router.h"
#include "input/host.h"
#include "queue/queue.h"

namespace fieldway::app {

/// Thread: core.
class DownlinkDesk {
  public:
    struct Dependencies {
        boost::asio::io_context& core;
        const config::GatewayConfig& config;
        DeviceTable& devices;
        input::Host& host;
        queue::Queue& queue;
        const Clock& clock;
        Log log;
    };
    explicit DownlinkDesk(Dependencies dependencies);
    ~DownlinkDesk();
    DownlinkDesk(const DownlinkDesk&) = delete;
    DownlinkDesk& operator=(const DownlinkDesk&) = delete;

    /// Reads what the last run remembered, from `state_dir`/downlinks, and tells what it left open.
    /// Waits for the disk: nothing else runs yet.
    void start();
    void arrived(const Downlink& downlink);

    /// What was commanded is on the disk, as far as it can be.
    [[nodiscard]] bool idle() const { return files_.idle(); }
    /// Of the device, for status; empty where it has no commands and no downlink came.
    [[nodiscard]] boost::json::object figures(const DeviceId& device) const;

  private:
    struct DeviceSlot;

    [[nodiscard]] std::uint64_t most_bytes_of(const config::DeviceOptions& device) const;
    void run(DeviceSlot& slot, const downlink::Actions& actions);
    void perform(DeviceSlot& slot, const downlink::action::Store& store);
    void perform(DeviceSlot& slot, const downlink::action::Submit& submit);
    void perform(DeviceSlot& slot, const downlink::action::Answer& answer);
    void perform(DeviceSlot& slot, const downlink::action::Tell& tell);

    Dependencies with_;
    ThreadGuard guard_;
    BookFiles files_;
    std::map<DeviceId, std::unique_ptr<DeviceSlot>> slots_;
    // Shared: answers on their way find it gone when we are.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace fieldway::app
