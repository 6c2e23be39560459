#include "base/clock_trust.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace fieldway {

using std::chrono::milliseconds;

namespace {

std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    return number;
}

}  // namespace

std::string to_text(const GoodTime& good) {
    return fmt::format("{} {} {} {}\n", good.boot, good.time.monotonic.time_since_epoch().count(),
                       good.time.wall.time_since_epoch().count(), good.asleep.count());
}

std::optional<GoodTime> parse_good_time(std::string_view text) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space == 0) return std::nullopt;
    GoodTime good{std::string(text.substr(0, space)), {}, {}};
    text.remove_prefix(space + 1);
    const auto monotonic = take_number(text);
    const auto wall = take_number(text);
    const auto asleep = take_number(text);
    if (!monotonic || !wall || !asleep || text != "\n") return std::nullopt;
    good.asleep = milliseconds(*asleep);
    good.time = {MonotonicTime(Duration(*monotonic)), WallTime(milliseconds(*wall))};
    return good;
}

ClockTrust::ClockTrust(TrustMode mode, std::string boot, std::optional<GoodTime> last)
    : mode_(mode), boot_(std::move(boot)), last_(std::move(last)) {}

bool ClockTrust::plausible(WallTime wall, bool synchronised) const {
    if (wall < never_before) return false;
    // A time service is believed also where it says that the last one was wrong.
    return synchronised || !last_ || wall >= last_->time.wall;
}

bool ClockTrust::was_right_in_this_boot(const Timestamp& now) const {
    if (!last_ || last_->boot != boot_ || now.monotonic < last_->time.monotonic) return false;
    const auto passed = now.monotonic - last_->time.monotonic;
    const auto drift = std::chrono::duration_cast<milliseconds>(passed * most_drift) + least_step;
    const milliseconds moved = wall_ahead(now) - wall_ahead(last_->time);
    return moved <= drift && moved >= -drift;
}

ClockTrust::Verdict ClockTrust::look(const Timestamp& now, const TimeServiceState& service) {
    Verdict verdict;
    const milliseconds ahead = wall_ahead(now);
    const milliseconds moved = state_ ? ahead - ahead_ : milliseconds(0);
    if (moved >= least_step || moved <= -least_step) verdict.step = moved;
    ahead_ = ahead;
    const bool stepped = verdict.step != milliseconds(0);
    service_seen_ = service_seen_ || service.present;
    const bool automatic = mode_ == TrustMode::automatic;
    const bool nobody_to_ask = automatic && !service_seen_;
    const bool set_by_hand = automatic && !service.present && stepped;
    const bool told =
        mode_ == TrustMode::system || service.synchronised || nobody_to_ask || set_by_hand;
    // A service that comes up later is asked.
    const bool still = state_ == ClockState::settled && !stepped && (nobody_to_ask || !by_absence_);
    if (!plausible(now.wall, service.synchronised)) {
        verdict.state = ClockState::implausible;
    } else if (told || still || (!stepped && was_right_in_this_boot(now))) {
        verdict.state = ClockState::settled;
    }
    by_absence_ = verdict.state == ClockState::settled && nobody_to_ask && !service.synchronised;
    verdict.changed = verdict.state != state_;
    if (verdict.state == ClockState::settled && (verdict.changed || stepped)) {
        // At the first look: it was right before, too.
        since_ = state_ ? now.monotonic : MonotonicTime::min();
    }
    verdict.since = since_;
    state_ = verdict.state;
    if (service.synchronised && verdict.state == ClockState::settled)
        good_ = GoodTime{boot_, now, {}};
    return verdict;
}

}  // namespace fieldway
