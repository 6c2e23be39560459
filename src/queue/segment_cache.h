// The segments that were read last, decoded: all devices that drain through the same one share the
// work.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "queue/segment_log.h"

namespace fieldway::queue {

/// The good frames of a segment with every record findable.
class DecodedSegment {
  public:
    struct Place {
        Sequence sequence = 0;
        std::uint32_t frame = 0;
        std::uint32_t offset = 0;  ///< in the frame's body
    };
    struct Frame {
        FrameHeader header;
        Bytes body;
        std::vector<StreamKey> keys;    ///< the frame's table
        std::vector<StreamId> streams;  ///< the same in the index
    };

    /// Adds the frames in `bytes`, in which the first begins at 0.
    void decode(ByteView bytes, std::uint64_t salt, SegmentKind kind, const StreamIndex& index);

    /// In order of sequence; nothing of a stream that the index does not know.
    [[nodiscard]] const std::vector<Place>& places(StreamId stream) const;
    [[nodiscard]] const Frame& frame(const Place& place) const { return frames_[place.frame]; }
    [[nodiscard]] const std::vector<Frame>& frames() const { return frames_; }
    [[nodiscard]] RecordView view(const Place& place) const {
        return record_at(frames_[place.frame].body, place.offset);
    }
    [[nodiscard]] std::uint64_t memory() const { return memory_; }
    /// Where frames are not that should be: ` (at offset 4096, 8192)`, or nothing.
    [[nodiscard]] std::string damage_text() const;

    std::uint64_t decoded_upto = SegmentHeader::size;  ///< offset in the file
    std::uint64_t bad_pages = 0;                       ///< that the disk did not give back

  private:
    std::vector<Frame> frames_;
    std::unordered_map<StreamId, std::vector<Place>> places_;
    std::vector<std::uint64_t> damages_;
    std::uint64_t memory_ = 0;
};

/// The record as the queue hands it out. What it lacks is filled in from monotonic times: of
/// another boot they mean nothing unless its clock is known, and it stays without.
std::shared_ptr<const Record> make_record(const StreamKey& key, const RecordView& view,
                                          const Segment& segment);

/// Thread: that of the store.
class SegmentCache {
  public:
    static constexpr std::size_t most_segments = 3;
    static constexpr std::uint64_t most_memory = 24ULL * 1024 * 1024;  ///< but always one segment

    /// Valid until the next call. The bytes that the disk did not give back are frames that are not
    /// there.
    FileResult<std::shared_ptr<const DecodedSegment>> get(FileSystem& files, const SegmentLog& log,
                                                          SegmentNumber number,
                                                          const StreamIndex& index);
    void forget(SegmentKind kind, SegmentNumber number);
    /// Lets go what nobody asked for since the last call.
    void trim();

  private:
    struct Entry {
        SegmentKind kind;
        SegmentNumber number;
        std::shared_ptr<DecodedSegment> decoded;  // a reader keeps it while it is thrown out
        bool used = true;
    };
    void shrink();

    std::list<Entry> entries_;  ///< the last used in front
};

}  // namespace fieldway::queue
