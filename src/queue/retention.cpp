#include "queue/retention.h"

#include <algorithm>

namespace fieldway::queue {

namespace {

constexpr std::uint64_t least_segment_bytes = 4096;
constexpr std::uint64_t parts_of_a_limit = 16;
constexpr std::uint64_t most_ballast_bytes = 1024 * 1024;

}  // namespace

std::uint64_t kind_limit(const config::QueueOptions& limits, SegmentKind kind) {
    if (kind == SegmentKind::dead) return limits.dead_letters;
    return limits.lanes[static_cast<std::size_t>(kind)].max_bytes;
}

std::optional<Duration> kind_max_age(const config::QueueOptions& limits, SegmentKind kind) {
    if (kind == SegmentKind::dead) return std::nullopt;
    return limits.lanes[static_cast<std::size_t>(kind)].max_age;
}

std::uint64_t segment_bytes_for(const config::QueueOptions& limits, SegmentKind kind,
                                std::uint64_t wanted) {
    const std::uint64_t most = kind == SegmentKind::dead
                                   ? limits.dead_letters
                                   : std::min(limits.max_bytes, kind_limit(limits, kind));
    return std::max(std::min(wanted, most / parts_of_a_limit) / 4096 * 4096, least_segment_bytes);
}

std::uint64_t ballast_bytes_for(const config::QueueOptions& limits) {
    return std::min(most_ballast_bytes, limits.max_bytes / parts_of_a_limit);
}

bool too_old(const Timestamp& written, bool own_boot, const Timestamp& now, Duration max_age) {
    if (own_boot) return now.monotonic - written.monotonic > max_age;
    return written.settled && now.settled && now.wall - written.wall > max_age;
}

std::optional<SegmentKind> kind_to_evict(
    SegmentKind for_kind, const std::array<bool, all_segment_kinds.size()>& has_segments) {
    for (const SegmentKind kind : {SegmentKind::bulk, SegmentKind::telemetry, SegmentKind::alarm}) {
        if (kind < for_kind) break;
        if (has_segments[static_cast<std::size_t>(kind)]) return kind;
    }
    return std::nullopt;
}

bool worth_rewriting(const Live& live, std::uint64_t payload_bytes, std::uint64_t file_bytes) {
    constexpr std::uint64_t part = 4;
    constexpr std::uint64_t least_file_bytes = 8192;
    return live.records > 0 && file_bytes >= least_file_bytes && live.bytes * part < payload_bytes;
}

std::optional<SegmentNumber> segment_to_thin(std::span<const ThinCandidate> by_number) {
    const auto older_half = by_number.first((by_number.size() + 1) / 2);
    const ThinCandidate* best = nullptr;
    for (const ThinCandidate& candidate : older_half) {
        if (candidate.thinned >= most_thinnings || candidate.records < 2) continue;
        if (best == nullptr || candidate.thinned < best->thinned) best = &candidate;
    }
    return best == nullptr ? std::nullopt : std::optional(best->number);
}

}  // namespace fieldway::queue
