#include "queue/memory_queue.h"

#include <cassert>

#include <fmt/format.h>

#include "queue/memory_cost.h"

namespace fieldway::queue {

std::uint64_t MemoryQueue::cost_of(const Message& message) {
    constexpr std::uint64_t places = heap_block(tree_links + sizeof(Entries::value_type)) +
                                     heap_block(tree_links + sizeof(AgeIndex::value_type)) +
                                     typical_callback;
    return places + record_cost(message);
}

MemoryQueue::MemoryQueue(const config::QueueOptions& options, Post post)
    : options_(options), post_(std::move(post)) {}

Result<Sequence> MemoryQueue::append(Message message, Accepted accepted) {
    guard_.check();
    message.payload.shrink_to_fit();
    const std::uint64_t cost = cost_of(message);
    if (!make_room(cost, message.lane)) {
        return Error::drop_item(fmt::format(
            "the queue holds {} of at most {} bytes and has no room for a message of {} bytes in "
            "lane {}; raise queue.max_memory, or send less",
            total_.bytes, options_.max_memory, cost, name_of(message.lane)));
    }
    Stream& stream = stream_of(stream_key_of(message));
    const bool awaited = stream.waiting == 0 || stream.end_seen;
    const Sequence sequence = ++stream.last;
    const std::uint64_t age = ++next_age_;
    auto record = std::make_shared<const Record>(Record{sequence, std::move(message)});
    stream.entries.emplace_hint(stream.entries.end(), sequence,
                                Entry{std::move(record), std::move(accepted), age, cost, false});
    index_of(stream, false).emplace(age, std::pair(&stream, sequence));
    ++stream.waiting;
    for (StreamFigures* figures : {&stream.figures, &total_}) {
        ++figures->records;
        ++figures->appended;
        figures->bytes += cost;
    }
    lane_bytes_[static_cast<std::size_t>(stream.key.lane)] += cost;
    stream.end_seen = false;
    if (awaited) announce(stream);
    return sequence;
}

std::vector<std::shared_ptr<const Record>> MemoryQueue::peek(const StreamKey& key, Sequence after,
                                                             std::size_t most) {
    guard_.check();
    std::vector<std::shared_ptr<const Record>> found;
    const auto stream = streams_.find(key);
    if (stream == streams_.end()) return found;
    auto& entries = stream->second.entries;
    auto at = entries.upper_bound(after);
    for (; at != entries.end() && found.size() < most; ++at) {
        Entry& entry = at->second;
        found.push_back(entry.record);
        if (entry.handed_out) continue;
        entry.handed_out = true;
        --stream->second.waiting;
        index_of(stream->second, true).insert(index_of(stream->second, false).extract(entry.age));
    }
    if (found.size() < most) stream->second.end_seen = true;
    return found;
}

void MemoryQueue::release(const StreamKey& key, Sequence sequence) {
    guard_.check();
    const auto stream = streams_.find(key);
    if (stream == streams_.end()) return;
    const auto at = stream->second.entries.find(sequence);
    if (at == stream->second.entries.end()) return;
    Entry entry = take_out(stream->second, at);
    ++stream->second.figures.released;
    ++total_.released;
    answer(std::move(entry.accepted), Acceptance::durable);
}

std::optional<Buried> MemoryQueue::bury(const StreamKey& key, Sequence sequence,
                                        const std::string& reason) {
    guard_.check();
    const auto stream = streams_.find(key);
    if (stream == streams_.end()) return std::nullopt;
    const auto at = stream->second.entries.find(sequence);
    if (at == stream->second.entries.end()) return std::nullopt;
    Entry entry = take_out(stream->second, at);
    ++stream->second.figures.dead;
    ++total_.dead;
    Buried buried{entry.record};
    keep_dead({std::move(entry.record), reason});
    answer(std::move(entry.accepted), Acceptance::refused);
    return buried;
}

void MemoryQueue::on_arrival(std::function<void(const StreamKey&)> listener) {
    guard_.adopt();
    listener_ = std::move(listener);
    for (auto& [key, stream] : streams_) {
        if (stream.waiting > 0) announce(stream);
    }
}

Sequence MemoryQueue::newest(const StreamKey& key) const {
    const auto stream = streams_.find(key);
    return stream == streams_.end() ? 0 : stream->second.last;
}

std::vector<StreamKey> MemoryQueue::streams() const {
    std::vector<StreamKey> keys;
    for (const auto& [key, stream] : streams_) {
        if (!stream.entries.empty()) keys.push_back(key);
    }
    return keys;
}

StreamFigures MemoryQueue::figures(const StreamKey& key) const {
    const auto stream = streams_.find(key);
    return stream == streams_.end() ? StreamFigures{} : stream->second.figures;
}

Figures MemoryQueue::figures() const {
    return {total_, options_.max_memory};
}

MemoryQueue::Stream& MemoryQueue::stream_of(const StreamKey& key) {
    return streams_.try_emplace(key, key).first->second;
}

MemoryQueue::AgeIndex& MemoryQueue::index_of(const Stream& stream, bool handed_out) {
    return by_age_[static_cast<std::size_t>(stream.key.lane)][handed_out ? 1 : 0];
}

MemoryQueue::Entry MemoryQueue::take_out(Stream& stream, Entries::iterator at) {
    Entry entry = std::move(at->second);
    stream.entries.erase(at);
    index_of(stream, entry.handed_out).erase(entry.age);
    if (!entry.handed_out) --stream.waiting;
    for (StreamFigures* figures : {&stream.figures, &total_}) {
        --figures->records;
        figures->bytes -= entry.cost;
    }
    lane_bytes_[static_cast<std::size_t>(stream.key.lane)] -= entry.cost;
    return entry;
}

bool MemoryQueue::make_room(std::uint64_t cost, Lane lane) {
    const auto fits = [&] { return total_.bytes + cost <= options_.max_memory; };
    if (fits()) return true;
    if (options_.when_full == config::WhenFull::drop_newest || cost > options_.max_memory) {
        return false;
    }
    // Nothing is evicted for a message that is refused all the same.
    std::uint64_t above = 0;
    for (std::size_t at = 0; at < static_cast<std::size_t>(lane); ++at)
        above += lane_bytes_[at];
    if (above + cost > options_.max_memory) return false;
    while (!fits()) {
        const auto [stream, sequence] = oldest_below(lane);
        assert(stream != nullptr && "bytes without records");
        evict(*stream, sequence);
    }
    return true;
}

std::pair<MemoryQueue::Stream*, Sequence> MemoryQueue::oldest_below(Lane lane) const {
    for (const std::size_t handed_out : {0U, 1U}) {
        for (std::size_t at = all_lanes.size(); at-- > static_cast<std::size_t>(lane);) {
            const AgeIndex& index = by_age_[at][handed_out];
            if (!index.empty()) return index.begin()->second;
        }
    }
    return {nullptr, 0};
}

void MemoryQueue::evict(Stream& stream, Sequence sequence) {
    const auto at = stream.entries.find(sequence);
    const bool was_head = at == stream.entries.begin();
    Entry entry = take_out(stream, at);
    ++stream.figures.evicted;
    ++total_.evicted;
    answer(std::move(entry.accepted), Acceptance::refused);
    if (was_head) announce(stream);
}

void MemoryQueue::announce(Stream& stream) {
    if (!listener_ || stream.announcing) return;
    stream.announcing = true;
    post_([this, &stream, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        stream.announcing = false;
        if (listener_) listener_(stream.key);
    });
}

void MemoryQueue::answer(Accepted accepted, Acceptance acceptance) {
    if (!accepted) return;
    post_([accepted = std::move(accepted), acceptance] { accepted(acceptance); });
}

void MemoryQueue::keep_dead(Dead letter) {
    dead_bytes_ += cost_of(letter.record->message);
    dead_letters_.push_back(std::move(letter));
    while (dead_letters_.size() > most_dead_letters || dead_bytes_ > most_dead_bytes) {
        dead_bytes_ -= cost_of(dead_letters_.front().record->message);
        dead_letters_.pop_front();
    }
}

}  // namespace fieldway::queue
