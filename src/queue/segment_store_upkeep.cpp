// What is done now and then: journal, snapshot, unlinking, age, rewriting, coming back.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

/// A segment from which something was acknowledged lately is being drained: it will soon be empty.
constexpr Duration quiet_before_rewriting = std::chrono::seconds(30);

}  // namespace

Store::Maintained SegmentStore::maintain(const Timestamp& time) {
    now_ = time;
    Maintained done;
    if (figures_.degraded) {
        if (time.monotonic >= next_retry_) try_to_come_back(done.news);
    } else if (time.monotonic >= next_journal_) {
        done.again = upkeep(done.news);
        if (!done.again) next_journal_ = time.monotonic + options_.journal_interval;
    }
    hand_over(done.news);
    return done;
}

/// True when there is more of the kind that is done a step at a time.
bool SegmentStore::upkeep(StoreNews& news) {
    store_pending_dead(news);
    if (figures_.degraded || !write_journal() || !free_done_segments()) return false;
    seal_closed();
    keep_ballast();
    cache_.trim();
    for (std::size_t at = 0; at < evicting_.size(); ++at) {
        const bool quiet = now_.monotonic - evicted_at_[at] > options_.journal_interval;
        evicting_[at] = evicting_[at] && !quiet;
    }
    return expire_segment(news) || rewrite_sparse(news);
}

Committed SegmentStore::flush(const Timestamp& time) {
    now_ = time;
    if (figures_.degraded) return Committed::degraded;
    StoreNews news;
    store_pending_dead(news);
    if (snapshot_dirty_ && !write_snapshot()) return Committed::degraded;
    for (SegmentLog& one : logs_)
        one.remove_left_behind();
    return write_journal() ? Committed::stored : Committed::degraded;
}

Snapshot SegmentStore::snapshot() const {
    Snapshot snapshot;
    snapshot.first_of_new = first_of_new_;
    snapshot.next_gap = gap_book_.next_number();
    snapshot.dead_reserved = dead_reserved_;
    snapshot.gaps = gap_book_.gaps();
    for (StreamId id = 0; id < index_.size(); ++id) {
        const StreamIndex::Stream& stream = index_.at(id);
        if (stream.kind == SegmentKind::dead) continue;
        snapshot.reserved.push_back({stream.key, std::max(stream.reserved, stream.newest)});
    }
    return snapshot;
}

bool SegmentStore::write_snapshot() {
    const auto done = state_.write_snapshot(encode(snapshot()));
    if (done) {
        snapshot_dirty_ = false;
        return true;
    }
    ++figures_.failed_writes;
    degrade(done.error());
    return false;
}

/// Gaps first: what is given up as too old or damaged goes into the journal as well.
bool SegmentStore::write_journal(bool all) {
    if (snapshot_dirty_ && !write_snapshot()) return false;
    if (index_.ack_dirty().empty() && !all) return true;
    const bool anew = all || state_.journal_wants_rewriting();
    const Bytes text = journal_text(anew);
    const auto done = anew ? state_.rewrite_journal(text) : state_.append_to_journal(text);
    if (done) {
        index_.journal_written();
        return true;
    }
    ++figures_.failed_writes;
    degrade(done.error());
    return false;
}

Bytes SegmentStore::journal_text(bool all) const {
    Bytes text;
    const auto add = [&](StreamId id) {
        const StreamIndex::Stream& stream = index_.at(id);
        if (stream.through == 0 && stream.above.empty()) return;
        encode(AckEntry{stream.key, id == dead_stream_, stream.through, stream.above.all()}, text);
    };
    if (!all) {
        for (const StreamId id : index_.ack_dirty())
            add(id);
        return text;
    }
    encode_ack_header(text);
    for (StreamId id = 0; id < index_.size(); ++id)
        add(id);
    return text;
}

/// Unlinks segments in which nothing waits. Only called right after write_journal().
bool SegmentStore::free_done_segments() {
    for (SegmentLog& one : logs_) {
        one.remove_left_behind();
        std::vector<SegmentNumber> done;
        for (const auto& [number, segment] : one.segments()) {
            if (!one.is_active(number) && index_.live_of(one.kind(), number).records == 0) {
                done.push_back(number);
            }
        }
        for (const SegmentNumber number : done) {
            if (const auto removed = one.remove(number); !removed) {
                degrade(removed.error());
                return false;
            }
            index_.remove_segment(one.kind(), number);
            cache_.forget(one.kind(), number);
            seen_.erase({one.kind(), number});
        }
        if (done.empty()) continue;
        if (const auto synced = one.sync_folder(); !synced) {
            degrade(synced.error());
            return false;
        }
    }
    return true;
}

