// Recovery of segments: by their footers, and frame by frame where there is none.
#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include <fmt/format.h>

#include "queue/segment_scan.h"
#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

bool is_of_boot(const SegmentHeader& header, std::string_view boot_id) {
    return !header.boot.empty() && header.boot == boot_id.substr(0, SegmentHeader::boot_bytes);
}

/// An error that is not the file's: it can be opened later.
bool passes(int number) {
    return number == EMFILE || number == ENFILE || number == ENOMEM || number == EACCES;
}

bool all_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

/// Of a segment without a good frame: no more than the first write can have come to the disk, so
/// nothing in it was ever accepted. What could have been is never taken for it: a second frame, or
/// anything behind the end that the first one's header names.
bool is_torn_first_write(ByteView bytes, const std::optional<SegmentHeader>& header) {
    const auto front = std::min<std::size_t>(bytes.size(), SegmentHeader::size);
    if (!header && !all_zero(bytes.first(front))) return false;
    for (std::size_t at = front; at + FrameHeader::size <= bytes.size(); at += 8) {
        const auto frame = decode_frame_header(bytes.subspan(at));
        if (!frame || (header && frame->salt != header->salt)) continue;
        const std::uint64_t end = at + frame->frame_bytes();
        return at == front && frame->number == 1 &&
               (end >= bytes.size() || all_zero(bytes.subspan(end)));
    }
    // Both headers are in one sector: where that one never came, the frame's others may have. Where
    // it did, the write ended within the frame's own: a body is never all zeros.
    const auto end = std::min<std::size_t>(bytes.size(), front + FrameHeader::size);
    return !header || all_zero(bytes.subspan(end));
}

}  // namespace

FileResult<> SegmentStore::recover_segment(const SegmentName& name) {
    log(name.kind).seen(name.number);
    const auto path = log(name.kind).path_of(name.number);
    auto file = files_.open(path, FileSystem::Open::read);
    const auto size = file ? (*file)->size() : FileResult<std::uint64_t>(file.error());
    if (!size) {
        if (passes(size.error().number)) return size.error();
        set_aside(path, size.error().sentence);
        return {};
    }
    const auto done = restore_by_footer(name, **file, *size);
    if (!done) return done.error();
    return *done ? FileResult<>() : restore_by_scan(name, **file, *size);
}

/// False when there is no good one.
FileResult<bool> SegmentStore::restore_by_footer(const SegmentName& name, File& file,
                                                 std::uint64_t size) {
    Bytes bytes(SegmentHeader::size);
    if (size < SegmentHeader::size + Trailer::size || !file.read_at(0, bytes)) return false;
    const auto header = decode_segment_header(bytes);
    if (header && header->version > format_version) {
        return newer_version(log(name.kind).path_of(name.number));
    }
    bytes.resize(Trailer::size);
    if (!file.read_at(size - Trailer::size, bytes)) return false;
    const auto trailer = decode_trailer(bytes, size);
    if (!trailer) return false;
    bytes.resize(trailer->length);
    if (!file.read_at(trailer->offset, bytes)) return false;
    auto footer = decode_footer(*trailer, bytes);
    if (!footer || footer->header.kind != name.kind || footer->header.number != name.number) {
        return false;
    }
    Segment segment;
    segment.number = name.number;
    segment.salt = footer->header.salt;
    segment.data_end = footer->data_end;
    segment.file_bytes = disk_bytes(size);
    segment.frames = footer->frames;
    segment.thinned = footer->header.thinned;
    segment.newest = footer->newest;
    segment.own_boot = is_own_boot(footer->header);
    segment.ahead = ahead_of(footer->header);
    for (Run& run : footer->runs) {
        const StreamKey& key = footer->streams[run.stream];
        if (name.kind != SegmentKind::dead && kind_of(key.lane) != name.kind) return false;
        segment.payload_bytes += run.bytes;
        run.stream = name.kind == SegmentKind::dead ? dead_stream_ : index_.id_of(key, name.kind);
    }
    log(name.kind).restore(segment, footer->header, std::nullopt);
    for (const Run& run : footer->runs)
        index_.add_run(run.stream, name.number, run);
    return true;
}

FileResult<> SegmentStore::restore_by_scan(const SegmentName& name, File& file,
                                           std::uint64_t size) {
    const auto path = log(name.kind).path_of(name.number);
    std::uint64_t bad_pages = 0;
    const auto bytes = read_whole(file, 0, size, bad_pages);
    if (!bytes && passes(bytes.error().number)) return bytes.error();
    if (!bytes) {
        set_aside(path, bytes.error().sentence);
        return {};
    }
    auto header = decode_segment_header(*bytes);
    if (header && header->version > format_version) return newer_version(path);
    if (header && (header->kind != name.kind || header->number != name.number)) {
        set_aside(path, "it is another segment under this name");
        return {};
    }
    ScannedSegment scanned = read_frames(name, *bytes, header);
    if (scanned.segment.frames == 0) {
        if (bad_pages == 0 && is_torn_first_write(*bytes, header)) {
            drop_torn_first_write(path, *bytes);
        } else {
            set_aside(path, "there is no good frame in it");
        }
        return {};
    }
    if (!header) header = log(name.kind).header_for(name.number, scanned.segment.salt, 0);
    if (!scanned.segment.own_boot) header->boot = scanned.boot;
    log(name.kind).restore(scanned.segment, *header, scanned.book);
    for (const Run& run : scanned.book.runs())
        index_.add_run(run.stream, name.number, run);
    tell_scan(name, scanned);
    return {};
}

