// One commit of one lane as bytes: a header that can be trusted by itself, and a body that needs no
// other frame to be understood. Pure. docs/queue-format.md has every byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "flow/message.h"
#include "queue/compression.h"
#include "queue/queue.h"

namespace fieldway::queue {

struct FrameHeader {
    static constexpr std::size_t size = 64;

    std::uint64_t salt = 0;    ///< of the segment: a frame of an older file is none of ours
    std::uint32_t number = 0;  ///< in the segment, from 1 on, consecutive
    std::uint32_t records = 0;
    std::uint32_t streams = 0;
    std::uint32_t raw_bytes = 0;     ///< of the body
    std::uint32_t stored_bytes = 0;  ///< of the body as it is stored
    std::uint32_t body_crc = 0;      ///< of the body as it is stored
    bool compressed = false;
    Timestamp time;  ///< when it was written: ages are counted from it

    /// Header, body and padding: frames begin at multiples of 8.
    [[nodiscard]] std::uint64_t frame_bytes() const {
        return (size + std::uint64_t{stored_bytes} + 7) / 8 * 8;
    }
    friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

/// Nothing when the bytes, at least FrameHeader::size of them, are no header, or a damaged one.
std::optional<FrameHeader> decode_frame_header(ByteView bytes);

/// What a dead letter has beside its record. Its own sequence number counts dead letters.
struct DeadNote {
    std::uint64_t number = 0;
    WallTime buried{};
    std::string_view reason;
};

/// One record, in the bytes of a body that must live on.
struct RecordView {
    std::uint32_t stream = 0;  ///< in the frame's own table
    Sequence sequence = 0;
    Timestamp time;
    ContentType content_type = ContentType::json;
    std::string_view subtopic;
    std::string_view payload;
    std::optional<DeadNote> dead;
    std::vector<TimePlace> lacks{};  ///< of the payload, as it is in the message
    std::uint32_t offset = 0;        ///< in the body
};

/// Gathers records and makes the frame's bytes. Buffers are kept for the next frame.
class FrameBuilder {
  public:
    void clear();
    /// Position of the stream in the frame's table.
    std::uint32_t stream(const StreamKey& key);
    void add(std::uint32_t stream, Sequence sequence, const Message& message,
             const DeadNote* dead = nullptr);
    /// The record as it lies in another frame's body.
    void add(const RecordView& view, std::uint32_t stream);

    [[nodiscard]] std::uint32_t records() const { return count_; }
    [[nodiscard]] std::size_t streams() const { return streams_.size(); }
    /// Upper bound of what finish() returns.
    [[nodiscard]] std::uint64_t most_bytes() const {
        return FrameHeader::size + table_.size() + body_.size() + 7;
    }

    /// Header, body, padding: valid until the next call of anything here.
    ByteView finish(std::uint64_t salt, std::uint32_t number, const Timestamp& time,
                    Compressor* compressor);

  private:
    void add_record(std::uint32_t stream, Sequence sequence, const Timestamp& time,
                    ContentType content_type, std::string_view subtopic, std::string_view payload,
                    const DeadNote* dead, const std::vector<TimePlace>& lacks);

    std::map<StreamKey, std::uint32_t> streams_;
    const StreamKey* last_ = nullptr;  ///< in streams_: runs of one stream are common
    std::uint32_t last_index_ = 0;
    std::uint32_t count_ = 0;
    Bytes table_;
    Bytes body_;
    Bytes frame_;
};

/// The body of a frame, decoded lazily from bytes that the caller keeps.
class FrameBody {
  public:
    /// Nothing when the bytes are not what the header says: a foreign or damaged frame.
    static std::optional<FrameBody> decode(const FrameHeader& header, ByteView raw);

    [[nodiscard]] const std::vector<StreamKey>& streams() const { return streams_; }
    [[nodiscard]] const std::vector<RecordView>& records() const { return records_; }

  private:
    std::vector<StreamKey> streams_;
    std::vector<RecordView> records_;
};

/// The record at `offset` of a body that FrameBody::decode accepted.
RecordView record_at(ByteView raw, std::uint32_t offset);

/// The raw body of a frame whose header is `header`: `stored` itself or `room` filled. Nothing when
/// checksum or compression do not fit.
std::optional<ByteView> open_body(const FrameHeader& header, ByteView stored, Bytes& room);

/// The table entry of a stream, as it stands in frames, footers, journal and snapshot.
void write_stream_key(LittleEndianWriter& out, const StreamKey& key);
std::optional<StreamKey> read_stream_key(LittleEndianReader& in);

}  // namespace fieldway::queue
