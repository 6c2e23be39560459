// When the wall clock is to be believed. Pure: what is seen of it comes in, a verdict goes out.
//
// A machine without a battery for its clock starts in the past, and is right some minutes later;
// what is measured before has the monotonic time alone. Once settled the clock stays so without its
// time service (an outage of weeks makes it seconds wrong), until somebody sets it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/time_service.h"

namespace fieldway {

/// gateway.clock.trust
enum class TrustMode : std::uint8_t {
    /// Synchronised where the machine has a time service that tells, else system. Where a service
    /// was seen and is there no more, somebody is about to set the clock by hand: a step settles
    /// it.
    automatic,
    synchronised,  ///< only a clock that a time service has set
    system,        ///< never asked
};

/// A time at which the clock was known to be right, kept over restarts.
struct GoodTime {
    std::string boot;  ///< id of the boot that `monotonic` belongs to
    Timestamp time;
    /// For so long the machine was suspended in that boot.
    std::chrono::milliseconds asleep{};
    friend bool operator==(const GoodTime&, const GoodTime&) = default;
};
std::string to_text(const GoodTime& good);
std::optional<GoodTime> parse_good_time(std::string_view text);

/// Thread: one.
class ClockTrust {
  public:
    /// No true clock says less: this program was not written then.
    static constexpr WallTime never_before{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
    /// A smaller difference of the two clocks is their drift, or a time service at work.
    static constexpr std::chrono::milliseconds least_step{500};
    /// By which a clock without a service may go wrong.
    static constexpr double most_drift = 500e-6;

    ClockTrust(TrustMode mode, std::string boot, std::optional<GoodTime> last);

    struct Verdict {
        ClockState state = ClockState::unsynchronised;
        bool changed = false;  ///< since the last look; true at the first
        /// The clock was set by so much since the last look.
        std::chrono::milliseconds step{0};
        /// What wall() said from then on can be believed; of a settled clock.
        MonotonicTime since{};
    };
    /// Wants to be asked every second or so: a step is seen that late.
    Verdict look(const Timestamp& now, const TimeServiceState& service);

    /// To be kept: the present time, if it was really told to be right.
    [[nodiscard]] std::optional<GoodTime> good_time() const { return good_; }

  private:
    [[nodiscard]] bool plausible(WallTime wall, bool synchronised) const;
    [[nodiscard]] bool was_right_in_this_boot(const Timestamp& now) const;

    TrustMode mode_;
    std::string boot_;
    std::optional<GoodTime> last_;  // of an earlier run
    std::optional<GoodTime> good_;
    std::optional<ClockState> state_;
    bool service_seen_ = false;
    bool by_absence_ = false;            // settled since there was nobody to ask
    std::chrono::milliseconds ahead_{};  // of wall before monotonic, at the last look
    MonotonicTime since_{};
};

}  // namespace fieldway
