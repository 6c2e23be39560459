#include "uplink/rate_window.h"

#include <chrono>
#include <cmath>

namespace fieldway::uplink {

RateWindow::RateWindow(double per_second) {
    using Seconds = std::chrono::duration<double>;
    if (per_second <= 0) return;
    constexpr double most = most_at_once;
    if (per_second <= most) {
        most_ = static_cast<std::size_t>(std::ceil(per_second));
        length_ = std::chrono::ceil<Duration>(Seconds(static_cast<double>(most_) / per_second));
        return;
    }
    // Spans that divide the second: otherwise one more of them would begin within it.
    const double spans = std::ceil(per_second / most);
    most_ = static_cast<std::size_t>(per_second / spans);
    length_ = std::chrono::ceil<Duration>(Seconds(1 / spans));
}

bool RateWindow::allows(MonotonicTime now) const {
    return gone_.size() < most_ || most_ == 0 || now - gone_.front() >= length_;
}

void RateWindow::note(MonotonicTime now) {
    if (most_ == 0) return;
    gone_.push_back(now);
    if (gone_.size() > most_) gone_.pop_front();
}

std::optional<MonotonicTime> RateWindow::next() const {
    if (most_ == 0 || gone_.size() < most_) return std::nullopt;
    return gone_.front() + length_;
}

}  // namespace fieldway::uplink
