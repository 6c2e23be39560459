#include "mapping/message_builder.h"

#include <algorithm>
#include <utility>

#include "mapping/csv_encoder.h"

namespace fieldway::mapping {

std::optional<Timestamp> UniqueTimes::take(const std::string& subtopic, const Timestamp& time) {
    const auto [at, first] = last_.try_emplace(subtopic, Last{time.monotonic, time.wall});
    if (first) return time;
    Last& last = at->second;
    WallTime given = time.wall;
    if (given <= last.given) {
        const WallTime next = last.given + std::chrono::milliseconds(1);
        if (next - given <= most_bump) {
            given = next;
        } else if (time.monotonic <= last.reading) {
            return std::nullopt;
        }
    }
    last = {time.monotonic, given};
    // A time that is filled in later comes from the monotonic one: it moves along.
    Timestamp moved = time;
    moved.monotonic += given - time.wall;
    moved.wall = given;
    return moved;
}

bool UniqueTimes::is_new(const std::string& subtopic, MonotonicTime reading) const {
    const auto at = last_.find(subtopic);
    return at == last_.end() || reading > at->second.reading;
}

MessageBuilder::MessageBuilder(const config::DeviceOptions& device,
                               const config::MessageOptions& options, PointTable& points)
    : uplink_(device.uplink),
      device_(device.id),
      device_every_(device.every),
      when_bad_(device.when_bad),
      timestamp_key_(device.timestamp_key),
      timestamp_format_(device.timestamp_format),
      options_(options),
      encoder_(options.format) {
    for (const std::string& name : options.points)
        slots_.push_back(points.slot_named(name));
    if (options.every > Duration::zero()) timer_.emplace(options.every);
    const config::CsvOptions& csv = options.format.csv;
    if (timer_ && csv.sample > Duration::zero()) rows_.emplace(csv);
}

std::vector<const PointSlot*> MessageBuilder::members(const PointTable& points) const {
    std::vector<const PointSlot*> found;
    if (!slots_.empty()) {
        for (const std::size_t slot : slots_)
            found.push_back(&points.slots()[slot]);
        return found;
    }
    for (const PointSlot& slot : points.slots()) {
        // A name that another message asks for and that never came is not one of this device's
        // points yet.
        if (slot.declared || slot.read_at > 0) found.push_back(&slot);
    }
    return found;
}

bool MessageBuilder::would_lose(std::size_t slot, const PointTable& points) const {
    if (points.slots()[slot].read_at <= left_at_) return false;
    return slots_.empty() || std::find(slots_.begin(), slots_.end(), slot) != slots_.end();
}

std::optional<Message> MessageBuilder::polled(const PointTable& points, UniqueTimes& times) {
    bool came_by_itself = false;
    std::vector<Part> parts;
    std::vector<const PointSlot*> missing;
    MonotonicTime newest = MonotonicTime::min();
    for (const PointSlot* slot : members(points)) {
        const bool fresh = slot->read_at > left_at_;
        if (fresh) {
            parts.push_back({slot, slot->bad});
            newest = std::max(newest, slot->time.monotonic);
        }
        if (fresh && !slot->declared) came_by_itself = true;
        if (!fresh && slot->declared && slot->every > Duration::zero()) missing.push_back(slot);
    }
    if (parts.empty()) return std::nullopt;
    if (!first_reading_) first_reading_ = newest;
    const bool complete = std::all_of(missing.begin(), missing.end(),
                                      [&](const PointSlot* slot) { return silent(*slot, newest); });
    if (!came_by_itself && !complete) return std::nullopt;
    left_at_ = points.readings();
    return message_of(say(parts, times, parts.front().slot->time));
}

void MessageBuilder::due(const PointTable& points, UniqueTimes& times, const Timestamp& now,
                         std::vector<Message>& out) {
    const auto add = [&](std::optional<Message> message) {
        if (message) out.push_back(std::move(*message));
    };
    if (!rows_) {
        if (!timer_->due(now)) return;
        const auto parts = last_values(points, *timer_, now.monotonic);
        if (!parts.empty()) add(message_of(say(parts, times, now)));
        return;
    }
    if (rows_->timer().due(now)) {
        const auto parts = last_values(points, rows_->timer(), now.monotonic);
        auto said = parts.empty() ? std::nullopt : say(parts, times, now);
        if (said) {
            Lacks lacks;
            if (said->waits) said->content.lacks = &lacks;
            const std::string row = csv_row(options_.format.csv, said->content);
            const std::size_t size = row.size() + lacks.size() * TimePlace::most_growth;
            if (!rows_->fits(size)) add(rest());
            rows_->add(row, std::move(lacks), said->time);
        }
    }
    if (timer_->due(now)) add(rest());  // a row of the same moment is its last one
}

std::optional<Message> MessageBuilder::rest() {
    if (!rows_ || rows_->empty()) return std::nullopt;
    const Timestamp time = rows_->newest();
    auto taken = rows_->take();
    return message_of(std::move(taken.payload), std::move(taken.lacks), time);
}

MonotonicTime MessageBuilder::next_due(const Timestamp& now) const {
    const MonotonicTime next = timer_->next(now);
    return rows_ ? std::min(next, rows_->timer().next(now)) : next;
}

/// Nothing while the first interval waits for points that were never read.
std::vector<MessageBuilder::Part> MessageBuilder::last_values(const PointTable& points,
                                                              const AlignedTimer& timer,
                                                              MonotonicTime now) {
    bool all_known = true;
    std::vector<Part> parts;
    for (const PointSlot* slot : members(points)) {
        if (slot->read_at == 0) all_known = false;
        parts.push_back({slot, slot->bad || stale(*slot, now)});
    }
    begun_ = begun_ || all_known || timer.whole_interval_passed(now);
    if (!begun_) parts.clear();
    return parts;
}

bool MessageBuilder::silent(const PointSlot& slot, MonotonicTime now) const {
    const MonotonicTime last = slot.read_at > 0 ? slot.time.monotonic : *first_reading_;
    return now - last > 2 * slot.every + late_allowance;
}

bool MessageBuilder::stale(const PointSlot& slot, MonotonicTime now) const {
    const Duration every =
        slot.every > Duration::zero() ? slot.every : std::max(device_every_, options_.every);
    return slot.read_at == 0 || now - slot.time.monotonic > 2 * every + late_allowance;
}

bool MessageBuilder::goes_when_bad(bool any_good) {
    const bool told = std::exchange(told_bad_, !any_good);
    if (any_good) return true;
    switch (when_bad_) {
        case config::WhenBad::once:
            return !told;
        case config::WhenBad::null:
            return true;
        case config::WhenBad::skip:
            return false;
    }
    return true;
}

std::optional<MessageBuilder::Said> MessageBuilder::say(const std::vector<Part>& parts,
                                                        UniqueTimes& times,
                                                        const Timestamp& otherwise) {
    static const Value no_value;
    const bool any_good =
        std::any_of(parts.begin(), parts.end(), [](const Part& part) { return !part.bad; });
    if (!goes_when_bad(any_good)) return std::nullopt;

    Content content{timestamp_key_, timestamp_format_, {}, {}, device_.text()};
    std::optional<Timestamp> newest;
    bool any_bad = false;
    for (const Part& part : parts) {
        if (part.bad && when_bad_ == config::WhenBad::skip) continue;
        any_bad = any_bad || part.bad;
        content.samples.push_back({part.slot->name, part.bad ? &no_value : &part.slot->value});
        if (!part.bad && (!newest || part.slot->time.monotonic >= newest->monotonic)) {
            newest = part.slot->time;
        }
    }
    // A good reading that was said before does not date what others lack now.
    if (timer_ && any_bad && newest && !times.is_new(options_.subtopic, newest->monotonic))
        newest.reset();
    const Timestamp time = newest.value_or(otherwise);
    const auto unique = times.take(options_.subtopic, time);
    if (!unique && timestamp_format_ != config::TimestampFormat::none) {
        ++held_back_;
        return std::nullopt;
    }
    content.time = unique.value_or(time);
    const Timestamp told{time.monotonic, content.time.wall, content.time.settled};
    // Nulls alone are no reason for those behind them to wait, such as readings with a time of the
    // device's own.
    const bool waits = any_good || waits_for_clock_;
    if (any_good) waits_for_clock_ = !told.settled;
    return Said{std::move(content), told, waits};
}

std::optional<Message> MessageBuilder::message_of(std::optional<Said> said) const {
    if (!said) return std::nullopt;
    Lacks lacks;
    if (said->waits) said->content.lacks = &lacks;
    auto payload = encoder_.encode(said->content);
    if (!payload) return std::nullopt;
    return message_of(std::move(*payload), std::move(lacks), said->time);
}

Message MessageBuilder::message_of(std::string payload, Lacks lacks, const Timestamp& time) const {
    return Message{.uplink = uplink_,
                   .device = device_,
                   .subtopic = options_.subtopic,
                   .lane = options_.lane,
                   .content_type = options_.format.type,
                   .payload = std::move(payload),
                   .time = time,
                   .drain = options_.drain,
                   .lacks = std::move(lacks)};
}

}  // namespace fieldway::mapping
