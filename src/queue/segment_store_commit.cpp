// Commits: a frame a lane, with room made for it, and another try in a new segment.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

Store::CommitResult SegmentStore::commit(std::span<const std::shared_ptr<const Record>> records,
                                         const Timestamp& time) {
    now_ = time;
    CommitResult result;
    for (const Lane lane : all_lanes) {
        const Committed outcome = commit_lane(lane, records, result.news);
        result.stored_lanes[static_cast<std::size_t>(lane)] = outcome == Committed::stored;
        result.outcome = std::max(result.outcome, outcome);
    }
    hand_over(result.news);
    return result;
}

Committed SegmentStore::commit_lane(Lane lane,
                                    std::span<const std::shared_ptr<const Record>> records,
                                    StoreNews& news) {
    NewRecords coming = new_records(lane, records);
    const Committed without_them = coming.all_above ? Committed::stored : Committed::degraded;
    if (coming.records.empty()) return without_them;
    if (figures_.degraded) return Committed::degraded;
    std::vector<Loss> refused;
    if (options_.limits.device_max_bytes > 0 &&
        !keep_to_device_limit(lane, coming, refused, news)) {
        return Committed::degraded;
    }
    if (!coming.records.empty()) {
        const Committed outcome = write_records(lane, coming, news);
        if (outcome != Committed::stored) return outcome;
    }
    if (refused.empty()) return without_them;
    // Not before: a commit that fails is tried again, and would tell them again. Now it cannot be
    // tried again: what was stored may be above them.
    if (!lose(refused, news)) {
        if (coming.records.empty()) return Committed::degraded;
        for (const Loss& loss : refused) {
            figures_.evicted += loss.count;
            note_loss(loss);
        }
    }
    tell_eviction(LossReason::device_bytes, kind_of(lane));
    return without_them;
}

/// Of the lane, without those that this process has stored already.
SegmentStore::NewRecords SegmentStore::new_records(
    Lane lane, std::span<const std::shared_ptr<const Record>> records) {
    NewRecords coming;
    std::optional<StreamId> id;
    for (const auto& record : records) {
        const Message& message = record->message;
        if (message.lane != lane) continue;
        const StreamKey* known = id ? &index_.at(*id).key : nullptr;
        if (known == nullptr || message.device != known->device ||
            message.uplink != known->uplink || message.drain != known->drain) {
            id = index_.id_of(stream_key_of(message), kind_of(lane));
        }
        const StreamIndex::Stream& stream = index_.at(*id);
        if (record->sequence <= stream.settled) continue;
        if (record->sequence > stream.newest) {
            coming.records.push_back(record);
            coming.ids.push_back(*id);
            continue;
        }
        coming.all_above = false;
        if (!told_below_.insert(*id).second) continue;
        find(Finding::Kind::lost_state,
             fmt::format("message {} of {} on lane {} cannot be stored: {} was given out in an "
                         "earlier run; it stays in memory until it is delivered",
                         record->sequence, stream.key.device.text(), name_of(lane), stream.newest));
    }
    return coming;
}

Committed SegmentStore::write_records(Lane lane, const NewRecords& coming, StoreNews& news) {
    frame_.clear();
    for (std::size_t at = 0; at < coming.records.size(); ++at) {
        const Record& record = *coming.records[at];
        frame_.add(frame_.stream(index_.at(coming.ids[at]).key), record.sequence, record.message);
    }
    SegmentLog::Written written;
    const Committed outcome = write_frame(kind_of(lane), written, news);
    if (outcome != Committed::stored) return outcome;
    for (std::size_t at = 0; at < coming.records.size(); ++at) {
        const Record& record = *coming.records[at];
        const std::uint64_t bytes = record.message.payload.size();
        index_.add(coming.ids[at], written.segment, record.sequence, bytes);
        index_.settle(coming.ids[at], record.sequence);
        log(kind_of(lane))
            .note(coming.ids[at], record.sequence, bytes, known_wall(record.message.time), written);
    }
    ++figures_.commits;
    figures_.committed_records += coming.records.size();
    return Committed::stored;
}

