// Commits: a frame a lane, with room made for it, and another try in a new segment.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "queue/segment_store.h"

namespace fieldway::queue {

Store::CommitResult SegmentStore::commit(std::span<const std::shared_ptr<const Record>> records,
                                         const StoreTime& time) {
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
    Records chosen;
    for (const auto& record : records) {
        if (record->message.lane == lane) chosen.push_back(record);
    }
    if (chosen.empty()) return Committed::stored;
    if (figures_.degraded) return Committed::degraded;
    if (options_.limits.device_max_bytes > 0 && !keep_to_device_limit(lane, chosen, news)) {
        return Committed::degraded;
    }
    frame_.clear();
    std::vector<StreamId> ids;  // of the records in the frame
    Records stored;
    StreamKey key = chosen.empty() ? dead_letters_key() : stream_key_of(chosen.front()->message);
    for (auto& record : chosen) {
        const Message& message = record->message;
        if (ids.empty() || message.device != key.device || message.uplink != key.uplink ||
            message.drain != key.drain) {
            key = stream_key_of(message);
        }
        const StreamId id = index_.id_of(key, kind_of(lane));
        if (record->sequence <= index_.at(id).newest) continue;
        frame_.add(frame_.stream(key), record->sequence, message);
        ids.push_back(id);
        stored.push_back(std::move(record));
    }
    if (stored.empty()) return Committed::stored;
    SegmentLog::Written written;
    const Committed outcome = write_frame(kind_of(lane), written, news);
    if (outcome != Committed::stored) return outcome;
    for (std::size_t at = 0; at < stored.size(); ++at) {
        const Message& message = stored[at]->message;
        const std::uint64_t bytes = message.payload.size();
        index_.add(ids[at], written.segment, stored[at]->sequence, bytes);
        log(kind_of(lane)).note(ids[at], stored[at]->sequence, bytes, message.time.wall, written);
    }
    ++figures_.commits;
    figures_.committed_records += stored.size();
    return Committed::stored;
}

/// Makes room for them, with `drop-newest` leaves out those that find none. False: the disk did not
/// take what there is to tell.
bool SegmentStore::keep_to_device_limit(Lane lane, Records& records, StoreNews& news) {
    const bool refuse = options_.limits.when_full == config::WhenFull::drop_newest;
    std::map<std::pair<std::string, DeviceId>, std::uint64_t> coming;
    Records taken;
    std::vector<Loss> losses;
    for (auto& record : records) {
        const Message& message = record->message;
        const StreamKey key = stream_key_of(message);
        std::uint64_t& sum = coming[{message.uplink, message.device}];
        const std::uint64_t wanted = sum + message.payload.size();
        if (refuse && device_bytes(key) + wanted > options_.limits.device_max_bytes) {
            losses.push_back({key, LossReason::device_bytes, 1, record->sequence, record->sequence,
                              message.time.wall, message.time.wall});
            continue;
        }
        sum = wanted;
        taken.push_back(std::move(record));
    }
    records = std::move(taken);
    if (!losses.empty()) {
        if (!lose(std::move(losses), news)) return false;
        tell_eviction(LossReason::device_bytes, kind_of(lane));
    }
    if (refuse) return true;
    return std::all_of(coming.begin(), coming.end(), [&](const auto& device) {
        return evict_of_device({device.first.first, device.first.second, lane}, device.second,
                               news);
    });
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
        const FrameTime time{now_.now, now_.settled};
        auto done =
            log(kind).append(frame_, time, options_.limits.compress ? &compressor_ : nullptr);
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
        // What an eviction freed is the ballast's first: without it the next gap could not be
        // written, and nothing be evicted any more. It never costs more than a segment does.
        const std::uint64_t ballast = std::min(ballast_bytes_for(options_.limits), bytes);
        if (!full || state_.has_ballast() || state_.make_ballast(ballast)) {
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
        const Room room = victim ? make_room_by_policy(kind, *victim, news) : Room::none;
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
