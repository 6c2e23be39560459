// device_max_bytes: what the oldest records of a device give way to.
#include <algorithm>

#include "queue/segment_store.h"

namespace fieldway::queue {

namespace {

/// Of device_max_bytes.
constexpr std::uint64_t parts_evicted_at_once = 16;

}  // namespace

std::uint64_t SegmentStore::device_bytes(const StreamKey& key) const {
    std::uint64_t bytes = 0;
    for (const Lane lane : all_lanes) {
        for (const Drain drain : {Drain::in_order, Drain::live_first}) {
            const auto id = index_.find({key.uplink, key.device, lane, drain});
            if (id) bytes += index_.at(*id).live.bytes;
        }
    }
    return bytes;
}

/// Chooses the oldest records of the device, lowest lane first and none above the one that `bytes`
/// come in, until they fit. A sixteenth of the limit at once: each time costs a snapshot. Where a
/// segment cannot be read the stream keeps what it has.
void SegmentStore::plan_eviction(const StreamKey& key, std::uint64_t bytes,
                                 std::vector<Eviction>& evictions, StoreNews& news) {
    const std::uint64_t limit = options_.limits.device_max_bytes;
    const std::uint64_t there = device_bytes(key) + bytes;
    if (there <= limit) return;
    const std::uint64_t wanted = std::max(there - limit, limit / parts_evicted_at_once);
    std::uint64_t gone = 0;
    const std::vector<Lane> lanes(all_lanes.rbegin(), all_lanes.rend());
    for (const Lane lane : lanes) {
        if (lane < key.lane) break;
        for (const Drain drain : {Drain::in_order, Drain::live_first}) {
            const auto id = index_.find({key.uplink, key.device, lane, drain});
            if (!id) continue;
            Eviction eviction{*id, 0, {index_.at(*id).key, LossReason::device_bytes}};
            while (gone < wanted && plan_front(eviction, wanted, gone, news)) {
            }
            if (eviction.loss.count > 0) evictions.push_back(std::move(eviction));
        }
    }
}

/// Records of the stream's next extent, until `wanted` bytes are gone or all of it. False: there is
/// none, or it cannot be read.
bool SegmentStore::plan_front(Eviction& eviction, std::uint64_t wanted, std::uint64_t& gone,
                              StoreNews& news) {
    const StreamId id = eviction.id;
    const SegmentKind kind = index_.at(id).kind;
    const Extent* front = index_.extent_after(id, eviction.last);
    if (front == nullptr) return false;
    const auto segment = decoded(kind, front->segment, news);
    if (!segment) return false;
    front = index_.extent_after(id, eviction.last);  // damage may have changed it
    if (front == nullptr) return false;
    const Sequence last = front->last();
    Loss& loss = eviction.loss;
    for (const auto& place : (*segment)->places(id)) {
        if (place.sequence <= eviction.last || place.sequence < front->first) continue;
        if (place.sequence > last || gone >= wanted) break;
        eviction.last = place.sequence;
        if (index_.done(id, place.sequence)) continue;
        const RecordView view = (*segment)->view(place);
        const WallTime wall = known_wall(view.time);
        const Loss one{loss.key, loss.reason, 1, place.sequence, place.sequence, wall, wall};
        loss = loss.count == 0 ? one : joined(loss, one);
        gone += view.payload.size();
    }
    if (gone < wanted) eviction.last = last;
    return true;
}

/// All of them with one snapshot.
bool SegmentStore::evict(const std::vector<Eviction>& evictions, StoreNews& news) {
    std::vector<Loss> losses;
    for (const Eviction& eviction : evictions)
        losses.push_back(eviction.loss);
    if (!lose(std::move(losses), news)) return false;
    for (const Eviction& eviction : evictions) {
        index_.acknowledge(eviction.id, eviction.last, {});
        tell_eviction(LossReason::device_bytes, index_.at(eviction.id).kind);
    }
    return true;
}

}  // namespace fieldway::queue
