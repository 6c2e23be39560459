// From disk into RAM: head windows of streams that are peeked.
#include <algorithm>
#include <utility>

#include "queue/durable_queue.h"

namespace fieldway::queue {

namespace {

// All head windows together get so much of max_memory before each of them gets less.
constexpr std::uint64_t windows_share = 4;

}  // namespace

/// The stream's next record above `after` is on disk alone.
void DurableQueue::want(Stream& stream, Sequence after) {
    stream.wanted_after = after;
    if (stream.reading || stream.wanted) return;
    stream.wanted = true;
    read_line_.push_back(&stream);
    start_reads();
}

void DurableQueue::start_reads() {
    while (!read_line_.empty() && reads_ < most_reads) {
        if (!start_read(*read_line_.front())) {
            wake_not_later_than(around_.clock.monotonic() + try_again);
            return;
        }
        read_line_.front()->wanted = false;
        read_line_.pop_front();
    }
}

/// Many streams at once get small windows, a few get large ones.
std::uint64_t DurableQueue::chunk_bytes() const {
    const std::uint64_t wanting = reads_ + read_line_.size();
    return std::clamp(options_.max_memory / windows_share / std::max<std::uint64_t>(wanting, 1),
                      least_chunk, most_chunk);
}

bool DurableQueue::start_read(Stream& stream) {
    const auto span = stream.disk.next(stream.wanted_after);
    if (!span) return true;
    const Timestamp time = around_.clock.now();
    const bool taken = ask_store(
        [key = stream.key, asked = *span, most = chunk_bytes(), time](Store& store) {
            return store.read(key, asked.first - 1, asked.last, most, time);
        },
        [this, &stream, asked = *span](Store::Chunk chunk) {
            read_done(stream, asked, std::move(chunk));
        });
    if (!taken) return false;
    stream.reading = true;
    ++reads_;
    return true;
}

void DurableQueue::read_done(Stream& stream, SequenceSet::Span asked, Store::Chunk chunk) {
    stream.reading = false;
    --reads_;
    // What lies below this and did not come is gone: acknowledged, too old or damaged.
    Sequence below = chunk.next ? *chunk.next : asked.last + 1;
    Sequence from = asked.first;
    for (auto& record : chunk.records) {
        const Sequence sequence = record->sequence;
        if (!stream.disk.contains(sequence)) continue;  // done with, or evicted, meanwhile
        if (!take_read(stream, std::move(record))) {
            below = sequence;  // no room: it stays where it is
            break;
        }
        // One by one: room for the next may be made by this one's leaving RAM again.
        stream.disk.remove(from, sequence);
        from = sequence + 1;
    }
    if (from < below) stream.disk.remove(from, below - 1);
    take_news(std::move(chunk.news));
    if (stream.empty()) stream.stored = {};
    if (below > asked.first) {
        announce(stream);
    } else {
        read_again_.push_back(&stream);  // neither did anything come nor is anything gone
        wake_not_later_than(around_.clock.monotonic() + try_again);
    }
    start_reads();
}

/// A stream of which RAM holds nothing gets one record whatever RAM says: it must go on.
bool DurableQueue::take_read(Stream& stream, std::shared_ptr<const Record> record) {
    const Sequence sequence = record->sequence;
    const std::uint64_t cost = cost_of(record->message);
    if (shelves_.bytes() + cost > options_.max_memory) {
        page_out(options_.max_memory > cost ? options_.max_memory - cost : 0);
    }
    if (shelves_.bytes() + cost > options_.max_memory && !stream.entries.empty()) return false;
    const auto [at, made] = stream.entries.try_emplace(sequence, stream, std::move(record));
    if (!made) return true;
    Entry& entry = at->second;
    entry.made = around_.clock.monotonic();
    entry.age = ++next_age_;
    entry.cost = cost;
    entry.safety = Safety::stored;
    entry.from_disk = true;
    shelves_.put(entry);
    ++stream.waiting;
    return true;
}

}  // namespace fieldway::queue
