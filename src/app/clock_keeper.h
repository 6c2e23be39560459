// The clock that the gateway uses: the machine's, and what is known of it.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock_trust.h"
#include "base/log.h"
#include "config/gateway_options.h"
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

  private:
    void look();
    void tell(const ClockTrust::Verdict& verdict) const;
    void keep_good_time();
    void arm_timer();

    const Surroundings around_;
    const std::filesystem::path file_;
    std::optional<uplink::Background> files_;  ///< from start() on
    ClockTrust trust_;
    boost::asio::steady_timer timer_;
    std::function<void()> listener_;
    std::optional<MonotonicTime> kept_at_;
    std::atomic<ClockState> state_ = ClockState::unsynchronised;
    std::atomic<Duration::rep> settled_since_;  ///< the largest: it is not
};

}  // namespace fieldway::app
