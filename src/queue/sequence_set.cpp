#include "queue/sequence_set.h"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace fieldway::queue {

void SequenceSet::add(Sequence first, Sequence last) {
    assert(first <= last);
    auto at = spans_.upper_bound(first);
    if (at != spans_.begin() && std::prev(at)->second + 1 >= first) {
        --at;
        first = at->first;
    }
    while (at != spans_.end() && at->first <= last + 1) {
        last = std::max(last, at->second);
        at = spans_.erase(at);
    }
    spans_.emplace_hint(at, first, last);
}

void SequenceSet::remove(Sequence first, Sequence last) {
    if (first > last) return;
    auto at = spans_.upper_bound(first);
    if (at != spans_.begin() && std::prev(at)->second >= first) --at;
    while (at != spans_.end() && at->first <= last) {
        const Span span{at->first, at->second};
        at = spans_.erase(at);
        if (span.first < first) spans_.emplace_hint(at, span.first, first - 1);
        if (span.last > last) at = spans_.emplace_hint(at, last + 1, span.last);
    }
}

bool SequenceSet::contains(Sequence sequence) const {
    const auto at = spans_.upper_bound(sequence);
    return at != spans_.begin() && std::prev(at)->second >= sequence;
}

std::optional<SequenceSet::Span> SequenceSet::next(Sequence after) const {
    const auto at = spans_.upper_bound(after);
    if (at != spans_.begin() && std::prev(at)->second > after) {
        return Span{after + 1, std::prev(at)->second};
    }
    if (at == spans_.end()) return std::nullopt;
    return Span{at->first, at->second};
}

std::uint64_t SequenceSet::count(Sequence first, Sequence last) const {
    auto at = spans_.upper_bound(first);
    if (at != spans_.begin()) --at;
    std::uint64_t sum = 0;
    for (; at != spans_.end() && at->first <= last; ++at) {
        const Sequence from = std::max(first, at->first);
        const Sequence to = std::min(last, at->second);
        if (from <= to) sum += to - from + 1;
    }
    return sum;
}

std::vector<SequenceSet::Span> SequenceSet::all() const {
    std::vector<Span> spans;
    for (const auto& [first, last] : spans_)
        spans.push_back({first, last});
    return spans;
}

std::optional<Sequence> SequenceSet::below(Sequence before) const {
    const auto at = spans_.lower_bound(before);
    if (at == spans_.begin()) return std::nullopt;
    return std::min(std::prev(at)->second, before - 1);
}

}  // namespace fieldway::queue
