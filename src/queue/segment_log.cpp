#include "queue/segment_log.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <unordered_map>

namespace fieldway::queue {

namespace {

/// A segment is full when its records would take so many times its size in a reader's RAM, even
/// where they compress well.
constexpr std::uint64_t raw_per_segment = 2;

/// The first write to a block of preallocated space is one to the file system's own journal as
/// well, several blocks of it. So a small frame brings zeros along, and the next ones overwrite
/// these; the larger the segment is already, the more of them. A large frame's share of that is
/// small.
constexpr std::uint64_t most_frame_with_zeros = 16 * 1024;
constexpr std::uint64_t least_ahead = 4 * 1024;
constexpr std::uint64_t most_ahead = 64 * 1024;

ByteView zeros(std::uint64_t count) {
    static constexpr std::array<std::uint8_t, most_ahead + page> all{};  // to a whole page
    return ByteView(all).first(count);
}

}  // namespace

std::filesystem::path SegmentLog::path_of(SegmentNumber number) const {
    return place_.folder / segment_file_name(place_.kind, number);
}

std::uint64_t SegmentLog::file_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [number, segment] : segments_)
        sum += segment.file_bytes;
    for (const auto& [number, bytes] : left_behind_)
        sum += bytes;
    return sum;
}

void SegmentLog::restore(const Segment& segment, const SegmentHeader& header,
                         std::optional<RunBook> unsealed) {
    seen(segment.number);
    segments_.emplace(segment.number, segment);
    if (unsealed) unsealed_.emplace(segment.number, Unsealed{header, std::move(*unsealed)});
}

bool SegmentLog::fits(const FrameBuilder& frame) const {
    if (!active_) return false;
    const Segment& segment = segments_.at(active_->number);
    const std::size_t runs = active_->book.runs().size() + frame.streams();
    return active_->raw_bytes + frame.most_bytes() <= raw_per_segment * place_.segment_bytes &&
           segment.data_end + frame.most_bytes() + footer_estimate(runs, runs) <=
               segment.file_bytes;
}

std::uint64_t SegmentLog::new_segment_bytes(const FrameBuilder& frame) const {
    return std::max(place_.segment_bytes, least_segment_bytes(frame));
}

std::uint64_t SegmentLog::least_segment_bytes(const FrameBuilder& frame) {
    const std::size_t runs = frame.streams();
    return disk_bytes(SegmentHeader::size + frame.most_bytes() + footer_estimate(runs, runs));
}

SegmentHeader SegmentLog::header_for(SegmentNumber number, std::uint64_t salt,
                                     std::uint32_t thinned) const {
    return {format_version, place_.kind, number, salt, thinned, place_.boot};
}

FileResult<> SegmentLog::begin(std::uint64_t size, std::uint64_t salt) {
    close_active();
    const SegmentNumber number = next_++;
    auto file = place_.files->open(path_of(number), FileSystem::Open::create_new);
    if (!file) return file.error();
    if (const auto done = (*file)->allocate(size); !done) {
        discard(number, 0);  // what it got of its space is not known
        return done.error();
    }
    Segment segment;
    segment.number = number;
    segment.salt = salt;
    segment.data_end = SegmentHeader::size;
    segment.file_bytes = size;
    segment.own_boot = true;
    segments_.emplace(number, segment);
    active_ = Active{number, *std::move(file), header_for(number, salt, 0), {}, 0, false};
    return {};
}

std::uint64_t SegmentLog::zeros_ahead(const Segment& segment, std::uint64_t end,
                                      std::uint64_t frame_bytes) const {
    if (frame_bytes > most_frame_with_zeros || end <= active_->written_to) return 0;
    const std::uint64_t wanted = std::clamp(end, least_ahead, most_ahead);
    const std::uint64_t to = std::min(disk_bytes(end + wanted), segment.file_bytes);
    return to > end ? to - end : 0;
}

FileResult<> SegmentLog::write_frame(ByteView frame) {
    const Segment& segment = segments_.at(active_->number);
    Bytes header;
    std::uint64_t offset = segment.data_end;
    const std::uint64_t end = segment.data_end + frame.size();
    if (!active_->begun) {
        encode(active_->header, header);
        offset = 0;
    }
    const std::uint64_t ahead = zeros_ahead(segment, end, frame.size());
    const std::array<ByteView, 3> parts{header, frame, zeros(ahead)};
    if (const auto done = active_->file->write_at(offset, parts); !done) return done.error();
    active_->written_to = std::max(active_->written_to, end + ahead);
    *place_.written_bytes += header.size() + frame.size() + ahead;
    if (const auto done = active_->file->sync(); !done) return done.error();
    if (active_->begun) return {};
    if (const auto done = sync_folder(); !done) return done.error();
    active_->begun = true;
    return {};
}

FileResult<SegmentLog::Written> SegmentLog::append(FrameBuilder& frame, const Timestamp& time,
                                                   Compressor* compressor) {
    assert(active_);
    Segment& segment = segments_.at(active_->number);
    const ByteView bytes = frame.finish(segment.salt, segment.frames + 1, time, compressor);
    if (const auto done = write_frame(bytes); !done) {
        give_up_active();
        return done.error();
    }
    const Written written{segment.number, segment.data_end, bytes.size()};
    active_->raw_bytes += frame.most_bytes();
    ++segment.frames;
    segment.data_end += bytes.size();
    segment.file_bytes = std::max(segment.file_bytes, disk_bytes(segment.data_end));
    segment.newest = time;
    return written;
}

