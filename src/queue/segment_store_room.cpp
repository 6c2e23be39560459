// Room: what a limit, a full disk or age takes away, told before it goes; and segments rewritten.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

std::uint64_t SegmentStore::counted_bytes() const {
    std::uint64_t bytes = state_.file_bytes();
    for (const SegmentLog& one : logs_)
        bytes += one.kind() == SegmentKind::dead ? 0 : one.file_bytes();
    return bytes;
}

SegmentStore::Room SegmentStore::make_room(SegmentKind kind, std::uint64_t bytes, StoreNews& news) {
    bool freed = false;
    for (;;) {
        const bool own_full = log(kind).file_bytes() + bytes > kind_limit(options_.limits, kind);
        const bool all_full =
            kind != SegmentKind::dead && counted_bytes() + bytes > options_.limits.max_bytes;
        if (!own_full && !all_full) return Room::there;
        if (!freed) {
            freed = true;  // what is done with goes first
            if (!write_journal() || !free_done_segments()) return Room::failed;
            continue;
        }
        const auto victim =
            own_full ? (log(kind).segments().empty() ? std::nullopt : std::optional(kind))
                     : lane_to_evict(kind);
        if (!victim) return Room::none;
        const Room room = make_room_by_policy(kind, *victim, LossReason::bytes, news);
        if (room != Room::there) return room;
    }
}

std::optional<SegmentKind> SegmentStore::lane_to_evict(SegmentKind kind) const {
    if (kind == SegmentKind::dead) return kind;
    std::array<bool, all_segment_kinds.size()> has_segments{};
    for (const SegmentLog& one : logs_)
        has_segments[static_cast<std::size_t>(one.kind())] = !one.segments().empty();
    return kind_to_evict(kind, has_segments);
}

/// One step, by when_full.
SegmentStore::Room SegmentStore::make_room_by_policy(SegmentKind kind, SegmentKind victim,
                                                     LossReason reason, StoreNews& news) {
    const SegmentLog& from = log(victim);
    if (from.segments().empty()) return Room::none;
    const config::WhenFull when_full = options_.limits.when_full;
    if (kind != SegmentKind::dead && when_full == config::WhenFull::drop_newest) return Room::none;
    if (victim != SegmentKind::dead && when_full == config::WhenFull::thin) {
        std::vector<ThinCandidate> candidates;
        for (const auto& [number, segment] : from.segments()) {
            candidates.push_back({number, segment.thinned, index_.live_of(victim, number).records});
        }
        const auto chosen = segment_to_thin(candidates);
        if (chosen && thin_segment(victim, *chosen, news)) {
            tell_eviction(reason == LossReason::disk ? reason : LossReason::thinned, victim);
            return Room::there;
        }
        if (figures_.degraded) return Room::failed;
    }
    const SegmentNumber oldest = from.segments().begin()->first;
    if (!evict_segment(victim, oldest, reason, news)) return Room::failed;
    tell_eviction(reason, victim);
    return Room::there;
}

/// Once, until there has been room for a journal interval.
void SegmentStore::tell_eviction(LossReason reason, SegmentKind kind) {
    const auto place = static_cast<std::size_t>(kind);
    evicted_at_[place] = now_.monotonic;
    if (evicting_[place] || kind == SegmentKind::dead) return;
    evicting_[place] = true;
    if (reason == LossReason::disk) {
        find(Finding::Kind::disk_full,
             fmt::format("the disk is full, with {} bytes of it taken by the queue, of {} that it "
                         "may take: the oldest messages of lane {} give way; make room on the "
                         "disk, or lower queue.max_bytes",
                         counted_bytes(), options_.limits.max_bytes, name_of(kind)));
        return;
    }
    find(Finding::Kind::evicted,
         fmt::format("lane {} reached a limit ({}): its files take {} bytes, all lanes {} of {}; "
                     "messages are dropped from now on",
                     name_of(kind), name_of(reason), log(kind).file_bytes(), counted_bytes(),
                     options_.limits.max_bytes));
}

/// Makes the losses durable as gaps. False: they did not happen.
bool SegmentStore::lose(std::vector<Loss> losses, StoreNews& news) {
    std::erase_if(losses, [](const Loss& loss) { return loss.count == 0; });
    if (losses.empty()) return true;
    const GapBook before = gap_book_;
    for (const Loss& loss : losses)
        gap_book_.add(loss);
    if (!write_snapshot()) {
        gap_book_ = before;
        return false;
    }
    gaps_changed_ = true;
    for (const Loss& loss : losses)
        figures_.evicted += loss.count;
    news.losses.insert(news.losses.end(), losses.begin(), losses.end());
    return true;
}

bool SegmentStore::evict_segment(SegmentKind kind, SegmentNumber number, LossReason reason,
                                 StoreNews& news) {
    if (kind == SegmentKind::dead) {
        for (const StreamId id : index_.streams_in(kind, number)) {
            Sequence last = 0;
            for (const Extent& extent : index_.at(id).extents)
                last = extent.segment == number ? extent.last() : last;
            index_.acknowledge(id, last, {});
        }
    } else if (!lose(losses_of(kind, number, reason, news), news)) {
        return false;
    }
    index_.remove_segment(kind, number);
    cache_.forget(kind, number);
    seen_.erase({kind, number});
    if (log(kind).is_active(number)) log(kind).close_active();
    if (!log(kind).segments().contains(number)) return true;
    auto done = log(kind).remove(number);
    if (done) done = log(kind).sync_folder();
    if (done) return true;
    degrade(done.error());
    return false;
}

