// Dead letters: a stream of their own, numbered through, in segments of their own.
#include <algorithm>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

/// What waits in RAM for a disk that takes nothing.
constexpr std::size_t most_pending_dead = 100;
/// Numbers are reserved in the snapshot by so many.
constexpr std::uint64_t numbers_at_once = 1024;

}  // namespace

StoreNews SegmentStore::bury(std::shared_ptr<const Record> record, const std::string& reason,
                             const Timestamp& time) {
    now_ = time;
    StoreNews news;
    store_pending_dead(news);  // in order of their numbers, as any stream
    DeadLetter letter{next_dead_, std::move(record), reason, time.wall};
    put_in_frame(letter);
    const std::uint64_t wanted = log(SegmentKind::dead).new_segment_bytes(frame_);
    if (wanted > options_.limits.dead_letters) {
        // It would evict every other letter, and not fit then.
        find(Finding::Kind::evicted,
             fmt::format("a dead letter of {} is not kept: it takes {} bytes, dead_letters is {}",
                         letter.record->message.device.text(), wanted,
                         options_.limits.dead_letters));
        hand_over(news);
        return news;
    }
    ++next_dead_;
    if (!pending_dead_.empty() || !store_dead(letter, news)) {
        pending_dead_.push_back(std::move(letter));
        if (pending_dead_.size() > most_pending_dead) pending_dead_.erase(pending_dead_.begin());
    }
    hand_over(news);
    return news;
}

void SegmentStore::put_in_frame(const DeadLetter& letter) {
    const Message& message = letter.record->message;
    const DeadNote note{letter.number, letter.buried, letter.reason};
    frame_.clear();
    frame_.add(frame_.stream(stream_key_of(message)), letter.record->sequence, message, &note);
}

bool SegmentStore::store_dead(const DeadLetter& letter, StoreNews& news) {
    if (figures_.degraded) return false;
    if (letter.number > dead_reserved_) {
        const std::uint64_t before = dead_reserved_;
        dead_reserved_ = letter.number + numbers_at_once;
        if (!write_snapshot()) {
            dead_reserved_ = before;
            return false;
        }
    }
    const Message& message = letter.record->message;
    put_in_frame(letter);
    SegmentLog::Written written;
    if (write_frame(SegmentKind::dead, written, news) != Committed::stored) return false;
    index_.add(dead_stream_, written.segment, letter.number, message.payload.size());
    log(SegmentKind::dead)
        .note(dead_stream_, letter.number, message.payload.size(), known_wall(message.time),
              written);
    ++figures_.commits;
    return true;
}

void SegmentStore::store_pending_dead(StoreNews& news) {
    while (!pending_dead_.empty() && store_dead(pending_dead_.front(), news))
        pending_dead_.erase(pending_dead_.begin());
}

std::vector<DeadLetter> SegmentStore::dead_letters(std::uint64_t after, std::size_t most) {
    std::vector<DeadLetter> letters;
    StoreNews news;  // what is damaged is told with the next call that tells anything
    const Extent* extent = index_.extent_after(dead_stream_, after);
    while (extent != nullptr && letters.size() < most) {
        const auto segment = decoded(SegmentKind::dead, extent->segment, news);
        if (!segment) break;
        extent = index_.extent_after(dead_stream_, after);
        if (extent == nullptr) break;
        const Sequence last = extent->last();
        const Segment& file = log(SegmentKind::dead).segment(extent->segment);
        for (const auto& place : (*segment)->places(dead_stream_)) {
            if (place.sequence <= after || place.sequence > last || letters.size() >= most)
                continue;
            if (index_.done(dead_stream_, place.sequence)) continue;
            const RecordView view = (*segment)->view(place);
            const StreamKey& key = (*segment)->frame(place).keys[view.stream];
            letters.push_back({view.dead->number, make_record(key, view, file),
                               std::string(view.dead->reason), view.dead->buried});
        }
        after = last;
        extent = index_.extent_after(dead_stream_, after);
    }
    for (const DeadLetter& letter : pending_dead_) {
        if (letter.number > after && letters.size() < most) letters.push_back(letter);
    }
    return letters;
}

bool SegmentStore::drop_dead(std::uint64_t number) {
    const auto pending = std::erase_if(
        pending_dead_, [&](const DeadLetter& letter) { return letter.number == number; });
    if (pending > 0) return true;
    const auto found = number == 0 ? std::vector<DeadLetter>() : dead_letters(number - 1, 1);
    if (found.empty() || found.front().number != number) return false;
    const StreamIndex::Stream& stream = index_.at(dead_stream_);
    const bool oldest = !stream.extents.empty() && stream.extents.front().first >= number;
    const std::array<Sequence, 1> single{number};
    if (oldest) {
        index_.acknowledge(dead_stream_, number, {});
    } else {
        index_.acknowledge(dead_stream_, 0, single);
    }
    return true;
}

}  // namespace fieldway::queue
