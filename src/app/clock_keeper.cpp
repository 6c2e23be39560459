#include "app/clock_keeper.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "app/queue_station.h"
#include "base/bytes.h"
#include "base/file_system.h"
#include "base/quantity_text.h"
#include "base/text_file.h"

namespace fieldway::app {

namespace {

constexpr Duration look_every = std::chrono::seconds(1);
/// A file of a few bytes: 24 writes a day.
constexpr Duration keep_every = std::chrono::hours(1);
constexpr std::size_t longest_file = 256;
constexpr Duration::rep never = std::numeric_limits<Duration::rep>::max();

std::optional<GoodTime> read_good_time(const std::filesystem::path& file) {
    const auto text = read_text_file(file, longest_file);
    return text ? parse_good_time(*text) : std::nullopt;
}

/// The two clocks are not read at the same moment: in a longer step the milliseconds mean nothing.
std::string step_text(std::chrono::milliseconds step) {
    constexpr std::chrono::seconds exact(10);
    if (step < exact) return to_text(Duration(step));
    return to_text(Duration(std::chrono::round<std::chrono::seconds>(step)));
}

}  // namespace

ClockKeeper::ClockKeeper(Surroundings around, const config::GatewayOptions& options)
    : around_(std::move(around)),
      file_(options.state_dir / "clock"),
      last_good_(read_good_time(file_)),
      trust_(options.clock_trust, boot_id(around_.machine.wall()), last_good_),
      timer_(around_.core),
      settled_since_(never),
      asleep_(around_.machine.asleep()) {
    look();  // before anything asks for the time
}

void ClockKeeper::start() {
    files_.emplace(around_.core, 1);
    keep_good_time();
    arm_timer();
}

void ClockKeeper::stop() {
    timer_.cancel();
    listener_ = {};
}

void ClockKeeper::arm_timer() {
    timer_.expires_after(look_every);
    timer_.async_wait([this](boost::system::error_code cancelled) {
        if (cancelled) return;
        look();
        arm_timer();
    });
}

void ClockKeeper::look() {
    // Asked first: what is said of the clock holds for a time that is read later.
    const TimeServiceState service = around_.ask();
    const Timestamp now{monotonic(), wall()};
    const ClockTrust::Verdict verdict = trust_.look(now, service);
    const bool settled = verdict.state == ClockState::settled;
    const bool news = verdict.changed || verdict.step != std::chrono::milliseconds(0);
    note_sleep(now.monotonic);
    if (settled && news) ahead_ms_ = wall_ahead(now).count();
    state_ = verdict.state;
    settled_since_ = settled ? verdict.since.time_since_epoch().count() : never;
    if (news) tell(verdict);
    if (news || !kept_at_ || now.monotonic - *kept_at_ >= keep_every) keep_good_time();
    if (news && listener_) listener_();
}

/// How long before the sleep something was, the monotonic times do not tell.
void ClockKeeper::note_sleep(MonotonicTime now) {
    constexpr Duration least = std::chrono::milliseconds(100);
    const Duration asleep = around_.machine.asleep();
    if (asleep - asleep_ > least) awake_since_ = now.time_since_epoch().count();
    asleep_ = asleep;
}

std::optional<WallTime> ClockKeeper::wall_of(MonotonicTime then) const {
    if (then.time_since_epoch().count() < awake_since_) return std::nullopt;
    return wall_at(then, std::chrono::milliseconds(ahead_ms_));
}

std::optional<queue::BootTime> ClockKeeper::last_boot() const {
    if (!last_good_ || last_good_->asleep != std::chrono::milliseconds(0)) return std::nullopt;
    return queue::BootTime{last_good_->boot, wall_ahead(last_good_->time)};
}

void ClockKeeper::tell(const ClockTrust::Verdict& verdict) const {
    const std::string_view state = name_of(verdict.state);
    const std::initializer_list<LogField> fields{{"state", state}};
    const auto step = verdict.step;
    if (step != std::chrono::milliseconds(0)) {
        const bool forward = step > std::chrono::milliseconds(0);
        around_.log.warning(
            "clock.set",
            fmt::format("the clock was set {} by {}: it is {}", forward ? "forward" : "back",
                        step_text(forward ? step : -step), rfc3339(wall())),
            fields);
    }
    if (!verdict.changed) return;
    if (verdict.state != ClockState::settled) {
        around_.log.warning("clock.doubt",
                            reason() +
                                "; what is measured meanwhile is stored, and leaves with "
                                "its true time once the clock is settled",
                            fields);
    } else if (verdict.since != MonotonicTime::min()) {
        around_.log.info("clock.settled", "the clock is settled: it is " + rfc3339(wall()), fields);
    }
}

std::string ClockKeeper::reason() const {
    switch (clock_state()) {
        case ClockState::settled:
            return "";
        case ClockState::unsynchronised:
            return "the clock says " + rfc3339(wall()) +
                   ", and no time service of this machine has set it yet";
        case ClockState::implausible:
            break;
    }
    return "the clock says " + rfc3339(wall()) +
           ", which has been long ago: set it, or let a time service do so";
}

void ClockKeeper::keep_good_time() {
    auto good = trust_.good_time();
    if (!good || !files_) return;
    good->asleep = std::chrono::duration_cast<std::chrono::milliseconds>(asleep_);
    const bool taken = files_->submit([file = file_, good = *good]() -> uplink::Background::Reply {
        // Where the disk does not take it, an older one does as well.
        static_cast<void>(replace_file(*make_posix_file_system(), file, as_bytes(to_text(good))));
        return [] {};
    });
    if (taken) kept_at_ = monotonic();
}

}  // namespace fieldway::app
