// Recovery: whatever stands in the folder, the store comes up, and says what it did not find.
#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include <fmt/format.h>

#include "queue/ack_journal.h"
#include "queue/segment_scan.h"
#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

/// Where sequences go on when nobody knows how far they were given out: a million a second since
/// 1970 is more than any gateway gave.
Sequence sequence_by_clock(WallTime wall) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wall.time_since_epoch());
    return static_cast<Sequence>(std::max<std::int64_t>(seconds.count(), 0)) << 20;
}

/// An error that is not the file's: it can be opened later.
bool passes(int number) {
    return number == EMFILE || number == ENFILE || number == ENOMEM || number == EACCES;
}

FileError newer_version(const std::filesystem::path& path) {
    return {EPROTONOSUPPORT,
            path.string() +
                " was written by a newer version of fieldway and is left untouched; "
                "install that version again, or move the folder away"};
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
    // Both headers are in one sector: where that one never came, the frame's others may have.
    return !header || all_zero(bytes.subspan(front));
}

FileResult<std::optional<Bytes>> read_file(FileSystem& files, const std::filesystem::path& path) {
    auto file = files.open(path, FileSystem::Open::read);
    if (!file && file.error().number == ENOENT) return std::optional<Bytes>();
    if (!file) return file.error();
    const auto size = (*file)->size();
    if (!size) return size.error();
    std::uint64_t bad_pages = 0;
    auto bytes = read_whole(**file, 0, *size, bad_pages);
    if (!bytes) return bytes.error();
    return std::optional<Bytes>(*std::move(bytes));
}

}  // namespace

SegmentStore::Opened SegmentStore::lock_and_recover() {
    if (!lock_) {
        const auto made = files_.make_folder(options_.folder);
        auto lock = files_.lock(options_.folder / "lock");
        if (!lock && lock.error().number == EWOULDBLOCK) return Opened::held;
        if (!lock) {
            first_of_new_ = sequence_by_clock(now_.now.wall);
            degrade(made ? lock.error() : made.error());
            return Opened::failed;
        }
        lock_ = *std::move(lock);
    }
    const GapBook meanwhile = gap_book_;
    reset();
    const auto done = recover();
    if (!done) {
        reset();
        gap_book_ = meanwhile;
        first_of_new_ = sequence_by_clock(now_.now.wall);
        degrade(done.error());
        return Opened::failed;
    }
    join_gaps(meanwhile);
    // Their numbers were given before anybody knew which ones are on disk.
    for (DeadLetter& letter : pending_dead_)
        letter.number = next_dead_++;
    recovered_ = true;
    seal_closed();
    return Opened::ready;
}

/// Those that were found before the folder could be read keep their numbers: some may be on their
/// way to their devices.
void SegmentStore::join_gaps(GapBook meanwhile) {
    if (meanwhile.gaps().empty()) {
        gap_book_.start_at(meanwhile.next_number());
        return;
    }
    meanwhile.start_at(gap_book_.next_number());
    for (const Gap& gap : gap_book_.gaps())
        meanwhile.add(gap.loss);
    gap_book_ = std::move(meanwhile);
    snapshot_dirty_ = true;
    gaps_changed_ = true;
}

FileResult<> SegmentStore::recover() {
    const auto names = files_.list(options_.folder);
    if (!names) return names.error();
    std::vector<SegmentName> segments;
    for (const std::string& name : *names) {
        // What was not renamed was never finished.
        if (name.ends_with(".new")) static_cast<void>(files_.remove(options_.folder / name));
        if (const auto segment = parse_segment_file_name(name)) segments.push_back(*segment);
    }
    // Segments, ballast, files that were set aside: a store lived here before.
    const bool anything = std::any_of(names->begin(), names->end(), [](const std::string& name) {
        return name != "lock" && name != snapshot_name && name != ack_journal_name &&
               !name.ends_with(".new");
    });
    if (const auto done = recover_state(anything); !done) return done;
    for (const SegmentName& name : segments) {
        if (const auto done = recover_segment(name); !done) return done;
    }
    index_.journal_written();
    next_dead_ = std::max(dead_reserved_, index_.at(dead_stream_).newest) + 1;
    // The snapshot first: a journal alone says that there was one, and where sequences may be.
    if ((lost_state_ || snapshot_dirty_) && !write_snapshot()) return {};
    if (lost_state_ && !write_journal(true)) return {};
    lost_state_ = false;
    return {};
}

