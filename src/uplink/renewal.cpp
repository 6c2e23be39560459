#include "uplink/renewal.h"

#include <algorithm>
#include <random>

#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

Duration share_of(Duration whole, double share) {
    return std::chrono::duration_cast<Duration>(whole * share);
}

}  // namespace

Duration Renewal::margin(Duration life) const {
    return std::min(rules_.most_margin, share_of(life, rules_.margin_share));
}

void Renewal::made(MonotonicTime now, Duration life) {
    next_.reset();
    if (life > Duration::zero()) next_ = Token{life, now + life};
}

void Renewal::up() {
    preparing_ = false;
    begin_.reset();
    present_ = next_;
    next_.reset();
    if (!present_) return;
    const Duration most = share_of(present_->life, rules_.jitter_share);
    std::uniform_int_distribution<Duration::rep> jitter(0, most.count());
    begin_ = present_->end - margin(present_->life) - Duration(jitter(random_));
}

void Renewal::ends_at(MonotonicTime end) {
    if (!present_ || end >= present_->end) return;
    present_->end = end;
    if (begin_) begin_ = std::min(*begin_, end - margin(present_->life));
}

void Renewal::ended() {
    preparing_ = false;
    begin_.reset();
    present_.reset();
}

void Renewal::failed(MonotonicTime now) {
    preparing_ = false;
    begin_ = now + rules_.try_again;
}

bool Renewal::is_expiry(MonotonicTime now, std::uint8_t code) const {
    if (!present_ || now < present_->end - margin(present_->life)) return false;
    return code == reason::success || code == reason::not_authorized ||
           code == reason::administrative_action || code == reason::maximum_connect_time;
}

}  // namespace fieldway::uplink
