// Which records a turn takes to the disk, lane by lane, and what came of them.
#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "queue/durable_queue.h"

namespace fieldway::queue {

namespace {

/// With drop-newest the store passes over records for which their device has no room.
std::map<StreamKey, SequenceSet> refused_by_store(const std::vector<Loss>& losses) {
    std::map<StreamKey, SequenceSet> refused;
    for (const Loss& loss : losses) {
        if (loss.reason == LossReason::device_bytes) refused[loss.key].add(loss.first, loss.last);
    }
    return refused;
}

}  // namespace

DurableQueue::LaneCommit& DurableQueue::commit_of(Lane lane) {
    return lane_commits_[static_cast<std::size_t>(lane)];
}

const DurableQueue::LaneCommit& DurableQueue::commit_of(Lane lane) const {
    return lane_commits_[static_cast<std::size_t>(lane)];
}

std::optional<MonotonicTime> DurableQueue::commit_due(Lane lane) {
    const Entry* oldest = shelves_.oldest(lane);
    if (oldest == nullptr) return std::nullopt;
    const bool much_waits = shelves_.alone_bytes() > options_.max_memory / 4;
    const auto durability = options_.lanes[static_cast<std::size_t>(lane)].durability;
    return std::max(much_waits ? MonotonicTime{} : oldest->made + durability,
                    commit_of(lane).not_before);
}

/// When the first of the records in RAM alone must be on its way.
std::optional<MonotonicTime> DurableQueue::commit_due() {
    std::optional<MonotonicTime> due;
    for (const Lane lane : all_lanes) {
        const auto of_lane = commit_due(lane);
        if (of_lane && (!due || *of_lane < *due)) due = of_lane;
    }
    return due;
}

/// When one is due all go along, but for lanes that failed a moment ago: these wait. The last turns
/// of a flush try them once more, behind all others.
void DurableQueue::gather_records(StoreTurn& turn) {
    const auto due = commit_due();
    if (!due || (*due > turn.time.monotonic && !flush_)) return;
    std::uint64_t payloads = 0;
    for (const Lane lane : all_lanes) {
        if (commit_of(lane).not_before > turn.time.monotonic) continue;
        if (!gather_lane(turn, lane, payloads)) return;
    }
    if (!flush_) return;
    for (const Lane lane : all_lanes) {
        if (!gather_lane(turn, lane, payloads)) return;
    }
}

/// The oldest first: a stream's records in order. False: the turn has as many as it may.
bool DurableQueue::gather_lane(StoreTurn& turn, Lane lane, std::uint64_t& payloads) {
    while (Entry* entry = shelves_.oldest(lane)) {
        const std::uint64_t size = entry->record->message.payload.size();
        if (payloads > 0 && payloads + size > most_commit_bytes) return false;
        payloads += std::max<std::uint64_t>(size, 1);
        shelves_.take(*entry);
        entry->safety = Safety::committing;
        shelves_.put(*entry);
        committing_.emplace_back(&entry->stream, entry->sequence());
        turn.records.push_back(entry->record);
    }
    return true;
}

/// After gathering: no later turn would bring more to the disk than this one does.
bool DurableQueue::rest_cannot_be_stored() {
    if (store_.degraded) return true;
    return std::all_of(all_lanes.begin(), all_lanes.end(), [this](Lane lane) {
        const bool failed = commit_of(lane).not_before != MonotonicTime{};
        return failed || shelves_.oldest(lane) == nullptr;
    });
}

void DurableQueue::settle_lanes(const StoreTurn& turn, const Store::CommitResult& commit) {
    const MonotonicTime later = around_.clock.monotonic() + try_again;
    for (const auto& record : turn.records) {
        const Lane lane = record->message.lane;
        const bool stored = commit.stored_lanes[static_cast<std::size_t>(lane)];
        const bool full = !stored && commit.outcome == Committed::full;
        if (full != commit_of(lane).full) tell_full(lane, full);
        commit_of(lane) = {stored ? MonotonicTime{} : later, full};
    }
}

/// What has no room on disk waits in memory for it: never a silent change of promise.
void DurableQueue::tell_full(Lane lane, bool full) {
    if (full) {
        around_.log.error("queue.memory", full_sentence(lane));
    } else {
        around_.log.info("queue.durable", fmt::format("the files have room for lane {} again, and "
                                                      "what memory held is on disk",
                                                      name_of(lane)));
    }
}

std::string DurableQueue::full_sentence(Lane lane) const {
    const bool newest = options_.when_full == config::WhenFull::drop_newest;
    return fmt::format(
        "the files are at their limit and {}: new messages of lane {} live in memory alone, up to "
        "queue.max_memory, until there is room",
        newest ? "queue.when_full is drop-newest" : "hold higher lanes alone", name_of(lane));
}

void DurableQueue::settle_commit(const StoreTurn& turn, const StoreTurnDone& done) {
    const Store::CommitResult& commit = done.commit;
    const auto refused = refused_by_store(done.news.losses);
    std::vector<Accepted> durable;
    for (std::size_t i = 0; i < committing_.size(); ++i) {
        auto& [stream, sequence] = committing_[i];
        const std::uint64_t payload = turn.records[i]->message.payload.size();
        const bool stored = commit.stored_lanes[static_cast<std::size_t>(stream->key.lane)];
        const auto at = stream->entries.find(sequence);
        if (stored) stream->stored.add(payload);
        if (at == stream->entries.end()) {
            if (stored) done_with(*stream, sequence, payload);  // released meanwhile
            continue;
        }
        Entry& entry = at->second;
        shelves_.take(entry);
        entry.safety = stored ? Safety::stored : Safety::memory;
        shelves_.put(entry);
        if (!stored) continue;
        stream->alone.take(1, payload);
        alone_.take(1, payload);
        if (!entry.accepted) continue;
        const auto here = refused.find(stream->key);
        if (here != refused.end() && here->second.contains(sequence)) {
            answer(std::exchange(entry.accepted, {}), Acceptance::refused);
        } else {
            durable.push_back(std::exchange(entry.accepted, {}));
        }
    }
    committing_.clear();
    if (!durable.empty()) {
        around_.post([durable = std::move(durable)] {
            for (const Accepted& accepted : durable)
                accepted(Acceptance::durable);
        });
    }
}

}  // namespace fieldway::queue
