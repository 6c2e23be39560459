// What a segment file holds beside its frames: its header, and the footer that spares the next
// start from reading the frames. Pure. docs/queue-format.md has every byte.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "queue/frame.h"

namespace fieldway::queue {

/// Of segments, acknowledgement journal and snapshot. A newer one is never touched.
inline constexpr std::uint32_t format_version = 1;

/// What a segment holds: messages of one lane, or dead letters of all.
enum class SegmentKind : std::uint8_t { alarm, telemetry, bulk, dead };
inline constexpr std::array all_segment_kinds{SegmentKind::alarm, SegmentKind::telemetry,
                                              SegmentKind::bulk, SegmentKind::dead};
std::string_view name_of(SegmentKind kind);
inline SegmentKind kind_of(Lane lane) {
    return static_cast<SegmentKind>(lane);
}

using SegmentNumber = std::uint32_t;
/// `telemetry-0000000042.seg`: names sort by number.
std::string segment_file_name(SegmentKind kind, SegmentNumber number);
struct SegmentName {
    SegmentKind kind;
    SegmentNumber number;
};
std::optional<SegmentName> parse_segment_file_name(std::string_view name);

struct SegmentHeader {
    static constexpr std::size_t size = 96;
    static constexpr std::size_t boot_bytes = 40;

    std::uint32_t version = format_version;
    SegmentKind kind = SegmentKind::telemetry;
    SegmentNumber number = 0;
    std::uint64_t salt = 0;
    std::uint32_t thinned = 0;  ///< how often every second record was taken out of it
    std::string boot;           ///< id of the boot that its monotonic times belong to, cut to fit
    friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};
void encode(const SegmentHeader& header, Bytes& out);
/// Nothing when it is damaged or none; a newer version decodes as far as `version` alone.
std::optional<SegmentHeader> decode_segment_header(ByteView bytes);

/// Records of one stream that follow one another in one segment, from `first` to `last`. Dense:
/// none is left out between them.
struct Run {
    std::uint32_t stream = 0;  ///< of whatever table goes with it
    std::uint32_t count = 0;
    std::uint64_t bytes = 0;  ///< payloads
    Sequence first = 0;
    Sequence last = 0;
    WallTime first_time{};
    WallTime last_time{};
    std::uint64_t offset = 0;  ///< of the frame with the first

    [[nodiscard]] bool dense() const { return last - first + 1 == count; }
    friend bool operator==(const Run&, const Run&) = default;
};

/// A stream's records in a segment may have holes (what the broker acknowledged before it came to
/// the disk): so many runs are kept apart, what comes then joins the last one, which is not dense
/// from there on.
inline constexpr std::uint32_t most_runs = 4;

/// Gathers the runs of a segment, record by record in the order in which they stand there.
class RunBook {
  public:
    void add(std::uint32_t stream, Sequence sequence, std::uint64_t bytes, WallTime time,
             std::uint64_t frame_offset);
    [[nodiscard]] const std::vector<Run>& runs() const { return runs_; }

  private:
    struct Open {
        std::size_t run = 0;  ///< the stream's last one in runs_
        std::uint32_t count = 0;
    };
    std::vector<Run> runs_;
    std::vector<Open> open_;  ///< by stream; count 0: none yet
};

/// At the end of a sealed segment.
struct Footer {
    SegmentHeader header;  ///< again: the one in front may be damaged
    std::uint32_t frames = 0;
    std::uint64_t data_end = 0;  ///< where the frames end and the footer begins
    Timestamp newest;            ///< of the last frame
    std::vector<StreamKey> streams;
    std::vector<Run> runs;
    friend bool operator==(const Footer&, const Footer&) = default;
};
/// Footer and trailer, as they stand at data_end.
Bytes encode(const Footer& footer);

/// The last bytes of a sealed file: where its footer is.
struct Trailer {
    static constexpr std::size_t size = 32;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t crc = 0;
};
std::optional<Trailer> decode_trailer(ByteView last_bytes, std::uint64_t file_size);
std::optional<Footer> decode_footer(const Trailer& trailer, ByteView bytes);
/// About what a footer with so many runs will take.
std::uint64_t footer_estimate(std::size_t streams, std::size_t runs);

}  // namespace fieldway::queue
