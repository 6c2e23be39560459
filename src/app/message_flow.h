// INPUT -Reading-> intake -> MAPPING -Message-> QUEUE: the stations joined, and the clock of
// interval messages.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/device_table.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread_guard.h"
#include "input/host.h"
#include "queue/queue.h"

namespace fieldway::app {

/// The state of an input as its plugin told it last.
struct InputStatus {
    std::string state = "starting";
    std::string reason;
    boost::json::object details;
    WallTime since{};
};

/// Thread: core.
class MessageFlow final : public input::Intake {
  public:
    using OnAccepted =
        std::function<void(std::uint64_t origin, std::uint64_t token, input::Acceptance)>;

    struct Dependencies {
        boost::asio::io_context& core;
        DeviceTable& devices;
        queue::Queue& queue;
        const Clock& clock;
        Log log;
        std::map<std::string, std::uint64_t> message_bytes;  ///< the most, by uplink
    };
    explicit MessageFlow(Dependencies dependencies);

    /// Whom to tell what became of readings that asked.
    void on_accepted(OnAccepted listener) { *accepted_ = std::move(listener); }
    /// Interval messages begin.
    void start();
    /// What messages are still gathering goes to the queue as it is; then none is made any more.
    void stop();

    void on_readings(input::Arrival arrival) override;
    void on_state(const input::StateChange& change) override;

    [[nodiscard]] const std::map<std::string, InputStatus>& inputs() const { return inputs_; }

  private:
    /// One arrival's wait for its messages: shared by the callbacks of its appends.
    struct Waiting;

    void append(Device& device, Message message, const std::shared_ptr<Waiting>& waiting);
    void refuse(Device& device, const std::string& why);
    void fail_devices(const std::string& input, WallTime now);
    void plan_interval(Device& device, const Timestamp& now);
    void run_device(Device& device, const Timestamp& now);
    void run_intervals();
    void arm_timer();

    Dependencies with_;
    // Shared: weakly with what is on its way (answers of the queue, the timer), which finds it gone
    // when the flow is.
    std::shared_ptr<OnAccepted> accepted_ = std::make_shared<OnAccepted>();
    ThreadGuard guard_;
    std::map<std::string, InputStatus> inputs_;
    std::set<std::pair<MonotonicTime, DeviceNumber>> intervals_;
    boost::asio::steady_timer timer_;
    std::vector<std::optional<MonotonicTime>>
        planned_;  ///< by device number: its place in intervals_
    MonotonicTime looked_at_{};
    bool stopped_ = false;
};

}  // namespace fieldway::app
