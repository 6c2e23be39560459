#include "uplink/subscription.h"

#include <utility>

#include <fmt/format.h>

#include "base/quantity_text.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {
constexpr std::uint8_t first_refusal = 0x80;  // MQTT 3.1.1 clause 3.9.3, MQTT 5 table 3-8
}

std::string_view name_of(SubscriptionState state) {
    switch (state) {
        case SubscriptionState::none:
            return "none";
        case SubscriptionState::away:
            return "away";
        case SubscriptionState::asked:
            return "asked";
        case SubscriptionState::active:
            return "subscribed";
        case SubscriptionState::refused:
            return "refused";
        case SubscriptionState::given_up:
            return "given-up";
    }
    return "?";
}

bool Subscription::connected(MonotonicTime now) {
    if (state_ == SubscriptionState::none) return false;
    if (endings_ >= rules_.most_endings && not_before_ && now < *not_before_) {
        state_ = SubscriptionState::given_up;
        return false;
    }
    state_ = SubscriptionState::asked;
    return true;
}

bool Subscription::again(MonotonicTime now) {
    if (state_ != SubscriptionState::refused || !not_before_ || now < *not_before_) return false;
    state_ = SubscriptionState::asked;
    return true;
}

void Subscription::answered(MonotonicTime now, std::uint8_t code) {
    if (!waits()) return;
    endings_ = 0;
    not_before_.reset();
    sentence_.clear();
    state_ = SubscriptionState::active;
    if (code < first_refusal) return;
    state_ = SubscriptionState::refused;
    not_before_ = now + rules_.again_after;
    sentence_ = fmt::format(
        "the broker refused the subscription: {}; look at what the device may subscribe to there, "
        "or set downlinks: false; it is asked again every {}",
        reason_text(code), to_text(rules_.again_after));
}

void Subscription::ended(MonotonicTime now) {
    if (state_ == SubscriptionState::none) return;
    const bool without_answer =
        std::exchange(state_, SubscriptionState::away) == SubscriptionState::asked;
    if (!without_answer || ++endings_ < rules_.most_endings) return;
    not_before_ = now + rules_.again_after;
    sentence_ = fmt::format(
        "{} connections in a row ended before the broker answered the subscription; look at what "
        "the device may subscribe to there, or set downlinks: false; it is left out for {}",
        endings_, to_text(rules_.again_after));
}

std::optional<MonotonicTime> Subscription::next() const {
    return state_ == SubscriptionState::refused ? not_before_ : std::nullopt;
}

}  // namespace fieldway::uplink
