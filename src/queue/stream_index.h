// Where each stream's records are, and which of them are done with: all that the store keeps of
// them in RAM. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "queue/segment_format.h"

namespace fieldway::queue {

using StreamId = std::uint32_t;

/// Records of one stream in one segment that are not done with. 24 bytes: ten million waiting
/// records of a thousand devices make some hundred thousand of them.
struct Extent {
    Sequence first = 0;
    std::uint32_t span = 0;  ///< last - first
    std::uint32_t count = 0;
    std::uint32_t bytes = 0;  ///< payloads
    std::uint32_t segment : 31 = 0;
    std::uint32_t dense : 1 = 1;  ///< every sequence from first to last is there

    [[nodiscard]] Sequence last() const { return first + span; }
};
static_assert(sizeof(Extent) == 24);

struct Live {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
};

/// Counts are exact while a stream's records in a segment have no holes, and otherwise after
/// verify(); until then they are an estimate that never reaches 0 before the last record is done
/// with. So a segment is never taken for empty while it holds a record that is not.
class StreamIndex {
  public:
    struct Stream {
        StreamKey key;
        SegmentKind kind = SegmentKind::telemetry;
        std::deque<Extent> extents;     ///< disjoint, in order of sequence and of segment
        Sequence through = 0;           ///< all up to here is done with
        std::vector<Sequence> singles;  ///< and these above it; sorted
        Sequence newest = 0;            ///< highest that was ever stored or acknowledged
        Sequence settled = 0;  ///< highest that this process stored, or said to be done with
        Sequence reserved = 0;
        Live live;
        bool ack_dirty = false;  ///< through or singles changed since the journal was written
    };

    /// The stream's id; it is made when it is not known.
    StreamId id_of(const StreamKey& key, SegmentKind kind);
    [[nodiscard]] std::optional<StreamId> find(const StreamKey& key) const;
    [[nodiscard]] const Stream& at(StreamId id) const { return streams_[id]; }
    [[nodiscard]] std::size_t size() const { return streams_.size(); }

    /// A record was stored, behind all of its stream.
    void add(StreamId id, SegmentNumber segment, Sequence sequence, std::uint64_t bytes);
    /// A run of a segment that was found at the start. Segments come in order. Where it overlaps
    /// what an earlier segment holds (a frame whose sync failed was written again), the later one
    /// counts. What is acknowledged already is left out.
    void add_run(StreamId id, SegmentNumber segment, const Run& run);

    /// Also sets aside what is given up: a limit, a damaged frame.
    void acknowledge(StreamId id, Sequence through, std::span<const Sequence> singles);
    [[nodiscard]] bool done(StreamId id, Sequence sequence) const;
    /// Only ever raise it.
    void settle(StreamId id, Sequence upto);
    void reserve(StreamId id, Sequence upto);
    /// It did not come to the disk.
    void take_back_reservation(StreamId id, Sequence upto) { streams_[id].reserved = upto; }
    void journal_written();
    [[nodiscard]] const std::vector<StreamId>& ack_dirty() const { return dirty_; }

    /// First extent with a record above `after`.
    [[nodiscard]] const Extent* extent_after(StreamId id, Sequence after) const;
    /// What the segment really holds of the stream from `first` to `last` and is not done with.
    void verify(StreamId id, SegmentNumber segment, Sequence first, Sequence last, Live live);

    /// Nothing of the segment waits any more: it was evicted, or is gone.
    void remove_segment(SegmentKind kind, SegmentNumber segment);
    /// The segment was rewritten: it holds these runs now, and nothing else.
    void replace_segment(SegmentKind kind, SegmentNumber segment, std::span<const Run> runs);
    [[nodiscard]] Live live_of(SegmentKind kind, SegmentNumber segment) const;
    /// Streams with records in the segment.
    [[nodiscard]] std::vector<StreamId> streams_in(SegmentKind kind, SegmentNumber segment) const;

    [[nodiscard]] const Live& total() const { return total_; }  ///< without dead letters

  private:
    struct KeyHash {
        std::size_t operator()(const StreamKey& key) const;
    };
    using Extents = std::deque<Extent>;

    void count(Stream& stream, SegmentNumber segment, std::int64_t records, std::int64_t bytes);
    void set(Stream& stream, Extent& extent, std::uint32_t records, std::uint32_t bytes);
    void drop_front(Stream& stream);
    void drop_back(Stream& stream);
    void cut_front(Stream& stream, Sequence through);
    void cut_back(Stream& stream, Sequence from);
    void take_single(Stream& stream, Sequence sequence);
    static std::size_t singles_within(const Stream& stream, Sequence first, Sequence last);

    std::deque<Stream> streams_;  // stay where they are
    std::unordered_map<StreamKey, StreamId, KeyHash> ids_;
    std::array<std::unordered_map<SegmentNumber, Live>, all_segment_kinds.size()> live_;
    std::vector<StreamId> dirty_;
    Live total_;
};

}  // namespace fieldway::queue
