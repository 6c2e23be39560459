#include "modbus/late_answers.h"

#include <algorithm>

#include "modbus/pdu.h"

namespace fieldway::modbus {

void LateAnswers::expect(const Request& asked, MonotonicTime now) {
    if (window_ == Duration::zero()) return;
    std::erase_if(expected_, [&](const Expected& one) {
        return one.until + (remembered_windows - 1) * window_ <= now ||
               (one.until <= now && same_answer_shape(one.request, asked));
    });
    if (expected_.size() == most_expected) {
        const auto over = std::find_if(expected_.begin(), expected_.end(),
                                       [now](const Expected& one) { return one.until <= now; });
        if (over == expected_.end()) {
            all_free_at_ = now + window_;
            return;
        }
        expected_.erase(over);
    }
    expected_.push_back({asked, now, now + window_, false});
}

MonotonicTime LateAnswers::free_at(const Request& next, MonotonicTime now) const {
    MonotonicTime at = std::max(now, all_free_at_);
    for (const Expected& one : expected_) {
        if (same_answer_shape(one.request, next)) at = std::max(at, one.until);
    }
    return at;
}

std::optional<MonotonicTime> LateAnswers::last_of(std::uint8_t unit, MonotonicTime now) const {
    std::optional<MonotonicTime> last;
    for (const Expected& one : expected_) {
        if (one.request.unit != unit || one.until <= now) continue;
        last = std::max(last.value_or(now), one.until);
    }
    return last;
}

bool LateAnswers::exception_may_be_late(const Request& asked, MonotonicTime now) const {
    return std::any_of(expected_.begin(), expected_.end(), [&](const Expected& one) {
        return one.until > now && one.request.unit == asked.unit &&
               one.request.function == asked.function;
    });
}

LateAnswers::Seen LateAnswers::seen(std::uint8_t unit, ByteView pdu, MonotonicTime now) {
    const auto found = std::find_if(expected_.begin(), expected_.end(), [&](const Expected& one) {
        return one.request.unit == unit && !one.perhaps_answered &&
               match_pdu(one.request, pdu).kind != Reply::Kind::bad_answer;
    });
    if (found == expected_.end()) {
        foreign_until_ = now + remembered_windows * window_;
        return {};
    }
    if (now < foreign_until_) {
        found->perhaps_answered = true;
        return {};
    }
    Seen seen{true, std::nullopt};
    if (found->until <= now) seen.after = now - found->given_up;
    expected_.erase(found);
    return seen;
}

}  // namespace fieldway::modbus