void SegmentStore::drop_torn_first_write(const std::filesystem::path& path, ByteView bytes) {
    static_cast<void>(files_.remove(path));
    const std::size_t front = std::min<std::size_t>(bytes.size(), SegmentHeader::size);
    if (all_zero(bytes.subspan(front))) return;
    ++figures_.torn_tails;
    find(Finding::Kind::torn_tail,
         fmt::format("{} holds nothing but its unfinished first write, and is removed",
                     path.string()));
}

bool SegmentStore::is_own_boot(const SegmentHeader& header) const {
    return is_of_boot(header, options_.boot_id);
}

std::optional<std::chrono::milliseconds> SegmentStore::ahead_of(const SegmentHeader& header) const {
    const auto& last = options_.last_boot;
    if (is_own_boot(header) || !last || !is_of_boot(header, last->boot_id)) return {};
    return last->ahead;
}

/// The good frames, their runs, and between which sequences frames are missing.
SegmentStore::ScannedSegment SegmentStore::read_frames(const SegmentName& name, ByteView bytes,
                                                       const std::optional<SegmentHeader>& header) {
    ScannedSegment found;
    const auto salt = header ? std::optional(header->salt) : std::nullopt;
    const std::uint64_t begin = std::min<std::uint64_t>(SegmentHeader::size, bytes.size());
    found.scan = scan_frames(bytes, begin, salt);
    found.boot = header ? header->boot : "";
    found.segment.number = name.number;
    found.segment.data_end = found.scan.data_end;
    found.segment.file_bytes = disk_bytes(bytes.size());
    found.segment.thinned = header ? header->thinned : 0;
    found.segment.own_boot = header && is_own_boot(*header);
    if (header) found.segment.ahead = ahead_of(*header);
    auto damage = found.scan.damages.begin();
    std::unordered_map<StreamId, std::pair<Sequence, WallTime>> before;
    std::unordered_map<StreamId, bool> after_damage;
    Bytes room;
    for (const ScannedFrame& frame : found.scan.frames) {
        for (; damage != found.scan.damages.end() && damage->offset < frame.offset; ++damage) {
            for (const auto& [id, last] : before)
                after_damage[id] = true;
        }
        const ByteView stored =
            bytes.subspan(frame.offset + FrameHeader::size, frame.header.stored_bytes);
        const auto raw = open_body(frame.header, stored, room);
        const auto body = raw ? FrameBody::decode(frame.header, *raw) : std::nullopt;
        if (!body) continue;
        ++found.segment.frames;
        found.segment.salt = frame.header.salt;
        found.segment.newest = frame.header.time;
        for (const RecordView& record : body->records()) {
            const StreamKey& key = body->streams()[record.stream];
            const bool is_dead = name.kind == SegmentKind::dead;
            if (is_dead != record.dead.has_value()) continue;
            if (!is_dead && kind_of(key.lane) != name.kind) continue;
            const StreamId id = is_dead ? dead_stream_ : index_.id_of(key, name.kind);
            const Sequence sequence = is_dead ? record.dead->number : record.sequence;
            if (auto at = after_damage.find(id); at != after_damage.end() && at->second) {
                at->second = false;
                const auto& [last, last_time] = before.at(id);
                if (!is_dead && sequence > last + 1) {
                    found.losses.push_back({key, LossReason::damaged, sequence - last - 1, last + 1,
                                            sequence - 1, last_time, known_wall(record.time)});
                }
            }
            before[id] = {sequence, known_wall(record.time)};
            found.segment.payload_bytes += record.payload.size();
            found.book.add(id, sequence, record.payload.size(), known_wall(record.time),
                           frame.offset);
        }
    }
    return found;
}

void SegmentStore::tell_scan(const SegmentName& name, const ScannedSegment& scanned) {
    const std::string path = log(name.kind).path_of(name.number).string();
    for (const Damage& damage : scanned.scan.damages) {
        figures_.bad_frames += damage.frames;
        find(Finding::Kind::bad_frame,
             fmt::format("{} is damaged at offset {} for {} bytes: {} {} lost{}", path,
                         damage.offset, damage.length, damage.frames,
                         damage.frames == 1 ? "frame is" : "frames are",
                         damage.records > 0 ? fmt::format(" with {} messages", damage.records)
                                            : std::string()));
    }
    if (scanned.scan.torn) {
        ++figures_.torn_tails;
        find(Finding::Kind::torn_tail,
             fmt::format("{} ends in an unfinished write at offset {}, which is cut off", path,
                         scanned.scan.data_end));
    }
    for (const Loss& loss : scanned.losses) {
        const auto id = index_.find(loss.key);
        if (!id || loss.last <= index_.at(*id).through) continue;
        note_loss(loss);
    }
}

}  // namespace fieldway::queue
