#include "queue/gap_book.h"

#include <algorithm>

namespace fieldway::queue {

Loss joined(const Loss& one, const Loss& other) {
    if (one.count == 0) return other;
    if (other.count == 0) return one;
    Loss sum = one;
    sum.count += other.count;
    sum.first = std::min(one.first, other.first);
    sum.last = std::max(one.last, other.last);
    sum.first_time = earlier(one.first_time, other.first_time);
    sum.last_time = std::max(one.last_time, other.last_time);
    return sum;
}

void GapBook::add(const Loss& loss) {
    if (loss.count == 0) return;
    const auto open = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return !entry.taken && entry.gap.loss.reason == loss.reason &&
               entry.gap.loss.key == loss.key;
    });
    if (open != entries_.end()) {
        open->gap.loss = joined(open->gap.loss, loss);
    } else {
        entries_.push_back({{next_++, loss}, false});
    }
}

void GapBook::restore(const Gap& gap) {
    entries_.push_back({gap, false});
    next_ = std::max(next_, gap.number + 1);
}

std::optional<Gap> GapBook::take(std::uint64_t number) {
    for (Entry& entry : entries_) {
        if (entry.gap.number != number) continue;
        entry.taken = true;
        return entry.gap;
    }
    return std::nullopt;
}

bool GapBook::forget(std::uint64_t number) {
    return std::erase_if(entries_, [&](const Entry& entry) { return entry.gap.number == number; }) >
           0;
}

std::vector<Gap> GapBook::gaps() const {
    std::vector<Gap> gaps;
    gaps.reserve(entries_.size());
    for (const Entry& entry : entries_)
        gaps.push_back(entry.gap);
    return gaps;
}

}  // namespace fieldway::queue