/// What waits in the segment, by stream: exact where it can be read.
std::vector<Loss> SegmentStore::losses_of(SegmentKind kind, SegmentNumber number, LossReason reason,
                                          StoreNews& news) {
    const auto segment = reason == LossReason::damaged
                             ? FileResult<std::shared_ptr<const DecodedSegment>>(FileError{})
                             : decoded(kind, number, news);
    std::vector<Loss> losses;
    for (const StreamId id : index_.streams_in(kind, number)) {
        Loss loss{index_.at(id).key, reason};
        for (const Extent& extent : index_.at(id).extents) {
            if (extent.segment != number) continue;
            if (!segment) {
                const Loss part{loss.key, reason, extent.count, extent.first, extent.last()};
                loss = loss.count == 0 ? part : joined(loss, part);
                continue;
            }
            for (const auto& place : (*segment)->places(id)) {
                if (place.sequence < extent.first || place.sequence > extent.last()) continue;
                if (index_.done(id, place.sequence)) continue;
                const WallTime wall = known_wall((*segment)->view(place).time);
                const Loss one{loss.key, reason, 1, place.sequence, place.sequence, wall, wall};
                loss = loss.count == 0 ? one : joined(loss, one);
            }
        }
        losses.push_back(std::move(loss));
    }
    return losses;
}

/// Takes every second record of every stream out of it.
bool SegmentStore::thin_segment(SegmentKind kind, SegmentNumber number, StoreNews& news) {
    if (log(kind).is_active(number)) log(kind).close_active();
    if (!log(kind).segments().contains(number)) return true;
    const auto segment = decoded(kind, number, news);
    if (!segment) return false;
    std::unordered_map<StreamId, std::vector<Sequence>> dropped;
    std::vector<Loss> losses;
    for (const StreamId id : index_.streams_in(kind, number)) {
        Loss loss{index_.at(id).key, LossReason::thinned};
        bool drop = true;  // the first one stays
        for (const auto& place : (*segment)->places(id)) {
            if (!waits_in(id, place.sequence, number)) continue;
            drop = !drop;
            if (!drop) continue;
            dropped[id].push_back(place.sequence);
            const WallTime wall = known_wall((*segment)->view(place).time);
            const Loss one{loss.key, loss.reason, 1, place.sequence, place.sequence, wall, wall};
            loss = loss.count == 0 ? one : joined(loss, one);
        }
        losses.push_back(std::move(loss));
    }
    if (!lose(std::move(losses), news)) return false;
    const std::uint32_t thinned = log(kind).segment(number).thinned + 1;
    const auto keep = [&](StreamId id, Sequence sequence) {
        const auto at = dropped.find(id);
        return at == dropped.end() ||
               !std::binary_search(at->second.begin(), at->second.end(), sequence);
    };
    if (rewrite_segment(kind, number, thinned, news, keep)) return true;
    // They were told as lost: neither delivered nor told again when the segment goes as a whole.
    for (const auto& [id, sequences] : dropped)
        index_.acknowledge(id, 0, sequences);
    return false;
}

bool SegmentStore::waits_in(StreamId id, Sequence sequence, SegmentNumber number) const {
    const Extent* extent = index_.extent_after(id, sequence - 1);
    return extent != nullptr && extent->segment == number && extent->first <= sequence &&
           !index_.done(id, sequence);
}

/// Keeps of the segment what waits and `keep` agrees to, frame by frame, so that ages stay.
bool SegmentStore::rewrite_segment(SegmentKind kind, SegmentNumber number, std::uint32_t thinned,
                                   StoreNews& news, const Keep& keep) {
    const auto old = decoded(kind, number, news);
    if (!old || !write_journal()) return false;
    Segment content = log(kind).segment(number);
    SegmentHeader header = log(kind).header_for(number, next_salt(), thinned);
    // Whichever other one it was, only the last one is ever asked for.
    if (!content.own_boot) header.boot = content.ahead ? options_.last_boot->boot_id : "";
    content.salt = header.salt;
    content.thinned = thinned;
    content.damaged = false;
    content.frames = 0;
    content.payload_bytes = 0;
    Bytes file;
    encode(header, file);
    RunBook book;
    FrameBuilder frame;
    for (const DecodedSegment::Frame& source : (*old)->frames()) {
        frame.clear();
        const auto body = FrameBody::decode(source.header, source.body);
        for (const RecordView& record : body->records()) {
            const bool is_dead = kind == SegmentKind::dead;
            const StreamId id = is_dead ? dead_stream_ : source.streams[record.stream];
            const Sequence sequence = is_dead ? record.dead->number : record.sequence;
            if (id >= index_.size() || !waits_in(id, sequence, number) || !keep(id, sequence)) {
                continue;
            }
            frame.add(record, frame.stream(source.keys[record.stream]));
            book.add(id, sequence, record.payload.size(), known_wall(record.time), file.size());
            content.payload_bytes += record.payload.size();
        }
        if (frame.records() == 0) continue;
        const ByteView bytes = frame.finish(header.salt, ++content.frames, source.header.time,
                                            options_.limits.compress ? &compressor_ : nullptr);
        file.insert(file.end(), bytes.begin(), bytes.end());
        content.newest = source.header.time;
    }
    content.data_end = file.size();
    const Bytes footer = encode(make_footer(header, content, book, key_of()));
    file.insert(file.end(), footer.begin(), footer.end());
    content.file_bytes = disk_bytes(file.size());
    const bool replaced = log(kind).replace(number, file, content).has_value();
    cache_.forget(kind, number);
    if (replaced) index_.replace_segment(kind, number, book.runs());
    if (replaced) ++figures_.rewritten_segments;
    return replaced;
}

}  // namespace fieldway::queue