/// Makes room for them, with `drop-newest` takes out those that find none. False: the disk did not
/// take what there is to tell.
bool SegmentStore::keep_to_device_limit(Lane lane, NewRecords& records, std::vector<Loss>& refused,
                                        StoreNews& news) {
    const bool refuse = options_.limits.when_full == config::WhenFull::drop_newest;
    std::map<std::pair<std::string, DeviceId>, std::uint64_t> coming;
    NewRecords taken;
    for (std::size_t at = 0; at < records.records.size(); ++at) {
        auto& record = records.records[at];
        const Message& message = record->message;
        const StreamKey key = stream_key_of(message);
        std::uint64_t& sum = coming[{message.uplink, message.device}];
        const std::uint64_t wanted = sum + message.payload.size();
        if (refuse && device_bytes(key) + wanted > options_.limits.device_max_bytes) {
            const WallTime wall = known_wall(message.time);
            refused.push_back(
                {key, LossReason::device_bytes, 1, record->sequence, record->sequence, wall, wall});
            continue;
        }
        sum = wanted;
        taken.records.push_back(std::move(record));
        taken.ids.push_back(records.ids[at]);
    }
    records.records = std::move(taken.records);
    records.ids = std::move(taken.ids);
    if (refuse) return true;
    std::vector<Eviction> evictions;
    for (const auto& [device, bytes] : coming)
        plan_eviction({device.first, device.second, lane}, bytes, evictions, news);
    return !figures_.degraded && evict(evictions, news);
}

/// The frame that was built, in the active segment or, where that fails, once more in a new one.
Committed SegmentStore::write_frame(SegmentKind kind, SegmentLog::Written& written,
                                    StoreNews& news) {
    constexpr int tries = 2;
    std::optional<FileError> error;
    for (int at = 0; at < tries; ++at) {
        if (!log(kind).fits(frame_)) {
            const Room room = new_segment(kind, news);
            if (room == Room::none) return Committed::full;
            if (room == Room::failed) return Committed::degraded;
        }
        auto done =
            log(kind).append(frame_, now_, options_.limits.compress ? &compressor_ : nullptr);
        if (done) {
            written = *done;
            return Committed::stored;
        }
        ++figures_.failed_writes;
        error = done.error();
    }
    degrade(*error);
    return Committed::degraded;
}

/// A new active segment. On a full disk room is made as at a limit; alarms have the ballast beside.
SegmentStore::Room SegmentStore::new_segment(SegmentKind kind, StoreNews& news) {
    log(kind).close_active();
    seal_closed();
    std::uint64_t bytes = log(kind).new_segment_bytes(frame_);
    if (const Room room = make_room(kind, bytes, news); room != Room::there) return room;
    std::optional<FileError> full;
    for (;;) {
        // What an eviction freed, or the spent ballast itself, is the ballast's first: without it
        // the next snapshot with its gap could not be written, and nothing be evicted any more. It
        // never costs more than a segment does.
        const bool first = full || (kind != SegmentKind::alarm && state_.spent_ballast());
        FileResult<> ballast;
        if (first && !state_.has_ballast())
            ballast = state_.make_ballast(std::min(ballast_bytes_for(options_.limits), bytes));
        if (!ballast) {
            full = ballast.error();
        } else {
            const auto done = log(kind).begin(bytes, next_salt());
            if (done) return Room::there;
            ++figures_.failed_writes;
            if (done.error().number != ENOSPC) {
                degrade(done.error());
                return Room::failed;
            }
            full = done.error();
        }
        const auto victim = lane_to_evict(kind);
        const Room room =
            victim ? make_room_by_policy(kind, *victim, LossReason::disk, news) : Room::none;
        if (room == Room::there) continue;
        if (kind == SegmentKind::alarm && state_.drop_ballast()) {
            bytes = log(kind).least_segment_bytes(frame_);
            full.reset();
            continue;
        }
        if (room == Room::none && options_.limits.when_full == config::WhenFull::drop_newest) {
            return Room::none;
        }
        degrade(*full);
        return Room::failed;
    }
}

}  // namespace fieldway::queue
