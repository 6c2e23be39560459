#include "uplink/poison_watch.h"

#include <algorithm>

namespace fieldway::uplink {

bool PoisonWatch::ended(MonotonicTime now, Ending ending, const Window& in_flight) {
    if (in_flight.empty() || ending == Ending::another_reason) return false;
    const Sent& latest = in_flight.latest();
    if (now - latest.at > rules_.soon) return false;
    to_watch_ = std::max(to_watch_, in_flight.size());
    const bool by_size = ending == Ending::reset && in_flight.most_bytes() > largest_passed_;
    if (ending != Ending::by_peer && !by_size) return false;
    to_pass_alone_ = std::max(to_pass_alone_, in_flight.size());
    if (in_flight.size() > 1) return false;
    if (candidate_ != latest.place) {
        candidate_ = latest.place;
        closings_ = 0;
        resets_ = 0;
    }
    ++(by_size ? resets_ : closings_);
    if (closings_ >= rules_.closings || closings_ + resets_ >= rules_.resets) hold(latest.place);
    return true;
}

void PoisonWatch::hold(const Place& place) {
    candidate_.reset();
    if (held_.size() >= rules_.most_held) held_.clear();
    held_.insert(place);
}

std::vector<Place> PoisonWatch::passed(const Sent& sent) {
    largest_passed_ = std::max(largest_passed_, sent.bytes);
    if (to_pass_alone_ > 0) --to_pass_alone_;
    if (to_watch_ > 0) --to_watch_;
    if (candidate_ == sent.place) candidate_.reset();
    if (held_.empty()) return {};
    std::vector<Place> poison(held_.begin(), held_.end());
    held_.clear();
    to_pass_alone_ = 0;
    to_watch_ = 0;
    return poison;
}

}  // namespace fieldway::uplink
