// The limit of RAM: what leaves it without loss, and what is lost when that is not enough.
#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "queue/durable_queue.h"

namespace fieldway::queue {

namespace {

// A head window whose stream nobody peeked for so long goes before everything else.
constexpr Duration window_idle = std::chrono::seconds(5);

}  // namespace

/// New messages leave so much free for head windows: a RAM full of what the disk cannot take must
/// not keep what is on disk from being delivered.
std::uint64_t DurableQueue::reserve_for_reads() const {
    return store_.records > 0 ? options_.max_memory / 8 : 0;
}

bool DurableQueue::make_room(std::uint64_t cost, Lane lane) {
    const std::uint64_t comfortable = options_.max_memory / 4 * 3;
    if (shelves_.bytes() + cost <= comfortable) return true;
    page_out(comfortable > cost ? comfortable - cost : 0);
    const std::uint64_t reserved = reserve_for_reads();
    const std::uint64_t limit =
        options_.max_memory - reserved + std::min(reserved, shelves_.read_bytes());
    if (shelves_.bytes() + cost <= limit) return true;
    if (cost > options_.max_memory - reserved) return false;
    page_out_handed_out(limit - cost);
    if (shelves_.bytes() + cost <= limit) return true;
    if (options_.when_full == config::WhenFull::drop_newest) return false;
    return make_loss(limit, cost, lane);
}

/// Nothing is lost here: idle head windows first, then what was stored, the oldest first, then head
/// windows beyond their share.
void DurableQueue::page_out(std::uint64_t target) {
    const MonotonicTime idle = around_.clock.monotonic() - window_idle;
    while (shelves_.bytes() > target) {
        Entry* read = shelves_.oldest_read();
        if (read != nullptr && read->stream.peeked < idle) {
            page_out(*read);
        } else if (Entry* stored = shelves_.oldest_stored()) {
            page_out(*stored);
        } else if (read != nullptr && shelves_.read_bytes() > reserve_for_reads()) {
            page_out(*read);
        } else {
            return;
        }
    }
}

/// Its session holds it anyway; whoever peeks it again has it read again.
void DurableQueue::page_out_handed_out(std::uint64_t target) {
    while (shelves_.bytes() > target) {
        Entry* entry = shelves_.oldest_handed_out();
        if (entry == nullptr) return;
        page_out(*entry);
    }
}

void DurableQueue::page_out(Entry& entry) {
    Stream& stream = entry.stream;
    const Sequence sequence = entry.sequence();
    assert(entry.safety == Safety::stored);
    remove(entry);
    stream.page_out(sequence);
}

/// Drops what is in RAM alone until the message fits. Nothing is dropped for one that is refused
/// all the same.
bool DurableQueue::make_loss(std::uint64_t limit, std::uint64_t cost, Lane lane) {
    std::uint64_t droppable = 0;
    for (std::size_t at = static_cast<std::size_t>(lane); at < all_lanes.size(); ++at)
        droppable += shelves_.alone_bytes(all_lanes[at]);
    if (shelves_.bytes() - droppable + cost > limit) return false;
    const bool thin = options_.when_full == config::WhenFull::thin;
    while (shelves_.bytes() + cost > limit) {
        const bool dropped = (thin && thin_lowest(lane)) || evict_oldest(lane);
        assert(dropped && "bytes without records");
        if (!dropped) return false;
    }
    tell_eviction(fmt::format(
        "queue.max_memory of {} bytes is reached and the disk takes nothing more for now: messages "
        "are dropped as queue.when_full says",
        options_.max_memory));
    return true;
}

bool DurableQueue::evict_oldest(Lane lane) {
    for (const bool handed_out : {false, true}) {
        for (std::size_t at = all_lanes.size(); at-- > static_cast<std::size_t>(lane);) {
            if (Entry* entry = shelves_.oldest(all_lanes[at], handed_out)) {
                evict(*entry, LossReason::memory);
                return true;
            }
        }
    }
    return false;
}

/// Every second one of each stream, of the oldest half of the lowest lane that has two or more.
bool DurableQueue::thin_lowest(Lane lane) {
    for (std::size_t at = all_lanes.size(); at-- > static_cast<std::size_t>(lane);) {
        const std::size_t waiting = shelves_.count(all_lanes[at], false);
        if (waiting < 2) continue;
        bool dropped = false;
        Entry* entry = shelves_.oldest(all_lanes[at], false);
        for (std::size_t i = 0; i < (waiting + 1) / 2 && entry != nullptr; ++i) {
            Entry* next = shelves_.next(*entry);
            entry->stream.thin = !entry->stream.thin;
            if (entry->stream.thin) {
                evict(*entry, LossReason::thinned);
                dropped = true;
            }
            entry = next;
        }
        if (dropped) return true;
    }
    return false;
}

void DurableQueue::evict(Entry& entry, LossReason reason) {
    Stream& stream = entry.stream;
    const Sequence sequence = entry.sequence();
    const WallTime time = known_wall(entry.record->message.time);
    const bool was_head = &entry == &stream.entries.begin()->second;
    answer(std::move(entry.accepted), Acceptance::refused);
    remove(entry);
    ++stream.figures.evicted;
    ++counters_.evicted;
    add_loss(stream, reason, sequence, time);
    if (was_head) announce(stream);
}

/// In memory mode ages are looked after here; on disk they are the store's.
void DurableQueue::evict_old(MonotonicTime now) {
    for (const Lane lane : all_lanes) {
        const Duration most = options_.lanes[static_cast<std::size_t>(lane)].max_age;
        for (Entry* entry = shelves_.oldest(lane); entry != nullptr && now - entry->made > most;
             entry = shelves_.oldest(lane)) {
            evict(*entry, LossReason::age);
        }
    }
}

/// Who asked for an answer has one with this; what nobody asks for is a loss like any other.
Error DurableQueue::refuse(const Message& message, std::uint64_t cost, bool nobody_asks) {
    if (nobody_asks) {
        Stream& stream = streams_.of(message);
        ++stream.figures.evicted;
        ++counters_.evicted;
        add_loss(stream, LossReason::refused, 0, known_wall(message.time));
    }
    if (commit_of(message.lane).full) {
        const bool newest = options_.when_full == config::WhenFull::drop_newest;
        return Error::drop_item(fmt::format(
            "the queue's files are at queue.max_bytes ({} bytes), memory is at queue.max_memory "
            "({} bytes), and {}: no room for a message of {} bytes in lane {}",
            options_.max_bytes, options_.max_memory,
            newest ? "queue.when_full is drop-newest" : "they hold higher lanes alone", cost,
            name_of(message.lane)));
    }
    return Error::drop_item(fmt::format(
        "the queue holds {} of at most {} bytes in memory, the disk takes no more for now, and "
        "there is no room for a message of {} bytes in lane {}; raise queue.max_memory, or send "
        "less",
        shelves_.bytes(), options_.max_memory, cost, name_of(message.lane)));
}

void DurableQueue::tell_eviction(const std::string& sentence) {
    if (eviction_told_) return;
    eviction_told_ = true;
    around_.log.warning("queue.evicted", sentence);
}

/// Gathered by stream and reason: as many as there are of these at most.
void DurableQueue::add_loss(Stream& stream, LossReason reason, Sequence sequence, WallTime time) {
    if (losses_.empty()) wake_not_later_than(around_.clock.monotonic() + acknowledge_within);
    Loss& loss = losses_
                     .try_emplace({&stream, reason},
                                  Loss{stream.key, reason, 0, sequence, sequence, time, time})
                     .first->second;
    ++loss.count;
    // What was handed out goes last, and is older than what went before it.
    loss.first = std::min(loss.first, sequence);
    loss.last = std::max(loss.last, sequence);
    loss.first_time = earlier(loss.first_time, time);
    loss.last_time = std::max(loss.last_time, time);
}

}  // namespace fieldway::queue
