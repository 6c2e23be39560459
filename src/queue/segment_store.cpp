#include "queue/segment_store.h"

#include <algorithm>

#include "queue/ack_journal.h"

namespace fieldway::queue {

SegmentStore::SegmentStore(FileSystem& files, StoreOptions options, const Timestamp& time)
    : files_(files),
      options_(std::move(options)),
      now_(time),
      salt_state_(std::hash<std::string>()(options_.boot_id) ^
                  static_cast<std::uint64_t>(time.wall.time_since_epoch().count()) ^
                  static_cast<std::uint64_t>(time.monotonic.time_since_epoch().count())),
      state_(files_, options_.folder, figures_.written_bytes) {
    reset();
}

/// As if nothing had been read.
void SegmentStore::reset() {
    index_ = StreamIndex();
    dead_stream_ = index_.id_of(dead_letters_key(), SegmentKind::dead);
    told_below_.clear();
    gap_book_ = GapBook();
    cache_ = SegmentCache();
    logs_.clear();
    for (const SegmentKind kind : all_segment_kinds) {
        logs_.emplace_back(
            SegmentLog::Place{&files_, options_.folder, kind, options_.boot_id,
                              segment_bytes_for(options_.limits, kind, options_.segment_bytes),
                              &figures_.written_bytes});
    }
}

bool SegmentStore::start() {
    return lock_and_recover() != Opened::held;
}

Store::Recovered SegmentStore::take_recovered() {
    Recovered recovered{streams(), first_of_new_, gaps(), {}};
    hand_over(recovered.news);
    recovered.news.gaps_changed = !recovered.gaps.empty();
    return recovered;
}

void SegmentStore::acknowledge(const StreamKey& key, Sequence through,
                               std::span<const Sequence> singles) {
    const StreamId id = index_.id_of(key, kind_of(key.lane));
    const Sequence before = index_.at(id).through;
    index_.acknowledge(id, through, singles);
    const Sequence now = index_.at(id).through;
    index_.settle(id, now > before ? now : through);
}

Committed SegmentStore::reserve(std::span<const Reservation> reservations) {
    if (figures_.degraded) return Committed::degraded;
    std::vector<std::pair<StreamId, Sequence>> before;
    for (const Reservation& reservation : reservations) {
        const StreamId id = index_.id_of(reservation.key, kind_of(reservation.key.lane));
        before.emplace_back(id, index_.at(id).reserved);
        index_.reserve(id, reservation.upto);
    }
    if (write_snapshot()) return Committed::stored;
    for (const auto& [id, upto] : before)
        index_.take_back_reservation(id, upto);
    return Committed::degraded;
}

void SegmentStore::add_losses(std::span<const Loss> losses) {
    if (losses.empty()) return;
    for (const Loss& loss : losses)
        gap_book_.add(loss);
    snapshot_dirty_ = true;
}

std::vector<Gap> SegmentStore::gaps() const {
    return gap_book_.gaps();
}

std::optional<Gap> SegmentStore::take_gap(std::uint64_t number) {
    return gap_book_.take(number);
}

void SegmentStore::gap_told(std::uint64_t number) {
    if (gap_book_.forget(number)) snapshot_dirty_ = true;
}

std::vector<StoredStream> SegmentStore::streams() const {
    std::vector<StoredStream> streams;
    for (StreamId id = 0; id < index_.size(); ++id) {
        const StreamIndex::Stream& stream = index_.at(id);
        if (stream.kind == SegmentKind::dead) continue;
        StoredStream stored{stream.key, stream.live.records, stream.live.bytes};
        if (!stream.extents.empty()) {
            stored.first = stream.extents.front().first;
            stored.last = stream.extents.back().last();
        }
        stored.next = std::max({stream.reserved + 1, stream.newest + 1, first_of_new_});
        stored.reserved = stream.reserved;
        streams.push_back(std::move(stored));
    }
    return streams;
}

StoreFigures SegmentStore::figures() const {
    StoreFigures figures = figures_;
    figures.records = index_.total().records;
    figures.bytes = index_.total().bytes;
    figures.dead = index_.at(dead_stream_).live.records + pending_dead_.size();
    figures.dead_file_bytes = log(SegmentKind::dead).file_bytes();
    for (const Lane lane : all_lanes)
        figures.lane_file_bytes[static_cast<std::size_t>(lane)] = log(kind_of(lane)).file_bytes();
    for (const SegmentLog& one : logs_)
        figures.segments += one.segments().size();
    figures.file_bytes = counted_bytes() + figures.dead_file_bytes;
    return figures;
}

/// splitmix64: two files of one store never have the same salt by chance.
std::uint64_t SegmentStore::next_salt() {
    std::uint64_t value = (salt_state_ += 0x9E3779B97F4A7C15U);
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31);
}

void SegmentStore::find(Finding::Kind kind, std::string sentence) {
    findings_.push_back({kind, std::move(sentence)});
}

void SegmentStore::note_loss(const Loss& loss) {
    losses_.push_back(loss);
    gap_book_.add(loss);
    snapshot_dirty_ = true;
    gaps_changed_ = true;
}

void SegmentStore::hand_over(StoreNews& news) {
    news.losses.insert(news.losses.end(), losses_.begin(), losses_.end());
    losses_.clear();
    news.findings.insert(news.findings.end(), std::make_move_iterator(findings_.begin()),
                         std::make_move_iterator(findings_.end()));
    findings_.clear();
    news.gaps_changed = news.gaps_changed || gaps_changed_;
    gaps_changed_ = false;
}

}  // namespace fieldway::queue
