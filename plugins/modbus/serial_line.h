// The thread of one serial line: asks the poller, uses the bus, opens the port again when it comes
// back.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "common/wake_event.h"
#include "modbus/line.h"
#include "modbus/line_delivery.h"
#include "modbus/poller.h"
#include "modbus/serial_bus.h"

namespace fieldway::modbus {

/// Everything that the control thread wants goes through a queue to the line's thread, which alone
/// touches poller, bus and delivery. What a driver hangs in (open, close) hangs this line alone:
/// leave() then says so at its deadline.
class SerialLine final : public Line {
  public:
    /// A port that went away is looked for at least this often.
    static constexpr Duration most_between_opens = std::chrono::milliseconds(1500);
    /// Wishes of the control thread that may wait for a line; beyond it a command is answered as
    /// refused.
    static constexpr std::size_t most_wishes = 1024;

    SerialLine(const LineOptions& options, Random random);
    /// After every input has left.
    ~SerialLine() override;
    SerialLine(SerialLine&&) = delete;

    [[nodiscard]] const LineOptions& options() const override { return options_; }
    void join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) override;
    void update(InputKey key, std::vector<DeviceOptions> devices) override;
    void submit(InputKey key, wire::Command command) override;
    bool leave(InputKey key, MonotonicTime deadline) override;

  private:
    struct Join {
        InputKey key;
        sdk::Host host;
        std::vector<DeviceOptions> devices;
    };
    struct Update {
        InputKey key;
        std::vector<DeviceOptions> devices;
    };
    struct Submit {
        InputKey key;
        wire::Command command;
    };
    struct Leave {
        InputKey key;
    };
    struct End {};
    using Wish = std::variant<Join, Update, Submit, Leave, End>;

    void post(Wish wish);
    // The line's thread.
    void run();
    void fulfil_wishes();
    void fulfil(Join& wish);
    void fulfil(Update& wish);
    void fulfil(Submit& wish);
    void fulfil(Leave& wish);
    void fulfil(End& wish);
    void open_when_due();
    void lose_port(const std::string& reason);
    [[nodiscard]] bool nobody_is_left();
    void work();
    void wait_until(MonotonicTime time);
    void deliver();

    const LineOptions options_;
    SystemClock clock_;
    common::WakeEvent wake_;  ///< a wish came
    common::WakeEvent
        stop_;  ///< the bus shall not wait for its answer: nobody is left who wants it

    std::mutex mutex_;  // guards wishes_, members_ and left_
    std::deque<Wish> wishes_;
    std::vector<std::pair<InputKey, sdk::Host>> members_;  ///< as the control thread knows them
    std::vector<InputKey> left_;                           ///< the line's thread has let go of them
    std::condition_variable left_changed_;

    // Of the line's thread.
    Random random_;
    Backoff reopen_;
    MonotonicTime open_at_{};
    LineFigures figures_;
    SerialBus bus_;
    Poller poller_;
    LineDelivery delivery_;
    PollerOutput out_;
    bool ending_ = false;

    std::thread thread_;
};

}  // namespace fieldway::modbus
