// The segment files of one kind: appends frames, seals, rewrites and removes files. Decides nothing
// about what is kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/file_system.h"
#include "queue/segment_format.h"
#include "queue/stream_index.h"

namespace fieldway::queue {

/// What RAM keeps of a segment.
struct Segment {
    SegmentNumber number = 0;
    std::uint64_t salt = 0;
    std::uint64_t data_end = 0;       ///< behind its last good frame
    std::uint64_t file_bytes = 0;     ///< what it takes of the disk
    std::uint64_t payload_bytes = 0;  ///< of all its records, done with or not
    std::uint32_t frames = 0;
    std::uint32_t thinned = 0;
    Timestamp newest;
    bool own_boot = false;  ///< its monotonic times are of this boot
    /// Of another boot: by how much its wall clock was ahead of its monotonic one, where known.
    std::optional<std::chrono::milliseconds> ahead{};
    bool damaged = false;            ///< its footer promises more than it holds: to be rewritten
    std::uint32_t failed_reads = 0;  ///< the disk would not give back all of it, one after another
    MonotonicTime failed_at{};       ///< when the last of them was counted
};

inline constexpr std::uint64_t page = 4096;
/// Pages that a file of so many bytes takes.
inline std::uint64_t disk_bytes(std::uint64_t size) {
    return (size + page - 1) / page * page;
}

/// Thread: that of the store.
class SegmentLog {
  public:
    struct Place {
        FileSystem* files = nullptr;
        std::filesystem::path folder;
        SegmentKind kind = SegmentKind::telemetry;
        std::string boot;
        std::uint64_t segment_bytes = 0;
        std::uint64_t* written_bytes = nullptr;  ///< counts
    };
    using KeyOf = std::function<const StreamKey&(StreamId)>;

    explicit SegmentLog(Place place) : place_(std::move(place)) {}

    [[nodiscard]] SegmentKind kind() const { return place_.kind; }
    [[nodiscard]] const std::map<SegmentNumber, Segment>& segments() const { return segments_; }
    [[nodiscard]] Segment& segment(SegmentNumber number) { return segments_.at(number); }
    [[nodiscard]] std::filesystem::path path_of(SegmentNumber number) const;
    [[nodiscard]] std::uint64_t file_bytes() const;
    [[nodiscard]] bool is_active(SegmentNumber number) const {
        return active_ && active_->number == number;
    }

    /// Found at the start. With `runs` its footer is still to be written.
    void restore(const Segment& segment, const SegmentHeader& header,
                 std::optional<RunBook> unsealed);
    /// A number that was seen, even if its file is of no use.
    void seen(SegmentNumber number) { next_ = std::max(next_, number + 1); }

    /// The active segment takes a frame of so many bytes.
    [[nodiscard]] bool fits(const FrameBuilder& frame) const;
    /// What the file of a new segment for this frame will take.
    [[nodiscard]] std::uint64_t new_segment_bytes(const FrameBuilder& frame) const;
    /// And at the least.
    [[nodiscard]] static std::uint64_t least_segment_bytes(const FrameBuilder& frame);
    /// Closes the active segment, if any, and makes an empty one. `size`: allocated at once.
    FileResult<> begin(std::uint64_t size, std::uint64_t salt);

    /// The frame is durable when this returns its place. After an error the segment is closed:
    /// nothing goes to it any more, and what was durable in it stays.
    struct Written {
        SegmentNumber segment = 0;
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };
    FileResult<Written> append(FrameBuilder& frame, const Timestamp& time, Compressor* compressor);
    /// Of the frame that was just appended, for the footer.
    void note(StreamId stream, Sequence sequence, std::uint64_t bytes, WallTime time,
              const Written& written);

    void close_active();
    [[nodiscard]] bool has_unsealed() const { return !unsealed_.empty(); }
    /// Writes the footer of one closed segment and cuts off what stands behind. It stays unsealed
    /// when that fails, and loses nothing by it: the next start reads its frames.
    FileResult<> seal_one(const KeyOf& key_of);

    /// Puts another content in the place of a closed segment, all at once.
    FileResult<> replace(SegmentNumber number, const Bytes& file, const Segment& content);
    /// Durable only after the folder is synced.
    FileResult<> remove(SegmentNumber number);
    /// Tries again what given-up segments left behind. What stays counts as taken, and after a
    /// start that finds it what it holds is delivered, once more if it was delivered already.
    void remove_left_behind();
    FileResult<> sync_folder() { return place_.files->sync_folder(place_.folder); }

    [[nodiscard]] SegmentHeader header_for(SegmentNumber number, std::uint64_t salt,
                                           std::uint32_t thinned) const;

  private:
    struct Active {
        SegmentNumber number = 0;
        std::unique_ptr<File> file;
        SegmentHeader header;
        RunBook book;
        std::uint64_t raw_bytes = 0;
        std::uint64_t written_to = 0;  ///< frames, and zeros behind them
        bool begun = false;            ///< header and name are durable
    };
    struct Unsealed {
        SegmentHeader header;
        RunBook book;
    };

    FileResult<> write_frame(ByteView frame);
    [[nodiscard]] std::uint64_t zeros_ahead(const Segment& segment, std::uint64_t end,
                                            std::uint64_t frame_bytes) const;
    void give_up_active();
    void discard(SegmentNumber number, std::uint64_t bytes);

    Place place_;
    std::map<SegmentNumber, Segment> segments_;
    std::map<SegmentNumber, Unsealed> unsealed_;
    std::map<SegmentNumber, std::uint64_t> left_behind_;  ///< given up, not removed yet: bytes
    std::optional<Active> active_;
    SegmentNumber next_ = 1;
};

/// A footer for these runs, whose streams are ids of the index.
Footer make_footer(const SegmentHeader& header, const Segment& segment, const RunBook& book,
                   const SegmentLog::KeyOf& key_of);

/// All bytes of a file. Pages that the disk does not give back are zeros, counted in `bad_pages`.
FileResult<Bytes> read_whole(File& file, std::uint64_t from, std::uint64_t size,
                             std::uint64_t& bad_pages);

}  // namespace fieldway::queue