void SegmentLog::note(StreamId stream, Sequence sequence, std::uint64_t bytes, WallTime time,
                      const Written& written) {
    active_->book.add(stream, sequence, bytes, time, written.offset);
    segments_.at(written.segment).payload_bytes += bytes;
}

void SegmentLog::close_active() {
    if (!active_) return;
    if (active_->begun) {
        unsealed_.emplace(active_->number,
                          Unsealed{std::move(active_->header), std::move(active_->book)});
        active_.reset();
    } else {
        give_up_active();
    }
}

/// What is durable in it stays, an empty one goes. Its space is free only when the file is cut or
/// gone: until then it counts.
void SegmentLog::give_up_active() {
    if (active_->begun) {
        close_active();
        return;
    }
    const SegmentNumber number = active_->number;
    const std::uint64_t bytes = segments_.at(number).file_bytes;
    active_.reset();
    segments_.erase(number);
    discard(number, bytes);
}

void SegmentLog::discard(SegmentNumber number, std::uint64_t bytes) {
    left_behind_.emplace(number, bytes);
    remove_left_behind();
}

void SegmentLog::remove_left_behind() {
    std::erase_if(left_behind_, [this](const auto& one) {
        const auto done = place_.files->remove(path_of(one.first));
        return done || done.error().number == ENOENT;
    });
}

FileResult<> SegmentLog::seal_one(const KeyOf& key_of) {
    assert(has_unsealed());
    const auto& [number, unsealed] = *unsealed_.begin();
    Segment& segment = segments_.at(number);
    auto file = place_.files->open(path_of(number), FileSystem::Open::write);
    if (!file) return file.error();
    const Bytes footer = encode(make_footer(unsealed.header, segment, unsealed.book, key_of));
    const std::array<ByteView, 1> parts{footer};
    // Cut first: nothing old may stand where the footer ends.
    if (const auto done = (*file)->truncate(segment.data_end); !done) return done.error();
    if (const auto done = (*file)->write_at(segment.data_end, parts); !done) return done.error();
    if (const auto done = (*file)->sync(); !done) return done.error();
    *place_.written_bytes += footer.size();
    segment.file_bytes = disk_bytes(segment.data_end + footer.size());
    unsealed_.erase(unsealed_.begin());
    return {};
}

FileResult<> SegmentLog::replace(SegmentNumber number, const Bytes& file, const Segment& content) {
    assert(!is_active(number));
    const auto path = path_of(number);
    auto beside = path;
    beside += ".new";
    static_cast<void>(place_.files->remove(beside));
    auto made = place_.files->open(beside, FileSystem::Open::create_new);
    if (!made) return made.error();
    const std::array<ByteView, 1> parts{file};
    auto done = (*made)->write_at(0, parts);
    if (done) done = (*made)->sync();
    if (done) done = place_.files->rename(beside, path);
    if (!done) {
        static_cast<void>(place_.files->remove(beside));
        return done.error();
    }
    // From here on the file is the new one, whatever the folder's sync says: old or new after a
    // crash, both hold what waits.
    *place_.written_bytes += file.size();
    segments_.at(number) = content;
    unsealed_.erase(number);
    return sync_folder();
}

FileResult<> SegmentLog::remove(SegmentNumber number) {
    if (is_active(number)) active_.reset();
    const auto done = place_.files->remove(path_of(number));
    if (!done && done.error().number != ENOENT) return done.error();
    segments_.erase(number);
    unsealed_.erase(number);
    return {};
}

Footer make_footer(const SegmentHeader& header, const Segment& segment, const RunBook& book,
                   const SegmentLog::KeyOf& key_of) {
    Footer footer{header, segment.frames, segment.data_end, segment.newest, {}, book.runs()};
    std::unordered_map<StreamId, std::uint32_t> places;
    for (Run& run : footer.runs) {
        const auto [at, added] =
            places.try_emplace(run.stream, static_cast<std::uint32_t>(footer.streams.size()));
        if (added) footer.streams.push_back(key_of(run.stream));
        run.stream = at->second;
    }
    return footer;
}

FileResult<Bytes> read_whole(File& file, std::uint64_t from, std::uint64_t size,
                             std::uint64_t& bad_pages) {
    Bytes bytes(size);
    const auto got = file.read_at(from, bytes);
    if (got) {
        bytes.resize(*got);
        return bytes;
    }
    if (got.error().number != EIO) return got.error();
    std::uint64_t good_pages = 0;
    for (std::size_t at = 0; at < size; at += page) {
        const auto part = std::span(bytes).subspan(at, std::min<std::size_t>(page, size - at));
        if (!file.read_at(from + at, part)) {
            std::fill(part.begin(), part.end(), std::uint8_t{0});
            ++bad_pages;
        } else {
            ++good_pages;
        }
    }
    if (good_pages == 0) return got.error();  // that is no bad spot: the disk is gone
    return bytes;
}

}  // namespace fieldway::queue
