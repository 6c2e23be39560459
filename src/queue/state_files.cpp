#include "queue/state_files.h"

#include <array>
#include <cerrno>

#include "queue/ack_journal.h"
#include "queue/segment_log.h"
#include "queue/snapshot.h"

namespace fieldway::queue {

/// 0 when it is not there, or cannot be looked at.
std::uint64_t StateFiles::size_of(std::string_view name) {
    const auto file = files_.open(folder_ / name, FileSystem::Open::read);
    const auto size = file ? (*file)->size() : FileResult<std::uint64_t>(file.error());
    return size ? *size : 0;
}

void StateFiles::take_over() {
    journal_.reset();
    journal_bytes_ = size_of(ack_journal_name);
    snapshot_bytes_ = size_of(snapshot_name);
    ballast_bytes_ = size_of(ballast_name);
}

FileResult<> StateFiles::replace_once(std::string_view name, ByteView bytes) {
    auto done = replace_file(files_, folder_ / name, bytes);
    if (done) written_bytes_ += bytes.size();
    return done;
}

FileResult<> StateFiles::replace(std::string_view name, ByteView bytes) {
    auto done = replace_once(name, bytes);
    if (!done && done.error().number == ENOSPC && drop_ballast()) done = replace_once(name, bytes);
    return done;
}

FileResult<> StateFiles::write_snapshot(ByteView bytes) {
    auto done = replace(snapshot_name, bytes);
    if (done) snapshot_bytes_ = bytes.size();
    return done;
}

bool StateFiles::journal_wants_rewriting() const {
    constexpr std::uint64_t small = 64 * 1024;
    constexpr std::uint64_t times = 4;
    return !journal_ || journal_bytes_ > small + times * journal_began_with_;
}

FileResult<> StateFiles::append_to_journal(ByteView entries) {
    const std::array<ByteView, 1> parts{entries};
    auto done = journal_->write_at(journal_bytes_, parts);
    if (!done && done.error().number == ENOSPC && drop_ballast()) {
        done = journal_->write_at(journal_bytes_, parts);
    }
    if (done) done = journal_->sync();
    if (!done) {
        journal_.reset();  // what it holds behind its last sync is not known
        return done;
    }
    journal_bytes_ += entries.size();
    written_bytes_ += entries.size();
    return done;
}

FileResult<> StateFiles::rewrite_journal(ByteView all) {
    journal_.reset();
    if (auto done = replace(ack_journal_name, all); !done) return done;
    auto file = files_.open(folder_ / ack_journal_name, FileSystem::Open::write);
    if (!file) return file.error();
    journal_ = *std::move(file);
    journal_bytes_ = journal_began_with_ = all.size();
    return {};
}

FileResult<> StateFiles::make_ballast(std::uint64_t size) {
    const auto path = folder_ / ballast_name;
    static_cast<void>(files_.remove(path));
    auto file = files_.open(path, FileSystem::Open::create_new);
    if (!file) return file.error();
    if (const auto done = (*file)->allocate(size); !done) {
        static_cast<void>(files_.remove(path));
        return done;
    }
    ballast_bytes_ = size;
    ballast_spent_ = false;
    return {};
}

bool StateFiles::drop_ballast() {
    if (ballast_bytes_ == 0) return false;
    ballast_bytes_ = 0;
    ballast_spent_ = true;
    if (!files_.remove(folder_ / ballast_name)) return false;
    // A file system with a journal gives freed space away only when that is committed.
    return files_.sync_folder(folder_).has_value();
}

std::uint64_t StateFiles::file_bytes() const {
    return disk_bytes(journal_bytes_) + disk_bytes(snapshot_bytes_) + disk_bytes(ballast_bytes_);
}

}  // namespace fieldway::queue
