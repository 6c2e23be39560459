#include "uplink/backlog_gate.h"

#include <algorithm>

namespace fieldway::uplink {

bool BacklogGate::ask(MonotonicTime now, const Pass& pass, std::size_t bytes) {
    asked_at_ = std::max(asked_at_, now);
    if (passes_.contains(pass)) return false;
    Line& line = lines_[index_of(pass.stream.lane)];
    const Waiting one{turn_of(line, pass.ticket), arrivals_++, pass, bytes};
    if (passes_.empty() && rate_.allows(now)) {
        let_through(now, line, one);
        return true;
    }
    line.waiting.insert(one);
    passes_.emplace(pass, one);
    return false;
}

void BacklogGate::leave(Ticket ticket) {
    auto pass = passes_.lower_bound({ticket, {all_lanes.front(), all_drains.front()}});
    while (pass != passes_.end() && pass->first.ticket == ticket) {
        lines_[index_of(pass->first.stream.lane)].waiting.erase(pass->second);
        pass = passes_.erase(pass);
    }
    for (Line& line : lines_)
        line.next.erase(ticket);
}

std::optional<BacklogGate::Pass> BacklogGate::due(MonotonicTime now) {
    if (passes_.empty() || !rate_.allows(now)) return std::nullopt;
    queue::DrainOrder::Waiting waiting{};
    for (const Lane lane : all_lanes)
        waiting[index_of(lane)] = !lines_[index_of(lane)].waiting.empty();
    Line& line = lines_[index_of(lanes_.next(waiting).value())];
    const Waiting one = *line.waiting.begin();
    line.waiting.erase(line.waiting.begin());
    passes_.erase(one.pass);
    let_through(now, line, one);
    return one.pass;
}

std::optional<MonotonicTime> BacklogGate::next() const {
    if (passes_.empty()) return std::nullopt;
    return rate_.next().value_or(asked_at_);
}

BacklogGate::Turn BacklogGate::turn_of(const Line& line, Ticket ticket) const {
    const auto next = line.next.find(ticket);
    return next == line.next.end() ? line.now : std::max(line.now, next->second);
}

void BacklogGate::let_through(MonotonicTime now, Line& line, const Waiting& one) {
    rate_.note(now);
    line.now = std::max(line.now, one.turn);
    line.next[one.pass.ticket] = one.turn + one.bytes;
}

}  // namespace fieldway::uplink
