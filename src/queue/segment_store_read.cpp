// Reading back: one segment at a time, without what is done with, too old or damaged.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

constexpr std::uint32_t most_failed_reads = 3;
/// A moment's trouble fails many reads: they count as one.
constexpr Duration between_failed_reads = std::chrono::seconds(1);

/// The disk may have given back less than there is only for now: it is asked again before what is
/// missing counts as lost.
bool may_be_read_later(Segment& segment, MonotonicTime now) {
    if (segment.failed_reads == 0 || now - segment.failed_at >= between_failed_reads) {
        ++segment.failed_reads;
        segment.failed_at = now;
    }
    return segment.failed_reads < most_failed_reads;
}

auto first_above(const std::vector<DecodedSegment::Place>& places, Sequence after) {
    return std::upper_bound(places.begin(), places.end(), after,
                            [](Sequence sequence, const DecodedSegment::Place& place) {
                                return sequence < place.sequence;
                            });
}

}  // namespace

Store::Chunk SegmentStore::read(const StreamKey& key, Sequence after, Sequence upto,
                                std::uint64_t most_bytes, const Timestamp& time) {
    now_ = time;
    Chunk chunk;
    const auto id = index_.find(key);
    if (!id) return chunk;
    if (after <= index_.at(*id).through && expire_front(*id, upto, chunk.news)) {
        chunk.next = index_.at(*id).through + 1;
        hand_over(chunk.news);
        return chunk;
    }
    after = std::max(after, index_.at(*id).through);
    std::uint64_t bytes = 0;
    for (const Extent* extent = index_.extent_after(*id, after);
         extent != nullptr && extent->first <= upto && after < upto && chunk.records.empty();
         extent = index_.extent_after(*id, after)) {
        const SegmentNumber number = extent->segment;
        const auto segment = decoded(kind_of(key.lane), number, chunk.news);
        if (!segment) {
            chunk.next = after + 1;
            break;
        }
        // Damage may have changed the index: it is asked again for every extent of the segment.
        extent = index_.extent_after(*id, after);
        while (extent != nullptr && extent->segment == number && extent->first <= upto &&
               after < upto) {
            if (extent->dense == 0 && after < extent->first) {
                correct_estimate(*id, *extent, **segment);
                extent = index_.extent_after(*id, after);
                if (extent == nullptr || extent->segment != number || extent->first > upto) break;
            }
            const Sequence last = std::min(extent->last(), upto);
            const auto& places = (*segment)->places(*id);
            for (auto at = first_above(places, std::max(after, extent->first - 1));
                 at != places.end() && at->sequence <= last; ++at) {
                if (index_.done(*id, at->sequence)) continue;
                const RecordView view = (*segment)->view(*at);
                if (!chunk.records.empty() && bytes + view.payload.size() > most_bytes) {
                    chunk.next = at->sequence;
                    hand_over(chunk.news);
                    return chunk;
                }
                bytes += view.payload.size();
                chunk.records.push_back(
                    make_record(key, view, log(kind_of(key.lane)).segment(number)));
            }
            after = last;
            extent = index_.extent_after(*id, after);
        }
    }
    if (!chunk.next && after < upto) {
        const Extent* rest = index_.extent_after(*id, after);
        if (rest != nullptr && rest->first <= upto) chunk.next = std::max(rest->first, after + 1);
    }
    hand_over(chunk.news);
    return chunk;
}

/// The segment's content. A file that is gone has lost all; an error means that it cannot be read
/// now.
FileResult<std::shared_ptr<const DecodedSegment>> SegmentStore::decoded(SegmentKind kind,
                                                                        SegmentNumber number,
                                                                        StoreNews& news) {
    auto segment = cache_.get(files_, log(kind), number, index_);
    if (!segment) {
        if (segment.error().number != ENOENT) return segment;
        find(Finding::Kind::bad_frame, log(kind).path_of(number).string() + " is gone");
        ++figures_.bad_frames;
        static_cast<void>(evict_segment(kind, number, LossReason::damaged, news));
        return FileError{EAGAIN, segment.error().sentence};
    }
    Segment& known = log(kind).segment(number);
    if ((*segment)->frames().size() < known.frames) {
        if ((*segment)->bad_pages > 0 && may_be_read_later(known, now_.monotonic)) {
            cache_.forget(kind, number);
            return FileError{EIO, log(kind).path_of(number).string() + " cannot be read now"};
        }
        settle_damage(kind, number, **segment);
    }
    known.failed_reads = 0;
    return segment;
}

