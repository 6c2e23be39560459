// The records in RAM: taken, handed out, released.
#include "queue/durable_queue.h"

#include <cassert>
#include <utility>

#include "queue/memory_cost.h"

namespace fieldway::queue {

std::uint64_t DurableQueue::cost_of(const Message& message) {
    constexpr std::uint64_t place =
        heap_block(tree_links + sizeof(Entries::value_type)) + typical_callback;
    return place + record_cost(message);
}

DurableQueue::DurableQueue(const config::QueueOptions& options, Surroundings around)
    : options_(options), around_(std::move(around)) {}

/// Entries leave their shelves before their streams go.
DurableQueue::~DurableQueue() {
    for (auto& [key, stream] : streams_.all()) {
        for (auto& [sequence, entry] : stream.entries)
            shelves_.take(entry);
    }
}

Result<Sequence> DurableQueue::append(Message message, Accepted accepted) {
    guard_.check();
    message.payload.shrink_to_fit();
    const std::uint64_t cost = cost_of(message);
    if (!make_room(cost, message.lane)) return refuse(message, cost, !accepted);
    Stream& stream = streams_.of(message);
    const bool awaited = std::exchange(stream.end_seen, false) || nothing_waits(stream);
    const Sequence sequence = ++stream.last;
    reserve_ahead(stream);
    keep(stream, std::make_shared<const Record>(Record{sequence, std::move(message)}),
         std::move(accepted), cost);
    if (awaited) announce(stream);
    return sequence;
}

void DurableQueue::keep(Stream& stream, std::shared_ptr<const Record> record, Accepted accepted,
                        std::uint64_t cost) {
    const Sequence sequence = record->sequence;
    const std::uint64_t payload = record->message.payload.size();
    Entry& entry =
        stream.entries.try_emplace(stream.entries.end(), sequence, stream, std::move(record))
            ->second;
    entry.accepted = std::move(accepted);
    entry.made = around_.clock.monotonic();
    entry.age = ++next_age_;
    entry.cost = cost;
    shelves_.put(entry);
    ++stream.waiting;
    stream.alone.add(payload);
    alone_.add(payload);
    ++stream.figures.appended;
    ++counters_.appended;
    const auto durability = options_.lanes[static_cast<std::size_t>(stream.key.lane)].durability;
    const bool much_waits = shelves_.alone_bytes() > options_.max_memory / 4;
    if (durability == Duration::zero() || much_waits) {
        plan_soon();
    } else {
        wake_not_later_than(entry.made + durability);
    }
}

std::vector<std::shared_ptr<const Record>> DurableQueue::peek(const StreamKey& key, Sequence after,
                                                              std::size_t most) {
    guard_.check();
    if (gaps_.anything_to_tell()) take_gaps_of(key);
    std::vector<std::shared_ptr<const Record>> found;
    Stream* stream = streams_.find(key);
    if (stream == nullptr) return found;
    stream->peeked = around_.clock.monotonic();
    const auto on_disk = stream->disk.next(after);
    auto at = stream->entries.upper_bound(after);
    assert((!on_disk || at == stream->entries.end() || at->first != on_disk->first) &&
           "in RAM or on disk alone, never both");
    while (found.size() < most && at != stream->entries.end() &&
           (!on_disk || at->first < on_disk->first) && may_leave(*stream, at->first)) {
        hand_out(at->second);
        found.push_back(at->second.record);
        ++at;
    }
    if (found.size() < most && at == stream->entries.end() && !on_disk) stream->end_seen = true;
    // Also when the last one before it was taken just now: the disk works while that is in flight.
    if (on_disk && (at == stream->entries.end() || at->first > on_disk->first)) {
        want(*stream, on_disk->first - 1);
    }
    return found;
}

void DurableQueue::hand_out(Entry& entry) {
    if (entry.handed_out) return;
    shelves_.take(entry);
    entry.handed_out = true;
    shelves_.put(entry);
    --entry.stream.waiting;
}

/// What a crash would let us give again must not be known outside: unless the disk does not answer,
/// when it goes out without.
bool DurableQueue::may_leave(Stream& stream, Sequence sequence) {
    if (sequence <= stream.reserved || !works()) return true;
    if (!stream.held) {
        stream.held = true;
        held_.push_back(&stream);
    }
    return false;
}

void DurableQueue::release(const StreamKey& key, Sequence sequence) {
    guard_.check();
    Stream* stream = streams_.find(key);
    if (stream == nullptr || !take_out(*stream, sequence, Acceptance::durable)) return;
    ++stream->figures.released;
    ++counters_.released;
}

std::optional<Buried> DurableQueue::bury(const StreamKey& key, Sequence sequence,
                                         const std::string& reason) {
    guard_.check();
    Stream* stream = streams_.find(key);
    if (stream == nullptr) return std::nullopt;
    auto buried = take_out(*stream, sequence, Acceptance::refused);
    if (!buried) return std::nullopt;
    // Refused again: it is a new dead letter, and the old one would be a second copy.
    if (const auto old = retried_.find({key, sequence}); old != retried_.end()) {
        drop_dead(old->second, [](const auto&) {});
    }
    ++stream->figures.dead;
    ++counters_.dead;
    burials_.push_back({key, sequence, buried->record, reason});
    if (buried->record) burials_bytes_ += cost_of(buried->record->message);
    while (burials_bytes_ > most_burials_bytes && burials_.size() > 1) {
        if (const auto& oldest = burials_.front().record) {
            burials_bytes_ -= cost_of(oldest->message);
        }
        burials_.erase(burials_.begin());
    }
    plan_soon();
    return buried;
}

/// It is done with wherever it is; who asked for an answer gets this one. Nothing when it is not
/// there; without its record when it left RAM while it was in flight.
std::optional<Buried> DurableQueue::take_out(Stream& stream, Sequence sequence,
                                             Acceptance acceptance) {
    const auto at = stream.entries.find(sequence);
    if (at != stream.entries.end()) {
        Entry& entry = at->second;
        answer(std::move(entry.accepted), acceptance);
        Buried taken{entry.record};
        const bool stored = entry.safety == Safety::stored;
        remove(entry);
        if (stored) done_with(stream, sequence, taken.record->message.payload.size());
        return taken;
    }
    if (!stream.disk.contains(sequence)) return std::nullopt;
    stream.disk.remove(sequence, sequence);
    done_with(stream, sequence, 0);
    return Buried{};
}

/// Takes it out of RAM. What is on its way to the disk is settled when that answers.
void DurableQueue::remove(Entry& entry) {
    Stream& stream = entry.stream;
    shelves_.take(entry);
    if (!entry.handed_out) --stream.waiting;
    if (entry.safety != Safety::stored) {
        const std::uint64_t payload = entry.record->message.payload.size();
        stream.alone.take(1, payload);
        alone_.take(1, payload);
    }
    stream.entries.erase(entry.sequence());
}

/// A record that is on disk needs no more: the store is told, a batch at a time.
void DurableQueue::done_with(Stream& stream, Sequence sequence, std::uint64_t payload) {
    if (stream.released.empty()) released_.push_back(&stream);
    stream.released.push_back(sequence);
    stream.stored.take(1, payload);
    acknowledged_.add(payload);
    if (released_count_++ == 0) released_since_ = around_.clock.monotonic();
    if (released_count_ >= most_acknowledgements) {
        plan_soon();
    } else {
        wake_not_later_than(released_since_ + acknowledge_within);
    }
}

void DurableQueue::on_arrival(std::function<void(const StreamKey&)> listener) {
    guard_.adopt();
    listener_ = std::move(listener);
    for (auto& [key, stream] : streams_.all()) {
        if (!nothing_waits(stream)) announce(stream);
    }
}

bool DurableQueue::nothing_waits(const Stream& stream) const {
    return stream.waiting == 0 && stream.disk.empty();
}

void DurableQueue::announce(Stream& stream) {
    if (!listener_ || stream.announcing) return;
    stream.announcing = true;
    around_.post([this, &stream, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        stream.announcing = false;
        if (listener_) listener_(stream.key);
    });
}

void DurableQueue::answer(Accepted accepted, Acceptance acceptance) {
    if (!accepted) return;
    around_.post([accepted = std::move(accepted), acceptance] { accepted(acceptance); });
}

Sequence DurableQueue::newest(const StreamKey& key) const {
    const Stream* stream = streams_.find(key);
    return stream == nullptr ? 0 : stream->last;
}

std::vector<StreamKey> DurableQueue::streams() const {
    std::vector<StreamKey> keys;
    for (const auto& [key, stream] : streams_.all()) {
        if (!stream.empty()) keys.push_back(key);
    }
    return keys;
}

StreamFigures DurableQueue::figures(const StreamKey& key) const {
    const Stream* stream = streams_.find(key);
    if (stream == nullptr) return {};
    StreamFigures figures = stream->figures;
    figures.records = stream->alone.records + stream->stored.records;
    figures.bytes = stream->alone.bytes + stream->stored.bytes;
    return figures;
}

Figures DurableQueue::figures() const {
    return {all_figures().total, options_.max_bytes};
}

}  // namespace fieldway::queue
