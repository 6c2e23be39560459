#include "modbus/line_delivery.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace fieldway::modbus {

void LineDelivery::add(InputKey input, sdk::Host host) {
    members_[input].host = host;
}

void LineDelivery::remove(InputKey input) {
    members_.erase(input);
}

void LineDelivery::deliver(PollerOutput& out, MonotonicTime now) {
    for (PollerOutput::Readings& entry : out.readings) {
        const auto member = members_.find(entry.input);
        if (member == members_.end()) continue;
        member->second.readings += entry.readings.readings.size();
        member->second.waiting.push_back(std::move(entry.readings));
        keep_within_limit(member->second);
    }
    if (!out.readings.empty()) flush(now);
    for (const PollerOutput::State& entry : out.states) {
        const auto member = members_.find(entry.input);
        if (member != members_.end()) member->second.host.state(entry.state);
    }
    for (const PollerOutput::Outcome& entry : out.outcomes) {
        const auto member = members_.find(entry.input);
        if (member != members_.end()) member->second.host.answer(entry.outcome);
    }
    for (const PollerOutput::Note& note : out.notes) {
        const auto member = members_.find(note.input);
        if (member != members_.end()) member->second.host.log(LogLevel::warning, note.sentence);
    }
    out.clear();
}

void LineDelivery::flush(MonotonicTime now) {
    for (auto& entry : members_)
        flush(entry.second, now);
}

void LineDelivery::flush(Member& member, MonotonicTime now) {
    while (!member.waiting.empty() && member.not_before <= now) {
        if (!emit_first(member)) {
            member.not_before = now + wait_after_full;
            return;
        }
        if (member.waiting.empty()) {
            member.not_before = now + least_between_emits;
            member.dropping = false;
        }
    }
}

bool LineDelivery::emit_first(Member& member) {
    if (member.waiting.size() <= most_at_once) {
        if (!member.host.emit(member.waiting)) return false;
        member.waiting.clear();
        member.readings = 0;
        return true;
    }
    const auto first = member.waiting.begin();
    const auto end = first + static_cast<std::ptrdiff_t>(most_at_once);
    const std::vector<wire::DeviceReadings> part(first, end);
    if (!member.host.emit(part)) return false;
    for (const wire::DeviceReadings& batch : part)
        member.readings -= batch.readings.size();
    member.waiting.erase(first, end);
    return true;
}

void LineDelivery::keep_within_limit(Member& member) {
    if (member.readings <= most_kept) return;
    auto end = member.waiting.begin();
    while (member.readings > most_kept / 10 * 9 && end + 1 != member.waiting.end()) {
        member.readings -= end->readings.size();
        dropped_ += end->readings.size();
        ++end;
    }
    member.waiting.erase(member.waiting.begin(), end);
    if (std::exchange(member.dropping, true)) return;
    member.host.log(LogLevel::warning,
                    fmt::format("the gateway takes no readings and {} wait, the limit: the oldest "
                                "are dropped until it does",
                                most_kept));
}

std::optional<MonotonicTime> LineDelivery::flush_at() const {
    std::optional<MonotonicTime> at;
    for (const auto& entry : members_) {
        if (entry.second.waiting.empty()) continue;
        if (!at || entry.second.not_before < *at) at = entry.second.not_before;
    }
    return at;
}

}  // namespace fieldway::modbus
