#include "downlink/answer_budget.h"

#include <algorithm>

namespace fieldway::downlink {

bool AnswerBudget::take(MonotonicTime now) {
    const std::chrono::duration<double> passed = now - filled_;
    left_ = std::min(burst, left_ + passed / std::chrono::duration<double>(each));
    filled_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
}

}  // namespace fieldway::downlink
