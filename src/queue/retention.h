// What is kept, and what goes first. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "config/gateway_config.h"
#include "queue/segment_format.h"
#include "queue/store.h"
#include "queue/stream_index.h"

namespace fieldway::queue {

/// The limit of files of one kind.
std::uint64_t kind_limit(const config::QueueOptions& limits, SegmentKind kind);
/// How long its records may wait; nothing for dead letters, which wait for an operator.
std::optional<Duration> kind_max_age(const config::QueueOptions& limits, SegmentKind kind);
/// So that one segment is at most a sixteenth of every limit that it counts for.
std::uint64_t segment_bytes_for(const config::QueueOptions& limits, SegmentKind kind,
                                std::uint64_t wanted);
/// Space that is kept for acknowledgements, the snapshot and alarms on a full disk.
std::uint64_t ballast_bytes_for(const config::QueueOptions& limits);

/// Within one boot by monotonic time, across boots by wall time where it was settled at both ends.
bool too_old(const Timestamp& written, bool own_boot, const Timestamp& now, Duration max_age);

/// The lane from which room is made for a frame of `for_kind`: the lowest that has a segment, and
/// none above it.
std::optional<SegmentKind> kind_to_evict(
    SegmentKind for_kind, const std::array<bool, all_segment_kinds.size()>& has_segments);

/// Less than a quarter of it waits, and rewriting it gives at least a page back.
bool worth_rewriting(const Live& live, std::uint64_t payload_bytes, std::uint64_t file_bytes);

/// For `when_full: thin`: of the older half of the segments the one that was thinned least, the
/// oldest of these. Nothing when each was thinned so often that the oldest one is to go.
struct ThinCandidate {
    SegmentNumber number = 0;
    std::uint32_t thinned = 0;
    std::uint64_t records = 0;
};
inline constexpr std::uint32_t most_thinnings = 4;
std::optional<SegmentNumber> segment_to_thin(std::span<const ThinCandidate> by_number);

}  // namespace fieldway::queue
