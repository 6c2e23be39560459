#include "queue/stream_index.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace fieldway::queue {

namespace {

constexpr Sequence most_span = std::numeric_limits<std::uint32_t>::max();

std::uint32_t small(std::uint64_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

Extent empty_extent(SegmentNumber segment, Sequence first, Sequence last, bool dense) {
    Extent extent;
    extent.first = first;
    extent.span = static_cast<std::uint32_t>(last - first);
    extent.segment = segment & 0x7FFFFFFFU;
    extent.dense = dense ? 1 : 0;
    return extent;
}

/// `value` times `part` of `whole`, rounded down.
std::uint32_t share(std::uint32_t value, std::uint64_t part, std::uint64_t whole) {
    return static_cast<std::uint32_t>(static_cast<double>(value) * static_cast<double>(part) /
                                      static_cast<double>(whole));
}

}  // namespace

std::size_t StreamIndex::KeyHash::operator()(const StreamKey& key) const {
    const std::size_t hash = std::hash<std::string_view>()(key.device.text());
    return hash * 31 + std::hash<std::string_view>()(key.uplink) * 7 +
           static_cast<std::size_t>(key.lane) * 2 + static_cast<std::size_t>(key.drain);
}

StreamId StreamIndex::id_of(const StreamKey& key, SegmentKind kind) {
    const auto [at, added] = ids_.try_emplace(key, static_cast<StreamId>(streams_.size()));
    if (added) streams_.push_back({key, kind, {}, 0, {}, 0, 0, 0, {}, false});
    return at->second;
}

std::optional<StreamId> StreamIndex::find(const StreamKey& key) const {
    const auto at = ids_.find(key);
    return at == ids_.end() ? std::nullopt : std::optional(at->second);
}

void StreamIndex::count(Stream& stream, SegmentNumber segment, std::int64_t records,
                        std::int64_t bytes) {
    Live& in_segment = live_[static_cast<std::size_t>(stream.kind)][segment];
    for (Live* live :
         {&in_segment, &stream.live, stream.kind == SegmentKind::dead ? nullptr : &total_}) {
        if (live == nullptr) continue;
        live->records += static_cast<std::uint64_t>(records);
        live->bytes += static_cast<std::uint64_t>(bytes);
    }
}

void StreamIndex::set(Stream& stream, Extent& extent, std::uint32_t records, std::uint32_t bytes) {
    count(stream, extent.segment, std::int64_t{records} - extent.count,
          std::int64_t{bytes} - extent.bytes);
    extent.count = records;
    extent.bytes = bytes;
}

void StreamIndex::add(StreamId id, SegmentNumber segment, Sequence sequence, std::uint64_t bytes) {
    Stream& stream = streams_[id];
    stream.newest = std::max(stream.newest, sequence);
    std::size_t of_segment = 0;
    for (auto at = stream.extents.rbegin();
         at != stream.extents.rend() && at->segment == segment && of_segment < most_runs; ++at) {
        ++of_segment;
    }
    const bool joins =
        of_segment > 0 && (stream.extents.back().last() + 1 == sequence || of_segment >= most_runs);
    if (!joins || sequence - stream.extents.back().first > most_span) {
        stream.extents.push_back(empty_extent(segment, sequence, sequence, true));
    }
    Extent& extent = stream.extents.back();
    if (extent.count > 0 && extent.last() + 1 != sequence) extent.dense = 0;
    extent.span = static_cast<std::uint32_t>(sequence - extent.first);
    set(stream, extent, extent.count + 1, small(std::uint64_t{extent.bytes} + bytes));
}

void StreamIndex::add_run(StreamId id, SegmentNumber segment, const Run& run) {
    Stream& stream = streams_[id];
    stream.newest = std::max(stream.newest, run.last);
    if (run.last <= stream.through) return;
    cut_back(stream, run.first);
    const Sequence first = std::max(run.first, run.last > most_span ? run.last - most_span : 0);
    stream.extents.push_back(empty_extent(segment, first, run.last, run.dense()));
    set(stream, stream.extents.back(), run.count, small(run.bytes));
    const std::size_t gone = singles_within(stream, run.first, run.last);
    if (gone > 0) {
        Extent& extent = stream.extents.back();
        const std::uint32_t least = extent.dense != 0 ? 0 : 1;
        const std::uint32_t left =
            extent.count > gone ? extent.count - static_cast<std::uint32_t>(gone) : 0;
        const std::uint32_t count_now = std::max(left, least);
        set(stream, extent, count_now, share(extent.bytes, count_now, extent.count));
    }
    cut_front(stream, stream.through);
    while (!stream.extents.empty() && stream.extents.back().count == 0)
        drop_back(stream);
}

std::size_t StreamIndex::singles_within(const Stream& stream, Sequence first, Sequence last) {
    const auto from = std::lower_bound(stream.singles.begin(), stream.singles.end(), first);
    const auto to = std::upper_bound(from, stream.singles.end(), last);
    return static_cast<std::size_t>(to - from);
}

void StreamIndex::drop_front(Stream& stream) {
    set(stream, stream.extents.front(), 0, 0);
    stream.extents.pop_front();
}

void StreamIndex::drop_back(Stream& stream) {
    set(stream, stream.extents.back(), 0, 0);
    stream.extents.pop_back();
}

/// Called while `singles` still has what is at or below `through`.
void StreamIndex::cut_front(Stream& stream, Sequence through) {
    while (!stream.extents.empty() && stream.extents.front().last() <= through)
        drop_front(stream);
    if (stream.extents.empty()) return;
    Extent& extent = stream.extents.front();
    if (extent.first > through) return;
    const auto left = static_cast<std::uint32_t>(extent.last() - through);
    std::uint32_t count_now = 0;
    if (extent.dense != 0) {
        count_now =
            left - static_cast<std::uint32_t>(singles_within(stream, through + 1, extent.last()));
    } else {
        count_now = std::max(share(extent.count, left, std::uint64_t{extent.span} + 1), 1U);
    }
    const std::uint32_t bytes =
        extent.count == 0 ? 0 : share(extent.bytes, count_now, extent.count);
    set(stream, extent, count_now, bytes);
    extent.first = through + 1;
    extent.span = left - 1;
    if (extent.count == 0) drop_front(stream);
}

void StreamIndex::cut_back(Stream& stream, Sequence from) {
    while (!stream.extents.empty() && stream.extents.back().first >= from)
        drop_back(stream);
    if (stream.extents.empty() || stream.extents.back().last() < from) return;
    Extent& extent = stream.extents.back();
    const auto left = static_cast<std::uint32_t>(from - extent.first);
    std::uint32_t count_now = 0;
    if (extent.dense != 0) {
        count_now =
            left - static_cast<std::uint32_t>(singles_within(stream, extent.first, from - 1));
    } else {
        count_now = std::max(share(extent.count, left, std::uint64_t{extent.span} + 1), 1U);
    }
    set(stream, extent, count_now, share(extent.bytes, count_now, std::max(extent.count, 1U)));
    extent.span = left - 1;
    if (extent.count == 0) drop_back(stream);
}

void StreamIndex::take_single(Stream& stream, Sequence sequence) {
    const auto place = std::lower_bound(stream.singles.begin(), stream.singles.end(), sequence);
    if (place != stream.singles.end() && *place == sequence) return;
    stream.singles.insert(place, sequence);
    const auto extent =
        std::partition_point(stream.extents.begin(), stream.extents.end(),
                             [&](const Extent& candidate) { return candidate.last() < sequence; });
    if (extent == stream.extents.end() || extent->first > sequence) return;
    // With holes it may never have been on disk: not counted down to nothing.
    if (extent->dense == 0 && extent->count <= 1) return;
    set(stream, *extent, extent->count - 1, share(extent->bytes, extent->count - 1, extent->count));
    if (extent->count == 0) stream.extents.erase(extent);
}

void StreamIndex::acknowledge(StreamId id, Sequence through, std::span<const Sequence> singles) {
    Stream& stream = streams_[id];
    const Sequence before = stream.through;
    const std::size_t singles_before = stream.singles.size();
    for (const Sequence single : singles) {
        if (single > std::max(through, stream.through)) take_single(stream, single);
    }
    const bool grown = stream.singles.size() != singles_before;
    if (through > stream.through) {
        cut_front(stream, through);
        stream.through = through;
        std::erase_if(stream.singles, [&](Sequence single) { return single <= through; });
    }
    while (!stream.singles.empty() && stream.singles.front() == stream.through + 1) {
        ++stream.through;
        stream.singles.erase(stream.singles.begin());
        if (!stream.extents.empty() && stream.extents.front().first <= stream.through) {
            Extent& front = stream.extents.front();
            if (front.last() <= stream.through) {
                drop_front(stream);
            } else {
                --front.span;
                ++front.first;
            }
        }
    }
    stream.newest = std::max(stream.newest, stream.through);
    if ((stream.through != before || grown) && !stream.ack_dirty) {
        stream.ack_dirty = true;
        dirty_.push_back(id);
    }
}

bool StreamIndex::done(StreamId id, Sequence sequence) const {
    const Stream& stream = streams_[id];
    return sequence <= stream.through ||
           std::binary_search(stream.singles.begin(), stream.singles.end(), sequence);
}

void StreamIndex::reserve(StreamId id, Sequence upto) {
    Stream& stream = streams_[id];
    stream.reserved = std::max(stream.reserved, upto);
}

void StreamIndex::settle(StreamId id, Sequence upto) {
    Stream& stream = streams_[id];
    stream.settled = std::max(stream.settled, upto);
}

void StreamIndex::journal_written() {
    for (const StreamId id : dirty_)
        streams_[id].ack_dirty = false;
    dirty_.clear();
}

const Extent* StreamIndex::extent_after(StreamId id, Sequence after) const {
    const Extents& extents = streams_[id].extents;
    const auto at = std::partition_point(extents.begin(), extents.end(), [&](const Extent& extent) {
        return extent.last() <= after;
    });
    return at == extents.end() ? nullptr : &*at;
}

void StreamIndex::verify(StreamId id, SegmentNumber segment, Sequence first, Sequence last,
                         Live live) {
    Stream& stream = streams_[id];
    const auto extent =
        std::partition_point(stream.extents.begin(), stream.extents.end(),
                             [&](const Extent& candidate) { return candidate.last() < first; });
    if (extent == stream.extents.end() || extent->segment != segment || extent->first != first ||
        extent->last() != last) {
        return;
    }
    if (live.records + singles_within(stream, first, last) != last - first + 1) extent->dense = 0;
    set(stream, *extent, small(live.records), small(live.bytes));
    if (live.records == 0) stream.extents.erase(extent);
}

void StreamIndex::remove_segment(SegmentKind kind, SegmentNumber segment) {
    replace_segment(kind, segment, {});
    live_[static_cast<std::size_t>(kind)].erase(segment);
}

void StreamIndex::replace_segment(SegmentKind kind, SegmentNumber segment,
                                  std::span<const Run> runs) {
    for (const StreamId id : streams_in(kind, segment)) {
        Extents& extents = streams_[id].extents;
        for (Extent& extent : extents) {
            if (extent.segment == segment) set(streams_[id], extent, 0, 0);
        }
        std::erase_if(extents, [&](const Extent& extent) { return extent.segment == segment; });
    }
    for (const Run& run : runs) {
        Stream& stream = streams_[run.stream];
        const auto place =
            std::partition_point(stream.extents.begin(), stream.extents.end(),
                                 [&](const Extent& extent) { return extent.last() < run.first; });
        const auto at =
            stream.extents.insert(place, empty_extent(segment, run.first, run.last, run.dense()));
        set(stream, *at, run.count, small(run.bytes));
    }
}

Live StreamIndex::live_of(SegmentKind kind, SegmentNumber segment) const {
    const auto& live = live_[static_cast<std::size_t>(kind)];
    const auto at = live.find(segment);
    return at == live.end() ? Live{} : at->second;
}

std::vector<StreamId> StreamIndex::streams_in(SegmentKind kind, SegmentNumber segment) const {
    std::vector<StreamId> found;
    for (StreamId id = 0; id < streams_.size(); ++id) {
        const Stream& stream = streams_[id];
        if (stream.kind != kind) continue;
        const auto at =
            std::partition_point(stream.extents.begin(), stream.extents.end(),
                                 [&](const Extent& extent) { return extent.segment < segment; });
        if (at != stream.extents.end() && at->segment == segment) found.push_back(id);
    }
    return found;
}

}  // namespace fieldway::queue