/// A footer that cannot be written costs time at the next start, no message.
void SegmentStore::seal_closed() {
    for (SegmentLog& one : logs_) {
        while (one.has_unsealed()) {
            const auto done = one.seal_one(key_of());
            if (done) continue;
            ++figures_.failed_writes;
            if (done.error().number == EROFS) degrade(done.error());
            break;
        }
    }
}

bool SegmentStore::expire_segment(StoreNews& news) {
    for (SegmentLog& one : logs_) {
        const auto max_age = kind_max_age(options_.limits, one.kind());
        if (!max_age) continue;
        for (const auto& [number, segment] : one.segments()) {
            if (index_.live_of(one.kind(), number).records == 0) continue;
            if (!too_old(segment.newest, segment.own_boot, now_, *max_age)) continue;
            if (!evict_segment(one.kind(), number, LossReason::age, news)) return false;
            tell_eviction(LossReason::age, one.kind());
            return true;
        }
    }
    return false;
}

bool SegmentStore::rewrite_sparse(StoreNews& news) {
    for (SegmentLog& one : logs_) {
        for (const auto& [number, segment] : one.segments()) {
            if (one.is_active(number)) continue;
            const Live live = index_.live_of(one.kind(), number);
            Seen& seen = seen_[{one.kind(), number}];
            if (seen.live != live.records) seen = {live.records, now_.monotonic};
            const bool quiet = now_.monotonic - seen.since >= quiet_before_rewriting;
            const bool sparse = worth_rewriting(live, segment.payload_bytes, segment.file_bytes);
            if (!segment.damaged && !(quiet && sparse)) continue;
            if (live.records == 0) continue;
            const auto keep = [](StreamId, Sequence) { return true; };
            return rewrite_segment(one.kind(), number, segment.thinned, news, keep);
        }
    }
    return false;
}

void SegmentStore::keep_ballast() {
    const std::uint64_t bytes = ballast_bytes_for(options_.limits);
    if (state_.has_ballast()) return;
    const auto space = files_.free_space(options_.folder);
    constexpr std::uint64_t times = 4;  // not at once out of the little that came back
    if (!space || *space < times * bytes) return;
    static_cast<void>(state_.make_ballast(bytes));
}

void SegmentStore::degrade(const FileError& error) {
    next_retry_ = now_.monotonic + options_.retry_interval;
    degraded_by_ = error.number;
    figures_.reason = error.sentence;
    if (figures_.degraded) return;
    figures_.degraded = true;
    find(Finding::Kind::degraded,
         "the queue cannot be stored and lives in memory: " + error.sentence);
}

/// Dead letters first: the journal says that their records are done with.
bool SegmentStore::write_pending_and_journal(StoreNews& news) {
    store_pending_dead(news);
    return !figures_.degraded && write_journal(true);
}

/// Real writes decide, not what the file system says of itself.
void SegmentStore::try_to_come_back(StoreNews& news) {
    next_retry_ = now_.monotonic + options_.retry_interval;
    figures_.degraded = false;
    if (recovered_) {
        const auto space = files_.free_space(options_.folder);
        const std::uint64_t segment =
            segment_bytes_for(options_.limits, SegmentKind::telemetry, options_.segment_bytes);
        const bool full = degraded_by_ == ENOSPC && space && *space < 2 * segment;
        figures_.degraded = full || !write_snapshot() || !write_pending_and_journal(news);
    } else {
        figures_.degraded = lock_and_recover() != Opened::ready || figures_.degraded;
    }
    // Failing again is no news.
    std::erase_if(findings_,
                  [](const Finding& one) { return one.kind == Finding::Kind::degraded; });
    if (figures_.degraded) return;
    figures_.reason.clear();
    find(Finding::Kind::recovered, "the queue is stored on disk again");
    store_pending_dead(news);
}

}  // namespace fieldway::queue