/// Frames that should be there are not: what they held of each stream is lost, and told once. The
/// segment is rewritten with what is left.
void SegmentStore::settle_damage(SegmentKind kind, SegmentNumber number,
                                 const DecodedSegment& decoded) {
    Segment& segment = log(kind).segment(number);
    const auto missing = segment.frames - static_cast<std::uint32_t>(decoded.frames().size());
    std::uint64_t lost = 0;
    for (const StreamId id : index_.streams_in(kind, number)) {
        const std::deque<Extent> extents = index_.at(id).extents;  // verify() changes them
        for (const Extent& extent : extents) {
            if (extent.segment == number) lost += verify_extent(id, extent, decoded);
        }
    }
    figures_.bad_frames += missing;
    segment.frames = static_cast<std::uint32_t>(decoded.frames().size());
    segment.damaged = true;
    find(Finding::Kind::bad_frame,
         fmt::format("{} is damaged: {} of its {} frames cannot be read{}, {} messages that waited "
                     "are lost",
                     log(kind).path_of(number).string(), missing, segment.frames + missing,
                     decoded.damage_text(), lost));
}

/// How many records of the extent are lost.
std::uint64_t SegmentStore::verify_extent(StreamId id, const Extent& extent,
                                          const DecodedSegment& decoded) {
    Loss loss{index_.at(id).key, LossReason::damaged, 0, extent.first, extent.last()};
    Live live;
    Sequence expected = extent.first;  // of a dense extent: what is not there is lost
    bool lost_any = false;
    const auto lose_up_to = [&](Sequence end) {
        for (; expected < end; ++expected) {
            if (index_.done(id, expected)) continue;
            if (!lost_any) loss.first = expected;
            lost_any = true;
            loss.last = expected;
            ++loss.count;
        }
    };
    const auto& places = decoded.places(id);
    for (auto at = first_above(places, extent.first - 1);
         at != places.end() && at->sequence <= extent.last(); ++at) {
        const WallTime time = known_wall(decoded.view(*at).time);
        if (extent.dense != 0) lose_up_to(at->sequence);
        expected = at->sequence + 1;
        (lost_any ? loss.last_time : loss.first_time) = time;
        if (index_.done(id, at->sequence)) continue;
        ++live.records;
        live.bytes += decoded.view(*at).payload.size();
    }
    if (extent.dense != 0) {
        lose_up_to(extent.last() + 1);
    } else if (live.records < extent.count) {
        loss.count = extent.count - live.records;
    }
    if (loss.last_time == WallTime()) loss.last_time = loss.first_time;
    if (loss.first_time == WallTime()) loss.first_time = loss.last_time;
    index_.verify(id, extent.segment, extent.first, extent.last(), live);
    if (loss.count > 0 && index_.at(id).kind != SegmentKind::dead) note_loss(loss);
    return loss.count;
}

/// With holes the index may have guessed how many records wait.
void SegmentStore::correct_estimate(StreamId id, Extent extent, const DecodedSegment& decoded) {
    Live live;
    const auto& places = decoded.places(id);
    for (auto at = first_above(places, extent.first - 1);
         at != places.end() && at->sequence <= extent.last(); ++at) {
        if (index_.done(id, at->sequence)) continue;
        ++live.records;
        live.bytes += decoded.view(*at).payload.size();
    }
    index_.verify(id, extent.segment, extent.first, extent.last(), live);
}

/// What stands at the front of the stream, in its first segment, and is too old to be delivered.
/// True: ask again, for the next segment, as one is enough for a call and upkeep expires whole
/// ones; or for this one, which cannot be read now.
bool SegmentStore::expire_front(StreamId id, Sequence upto, StoreNews& news) {
    const SegmentKind kind = index_.at(id).kind;
    const auto max_age = kind_max_age(options_.limits, kind);
    const Extent* front = index_.extent_after(id, 0);
    if (!max_age || front == nullptr || front->first > upto) return false;
    const SegmentNumber number = front->segment;
    const auto content = decoded(kind, number, news);
    if (!content) return true;
    const bool own_boot = log(kind).segment(number).own_boot;
    Loss loss{index_.at(id).key, LossReason::age};
    bool young = false;
    const auto& places = (*content)->places(id);
    for (auto at = first_above(places, index_.at(id).through); at != places.end(); ++at) {
        if (!waits_in(id, at->sequence, number)) continue;
        young = !too_old((*content)->frame(*at).header.time, own_boot, now_, *max_age);
        if (young) break;
        const WallTime wall = known_wall((*content)->view(*at).time);
        const Loss one{loss.key, loss.reason, 1, at->sequence, at->sequence, wall, wall};
        loss = loss.count == 0 ? one : joined(loss, one);
    }
    if (loss.count == 0) return false;
    note_loss(loss);
    figures_.evicted += loss.count;
    index_.acknowledge(id, loss.last, {});
    return !young && index_.extent_after(id, loss.last) != nullptr;
}

}  // namespace fieldway::queue
