#include "uplink/pacer.h"

#include <algorithm>

namespace fieldway::uplink {

Duration ConnectPacer::gap_of(double per_second) {
    if (per_second <= 0) return Duration::zero();
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1.0 / per_second));
}

void ConnectPacer::enter(const std::string& uplink, double per_second, Ticket ticket) {
    Line& line = lines_[uplink];
    line.gap = gap_of(per_second);
    line.waiting.push_back(ticket);
}

void ConnectPacer::leave(Ticket ticket) {
    for (auto& entry : lines_)
        std::erase(entry.second.waiting, ticket);
}

std::map<std::string, ConnectPacer::Line>::iterator ConnectPacer::first_line() {
    auto first = lines_.end();
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
        if (line->second.waiting.empty()) continue;
        if (first == lines_.end() || line->second.next < first->second.next) first = line;
    }
    return first;
}

std::vector<ConnectPacer::Ticket> ConnectPacer::due(MonotonicTime now) {
    std::vector<Ticket> through;
    for (;;) {
        const auto line = first_line();
        if (line == lines_.end() || std::max(next_, line->second.next) > now) return through;
        through.push_back(line->second.waiting.front());
        line->second.waiting.pop_front();
        next_ = now + gap_;
        line->second.next = now + line->second.gap;
    }
}

std::optional<MonotonicTime> ConnectPacer::next() const {
    std::optional<MonotonicTime> first;
    for (const auto& [uplink, line] : lines_) {
        if (line.waiting.empty()) continue;
        const MonotonicTime at = std::max(next_, line.next);
        if (!first || at < *first) first = at;
    }
    return first;
}

}  // namespace fieldway::uplink
