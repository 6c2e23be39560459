// What the store tells: what it found at the start, what it lost, and which gaps devices have.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "queue/durable_queue.h"
#include "queue/queue_events.h"
#include "queue/sequence_clock.h"

namespace fieldway::queue {

void DurableQueue::start(Store::Recovered recovered, const StoreFigures& figures) {
    store_ = figures;
    // What cannot be written may not have been read either.
    streams_.begin_above(std::max(recovered.first_of_new - 1,
                                  figures.degraded ? sequence_by_clock(around_.clock.wall()) : 0));
    take_recovered(std::move(recovered), true);
    maintain_at_ = around_.clock.monotonic() + maintain_every;
    if (store_.records > 0) maintain_rounds_ = 1;
    plan();
}

/// A store that was read at the start and came back later knows nothing that is not known here.
void DurableQueue::take_recovered(Store::Recovered recovered, bool at_start) {
    std::uint64_t records = 0;
    std::set<std::string> devices;
    if (!at_start && !unread_) recovered.streams.clear();
    // Read-only is not unread: what cannot be written may have been read all the same.
    unread_ = at_start && store_.degraded && recovered.streams.empty();
    // First: what was lost before is not in the figures of what is there.
    take_news(std::move(recovered.news));
    for (const StoredStream& stored : recovered.streams) {
        Stream& stream = streams_.of(stored.key);
        stream.last = std::max({stream.last, stored.next - 1, stored.last});
        stream.reserved = std::max(stream.reserved, stored.reserved);
        if (stored.records == 0) continue;
        add_recovered(stream, stored);
        records += stored.records;
        devices.insert(stored.key.device.text());
        announce(stream);
    }
    gaps_.set(recovered.gaps);
    if (records == 0) return;
    around_.log.info("queue.recovered",
                     fmt::format("{} messages of {} devices wait {}", records, devices.size(),
                                 at_start ? "from before the start" : "that the disk had kept"),
                     {{"messages", std::to_string(records)}});
}

/// What was given out before the store could be read is above all of this (sequence_by_clock),
/// unless the clock stood wrong: what RAM holds then keeps its number until it is done with.
void DurableQueue::add_recovered(Stream& stream, const StoredStream& stored) {
    stream.disk.add(stored.first, stored.last);
    const auto above = stream.entries.upper_bound(stored.last);
    for (auto at = stream.entries.lower_bound(stored.first); at != above; ++at)
        stream.disk.remove(at->first, at->first);
    stream.stored.records += stored.records;
    stream.stored.bytes += stored.bytes;
}

void DurableQueue::take_news(StoreNews news) {
    for (const Finding& finding : news.findings)
        log_finding(around_.log, finding);
    for (const Loss& loss : news.losses)
        take_loss(loss);
}

/// The store lost it: it counts, and is not asked for any more. What may be in flight stays.
void DurableQueue::take_loss(const Loss& loss) {
    Stream& stream = streams_.of(loss.key);
    stream.figures.evicted += loss.count;
    counters_.evicted += loss.count;
    stream.stored.take(loss.count, 0);
    // These do not name a range of which nothing is left: reading finds what is there.
    if (loss.reason == LossReason::thinned || loss.reason == LossReason::damaged) return;
    stream.disk.remove(loss.first, loss.last);
    auto at = stream.entries.lower_bound(loss.first);
    while (at != stream.entries.end() && at->first <= loss.last) {
        Entry& entry = at->second;
        ++at;
        if (entry.safety == Safety::stored && !entry.handed_out) remove(entry);
    }
    if (stream.empty()) stream.stored = {};
    announce(stream);
}

/// A device whose session peeks is there to be told.
void DurableQueue::take_gaps_of(const StreamKey& key) {
    const MonotonicTime now = around_.clock.monotonic();
    for (const std::uint64_t number :
         options_.gap_subtopic.empty() ? gaps_.take_all(now) : gaps_.take(key, now)) {
        ask_for_gap(number, key);
    }
}

void DurableQueue::ask_for_gap(std::uint64_t number, const StreamKey& of) {
    const bool taken = ask_store([number](Store& store) { return store.take_gap(number); },
                                 [this, number](const std::optional<Gap>& gap) {
                                     if (gap) {
                                         tell_gap(*gap);
                                     } else {
                                         gaps_.told(number);
                                     }
                                 });
    if (!taken) gaps_.give_back(number, of, around_.clock.monotonic());
}

void DurableQueue::tell_gap(const Gap& gap) {
    const Timestamp now = around_.clock.now();
    if (options_.gap_subtopic.empty()) {
        around_.log.warning("queue.gap", loss_sentence(gap.loss),
                            {{"device", gap.loss.key.device.text()}});
        gap_told(gap.number);
        return;
    }
    const StreamKey of = gap.loss.key;
    const auto appended =
        append(gap_message(gap.loss, options_.gap_subtopic, now),
               [this, number = gap.number, of, alive = std::weak_ptr(alive_)](Acceptance outcome) {
                   if (alive.expired()) return;
                   if (outcome == Acceptance::durable) return gap_told(number);
                   gaps_.give_back(number, of, around_.clock.monotonic());
               });
    if (!appended) gaps_.give_back(gap.number, of, now.monotonic);
}

void DurableQueue::gap_told(std::uint64_t number) {
    gaps_.told(number);
    told_.push_back(number);
    plan_soon();
}

}  // namespace fieldway::queue
