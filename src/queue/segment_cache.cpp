#include "queue/segment_cache.h"

#include <algorithm>

#include <fmt/format.h>

#include "queue/ack_journal.h"
#include "queue/segment_scan.h"

namespace fieldway::queue {

namespace {

constexpr StreamId unknown = ~StreamId{0};

}  // namespace

void DecodedSegment::decode(ByteView bytes, std::uint64_t salt, SegmentKind kind,
                            const StreamIndex& index) {
    const StreamId dead = index.find(dead_letters_key()).value_or(unknown);
    const Scan scan = scan_frames(bytes, 0, salt);
    for (const ScannedFrame& scanned : scan.frames) {
        Frame frame{scanned.header, {}, {}, {}};
        const ByteView stored =
            bytes.subspan(scanned.offset + FrameHeader::size, scanned.header.stored_bytes);
        const auto raw = open_body(scanned.header, stored, frame.body);
        const auto body = raw ? FrameBody::decode(scanned.header, *raw) : std::nullopt;
        if (!body) continue;
        if (!scanned.header.compressed) frame.body.assign(raw->begin(), raw->end());
        frame.keys = body->streams();
        for (const StreamKey& key : frame.keys) {
            const auto id = kind_of(key.lane) == kind ? index.find(key) : std::nullopt;
            frame.streams.push_back(id.value_or(unknown));
        }
        const auto number = static_cast<std::uint32_t>(frames_.size());
        for (const RecordView& record : body->records()) {
            const bool is_dead = kind == SegmentKind::dead;
            const StreamId id = is_dead ? dead : frame.streams[record.stream];
            if (id == unknown || is_dead != record.dead.has_value()) continue;
            const Sequence sequence = is_dead ? record.dead->number : record.sequence;
            auto& places = places_[id];
            if (!places.empty() && places.back().sequence >= sequence) continue;
            places.push_back({sequence, number, record.offset});
        }
        memory_ += frame.body.size() + body->records().size() * sizeof(Place) + sizeof(Frame);
        frames_.push_back(std::move(frame));
    }
    for (const Damage& damage : scan.damages) {
        // Without bytes: frames that were decoded before stand in front of these.
        if (damage.length > 0) damages_.push_back(decoded_upto + damage.offset);
    }
    if (scan.data_end < bytes.size()) damages_.push_back(decoded_upto + scan.data_end);
}

std::string DecodedSegment::damage_text() const {
    return damages_.empty() ? "" : fmt::format(" (at offset {})", fmt::join(damages_, ", "));
}

std::shared_ptr<const Record> make_record(const StreamKey& key, const RecordView& view,
                                          const Segment& segment) {
    Record record{view.sequence,
                  {key.uplink, key.device, std::string(view.subtopic), key.lane, view.content_type,
                   std::string(view.payload), view.time, key.drain}};
    Message& message = record.message;
    if (segment.own_boot) {
        message.lacks = view.lacks;
    } else if (segment.ahead && !view.time.settled) {
        const auto wall_of = [&](MonotonicTime then) { return wall_at(then, *segment.ahead); };
        message.payload = filled(view.payload, view.lacks, wall_of);
        message.time.wall = wall_of(message.time.monotonic);
        message.time.settled = true;
    }
    return std::make_shared<const Record>(std::move(record));
}

const std::vector<DecodedSegment::Place>& DecodedSegment::places(StreamId stream) const {
    static const std::vector<Place> none;
    const auto at = places_.find(stream);
    return at == places_.end() ? none : at->second;
}

FileResult<std::shared_ptr<const DecodedSegment>> SegmentCache::get(FileSystem& files,
                                                                    const SegmentLog& log,
                                                                    SegmentNumber number,
                                                                    const StreamIndex& index) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.kind == log.kind() && entry.number == number;
    });
    if (found != entries_.end()) {
        entries_.splice(entries_.begin(), entries_, found);
    } else {
        entries_.push_front({log.kind(), number, std::make_shared<DecodedSegment>()});
    }
    Entry& entry = entries_.front();
    entry.used = true;
    const auto decoded = entry.decoded;
    const Segment& segment = log.segments().at(number);
    if (decoded->decoded_upto < segment.data_end) {
        const std::uint64_t from = decoded->decoded_upto;
        auto file = files.open(log.path_of(number), FileSystem::Open::read);
        auto bytes = file ? read_whole(**file, from, segment.data_end - from, decoded->bad_pages)
                          : FileResult<Bytes>(file.error());
        if (!bytes) {
            entries_.pop_front();
            return bytes.error();
        }
        decoded->decode(*bytes, segment.salt, log.kind(), index);
        decoded->decoded_upto = segment.data_end;
        shrink();
    }
    return std::shared_ptr<const DecodedSegment>(decoded);
}

void SegmentCache::forget(SegmentKind kind, SegmentNumber number) {
    entries_.remove_if(
        [&](const Entry& entry) { return entry.kind == kind && entry.number == number; });
}

void SegmentCache::trim() {
    entries_.remove_if([](const Entry& entry) { return !entry.used; });
    for (Entry& entry : entries_)
        entry.used = false;
}

void SegmentCache::shrink() {
    std::uint64_t memory = 0;
    std::size_t kept = 0;
    for (auto at = entries_.begin(); at != entries_.end();) {
        memory += at->decoded->memory();
        ++kept;
        const bool keep = kept == 1 || (kept <= most_segments && memory <= most_memory);
        at = keep ? std::next(at) : entries_.erase(at);
    }
}

}  // namespace fieldway::queue
