#include "uplink/reconnect.h"

#include <algorithm>

namespace fieldway::uplink {

Reconnect::Reconnect(const ReconnectRules& rules, std::uint64_t seed)
    : rules_(rules),
      random_(seed),
      backoff_(rules.first_backoff, rules.most_backoff),
      refused_backoff_(rules.first_refused_backoff, rules.most_refused_backoff,
                       rules.least_refused_backoff) {}

void Reconnect::lasted(Duration time) {
    if (time < rules_.proven_after) return;
    backoff_.reset();
    refused_backoff_.reset();
}

void Reconnect::wait(MonotonicTime now, Trouble trouble) {
    passing_ = trouble == Trouble::passing;
    Duration time = (passing_ ? backoff_ : refused_backoff_).next(random_);
    if (passing_ && unreachable_ && looking_out_) time = std::min(time, lookout_wait());
    at_ = now + time;
}

void Reconnect::look_out(MonotonicTime now) {
    looking_out_ = true;
    if (waits_for_broker()) at_ = std::min(*at_, now + lookout_wait());
}

Duration Reconnect::lookout_wait() {
    return Backoff(rules_.most_lookout, rules_.most_lookout, rules_.least_lookout).next(random_);
}

}  // namespace fieldway::uplink