FileResult<> SegmentStore::recover_state(bool anything_else) {
    const auto snapshot_path = options_.folder / snapshot_name;
    const auto snapshot_bytes = read_file(files_, snapshot_path);
    const auto journal_path = options_.folder / ack_journal_name;
    const auto journal_bytes = read_file(files_, journal_path);
    if (!snapshot_bytes) return snapshot_bytes.error();
    if (!journal_bytes) return journal_bytes.error();
    const SnapshotFile file = *snapshot_bytes ? decode_snapshot(**snapshot_bytes) : SnapshotFile();
    const AckJournal journal = *journal_bytes ? decode_ack_journal(**journal_bytes) : AckJournal();
    if (file.newer) return newer_version(snapshot_path);
    if (journal.newer) return newer_version(journal_path);
    const bool fresh = !anything_else && !*snapshot_bytes && !*journal_bytes;
    lost_state_ = !file.snapshot || !journal.readable;
    if (file.snapshot) {
        restore_snapshot(*file.snapshot);
    } else if (!fresh) {
        first_of_new_ = sequence_by_clock(now_.now.wall);
        find(Finding::Kind::lost_state,
             fmt::format("{} is {}: sequence numbers go on at {}, and gaps that were not told are "
                         "forgotten",
                         snapshot_path.string(), *snapshot_bytes ? "damaged" : "gone",
                         first_of_new_));
        if (*snapshot_bytes) set_aside(snapshot_path, "it is damaged");
    }
    restore_journal(journal, journal_bytes->has_value(), anything_else);
    return {};
}

void SegmentStore::restore_snapshot(const Snapshot& snapshot) {
    first_of_new_ = snapshot.first_of_new;
    dead_reserved_ = snapshot.dead_reserved;
    for (const Snapshot::Reserved& reserved : snapshot.reserved)
        index_.reserve(index_.id_of(reserved.key, kind_of(reserved.key.lane)), reserved.upto);
    for (const Gap& gap : snapshot.gaps)
        gap_book_.restore(gap);
    gap_book_.start_at(snapshot.next_gap);
}

void SegmentStore::restore_journal(const AckJournal& journal, bool there, bool anything_else) {
    const auto path = options_.folder / ack_journal_name;
    for (const AckEntry& entry : journal.entries) {
        const StreamId id =
            entry.dead ? dead_stream_ : index_.id_of(entry.key, kind_of(entry.key.lane));
        index_.acknowledge(id, entry.through, entry.singles);
    }
    // Where nothing else is it was never written: the first start did not come that far.
    if (!journal.readable && (there || anything_else)) {
        find(Finding::Kind::lost_state,
             fmt::format("{} is {}: what was delivered may be delivered again", path.string(),
                         there ? "damaged" : "gone"));
        if (there) set_aside(path, "it is damaged");
    }
    if (journal.skipped > 0) {
        find(Finding::Kind::lost_state,
             fmt::format("{} has {} damaged bytes: what was delivered may be delivered again",
                         path.string(), journal.skipped));
    }
    if (journal.torn) {
        ++figures_.torn_tails;
        find(Finding::Kind::torn_tail,
             fmt::format("{} ends in an unfinished entry at offset {}, which is dropped",
                         path.string(), journal.data_end));
    }
}

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
    return !header.boot.empty() &&
           header.boot == options_.boot_id.substr(0, SegmentHeader::boot_bytes);
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
                                            sequence - 1, last_time, record.time.wall});
                }
            }
            before[id] = {sequence, record.time.wall};
            found.segment.payload_bytes += record.payload.size();
            found.book.add(id, sequence, record.payload.size(), record.time.wall, frame.offset);
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

void SegmentStore::set_aside(const std::filesystem::path& path, const std::string& why) {
    std::filesystem::path aside = path;
    aside += ".set-aside";
    // One that was set aside earlier stays: its name is taken.
    for (int at = 2; files_.open(aside, FileSystem::Open::read).has_value(); ++at) {
        aside = path;
        aside += fmt::format(".set-aside-{}", at);
    }
    const auto done = files_.rename(path, aside);
    find(Finding::Kind::set_aside,
         done ? fmt::format("{} is of no use: {}; it is now {}", path.string(), why,
                            aside.filename().string())
              : fmt::format("{} is of no use: {}; it is left where it is", path.string(), why));
}

}  // namespace fieldway::queue
