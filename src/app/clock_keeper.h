// The clock that the gateway uses: the machine's, and what is known of it.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock_trust.h"
#include "base/log.h"
#include "config/gateway_options.h"
#include "queue/store.h"
#include "uplink/background.h"

namespace fieldway::app {

/// Looks at the clock every second, says when it is settled, set, or not to be believed, and keeps
/// the last time that was right over restarts. Thread: core; what is of Clock: any.
class ClockKeeper final : public Clock {
  public:
    /// What is asked of the machine; a test has its own.
    using Ask = std::function<TimeServiceState()>;

    struct Surroundings {
        boost::asio::io_context& core;
        const Clock& machine;
        Log log;
        Ask ask = time_service_state;
    };
    ClockKeeper(Surroundings around, const config::GatewayOptions& options);

    /// It is settled, was set, or is believed no more.
    void on_change(std::function<void()> listener) { listener_ = std::move(listener); }
    void start();
    void stop();
    /// One sentence, of a clock that is not settled.
    [[nodiscard]] std::string reason() const;

    [[nodiscard]] MonotonicTime monotonic() const override { return around_.machine.monotonic(); }
    [[nodiscard]] WallTime wall() const override { return around_.machine.wall(); }
    [[nodiscard]] ClockState clock_state() const override { return state_; }
    [[nodiscard]] bool settled(MonotonicTime at) const override {
        return at.time_since_epoch().count() >= settled_since_;
    }

    /// Of one offset, which is renewed when the clock settles or is set.
    [[nodiscard]] std::optional<WallTime> wall_of(MonotonicTime then) const override;
    /// As an earlier run kept it; not of one that slept, as its monotonic times do not tell when.
    [[nodiscard]] std::optional<queue::BootTime> last_boot() const;

  private:
    void look();
    void note_sleep(MonotonicTime now);
    void tell(const ClockTrust::Verdict& verdict) const;
    void keep_good_time();
    void arm_timer();

    const Surroundings around_;
    const std::filesystem::path file_;
    std::optional<uplink::Background> files_;  ///< from start() on
    const std::optional<GoodTime> last_good_;
    ClockTrust trust_;
    boost::asio::steady_timer timer_;
    std::function<void()> listener_;
    std::optional<MonotonicTime> kept_at_;
    std::atomic<ClockState> state_ = ClockState::unsynchronised;
    std::atomic<Duration::rep> settled_since_;  ///< the largest: it is not
    std::atomic<std::int64_t> ahead_ms_ = 0;    ///< of wall before monotonic, of a settled clock
    Duration asleep_;                           ///< at the last look
    std::atomic<Duration::rep> awake_since_ = std::numeric_limits<Duration::rep>::min();
};

}  // namespace fieldway::app
