// Recovery: whatever stands in the folder, the store comes up, and says what it did not find.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "queue/ack_journal.h"
#include "queue/segment_store.h"
#include "queue/sequence_clock.h"

namespace fieldway::queue {

namespace {

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

FileError SegmentStore::newer_version(const std::filesystem::path& path) {
    return {EPROTONOSUPPORT,
            path.string() +
                " was written by a newer version of fieldway and is left untouched; "
                "install that version again, or move the folder away"};
}

SegmentStore::Opened SegmentStore::lock_and_recover() {
    if (!lock_) {
        const auto made = files_.make_folder(options_.folder);
        auto lock = files_.lock(options_.folder / "lock");
        if (!lock && lock.error().number == EWOULDBLOCK) return Opened::held;
        if (!lock) {
            first_of_new_ = sequence_by_clock(now_.wall);
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
        first_of_new_ = sequence_by_clock(now_.wall);
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
    state_.take_over();
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
        first_of_new_ = sequence_by_clock(now_.wall);
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
        index_.restore_acknowledged(id, entry.through, entry.spans);
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
