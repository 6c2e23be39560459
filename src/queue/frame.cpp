#include "queue/frame.h"

#include <cassert>
#include <utility>

#include "queue/crc32c.h"

namespace fieldway::queue {

namespace {

constexpr std::uint32_t magic = 0x4D465746;  // "FWFM"
constexpr std::size_t after_crc = 8;         // magic and the header's own checksum
constexpr std::uint32_t flag_compressed = 1;
constexpr std::uint32_t flag_settled = 2;
constexpr std::uint8_t record_is_dead = 1;
constexpr std::uint8_t record_lacks_times = 2;
/// A record that a corrupt length could make us believe in is bounded by the body; a body by this.
constexpr std::uint32_t most_raw_bytes = 512U * 1024 * 1024;

Timestamp read_time(LittleEndianReader& in) {
    const MonotonicTime monotonic{Duration(in.number<std::int64_t>())};
    const WallTime wall{std::chrono::milliseconds(in.number<std::int64_t>())};
    return {monotonic, wall};
}

void write_time(LittleEndianWriter& out, const Timestamp& time) {
    out.number<std::int64_t>(time.monotonic.time_since_epoch().count());
    out.number<std::int64_t>(time.wall.time_since_epoch().count());
}

/// A form that nobody knows is no time of ours.
void read_lacks(LittleEndianReader& in, RecordView& view) {
    view.time.settled = false;
    const auto count = in.number<std::uint32_t>();
    // A count that lies ends with the bytes.
    for (std::uint32_t at = 0; at < count && in.ok(); ++at) {
        TimePlace place;
        const auto form = in.number<std::uint8_t>();
        place.form = static_cast<TimePlace::Form>(form);
        place.length = in.number<std::uint8_t>();
        place.offset = in.number<std::uint32_t>();
        place.at = MonotonicTime(Duration(in.number<std::int64_t>()));
        if (form <= static_cast<std::uint8_t>(TimePlace::last_form)) view.lacks.push_back(place);
    }
}

RecordView read_record(LittleEndianReader& in) {
    RecordView view;
    view.stream = in.number<std::uint32_t>();
    view.sequence = in.number<std::uint64_t>();
    view.time = read_time(in);
    view.content_type = static_cast<ContentType>(in.number<std::uint8_t>());
    const auto flags = in.number<std::uint8_t>();
    view.subtopic = as_text(in.raw(in.number<std::uint16_t>()));
    view.payload = in.counted_text();
    if ((flags & record_is_dead) != 0) {
        DeadNote& dead = view.dead.emplace();
        dead.number = in.number<std::uint64_t>();
        dead.buried = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
        dead.reason = in.counted_text();
    }
    if ((flags & record_lacks_times) != 0) read_lacks(in, view);
    return view;
}

void write_lacks(LittleEndianWriter& out, const std::vector<TimePlace>& lacks) {
    out.number(static_cast<std::uint32_t>(lacks.size()));
    for (const TimePlace& place : lacks) {
        out.number(static_cast<std::uint8_t>(place.form));
        out.number(place.length);
        out.number(place.offset);
        out.number<std::int64_t>(place.at.time_since_epoch().count());
    }
}

void encode_header(const FrameHeader& header, Bytes& out) {
    LittleEndianWriter write(out);
    write.number(magic);
    write.number<std::uint32_t>(0);  // the checksum, below
    write.number(header.salt);
    write.number(header.number);
    write.number(header.records);
    write.number(header.streams);
    write.number(header.raw_bytes);
    write.number(header.stored_bytes);
    write.number(header.body_crc);
    write.number((header.compressed ? flag_compressed : 0) |
                 (header.time.settled ? flag_settled : 0));
    write.number<std::uint32_t>(0);
    write_time(write, header.time);
    assert(out.size() == FrameHeader::size);
    const std::uint32_t crc = crc32c(ByteView(out).subspan(after_crc));
    std::memcpy(out.data() + 4, &crc, sizeof crc);
}

}  // namespace

std::optional<FrameHeader> decode_frame_header(ByteView bytes) {
    assert(bytes.size() >= FrameHeader::size);
    LittleEndianReader in(bytes.first(FrameHeader::size));
    if (in.number<std::uint32_t>() != magic) return std::nullopt;
    const auto crc = in.number<std::uint32_t>();
    if (crc != crc32c(bytes.first(FrameHeader::size).subspan(after_crc))) return std::nullopt;
    FrameHeader header;
    header.salt = in.number<std::uint64_t>();
    header.number = in.number<std::uint32_t>();
    header.records = in.number<std::uint32_t>();
    header.streams = in.number<std::uint32_t>();
    header.raw_bytes = in.number<std::uint32_t>();
    header.stored_bytes = in.number<std::uint32_t>();
    header.body_crc = in.number<std::uint32_t>();
    const auto flags = in.number<std::uint32_t>();
    in.number<std::uint32_t>();
    header.compressed = (flags & flag_compressed) != 0;
    header.time = read_time(in);
    header.time.settled = (flags & flag_settled) != 0;
    if (header.raw_bytes > most_raw_bytes) return std::nullopt;
    return header;
}

void FrameBuilder::clear() {
    streams_.clear();
    last_ = nullptr;
    count_ = 0;
    table_.clear();
    body_.clear();
}

std::uint32_t FrameBuilder::stream(const StreamKey& key) {
    if (last_ != nullptr && *last_ == key) return last_index_;
    const auto [at, added] = streams_.try_emplace(key, static_cast<std::uint32_t>(streams_.size()));
    if (added) {
        LittleEndianWriter write(table_);
        write_stream_key(write, key);
    }
    last_ = &at->first;
    last_index_ = at->second;
    return last_index_;
}

void FrameBuilder::add(std::uint32_t stream, Sequence sequence, const Message& message,
                       const DeadNote* dead) {
    add_record(stream, sequence, message.time, message.content_type, message.subtopic,
               message.payload, dead, message.lacks);
}

void FrameBuilder::add(const RecordView& view, std::uint32_t stream) {
    add_record(stream, view.sequence, view.time, view.content_type, view.subtopic, view.payload,
               view.dead ? &*view.dead : nullptr, view.lacks);
}

void FrameBuilder::add_record(std::uint32_t stream, Sequence sequence, const Timestamp& time,
                              ContentType content_type, std::string_view subtopic,
                              std::string_view payload, const DeadNote* dead,
                              const std::vector<TimePlace>& lacks) {
    const bool lacks_times = !time.settled || !lacks.empty();
    LittleEndianWriter write(body_);
    write.number(stream);
    write.number(sequence);
    write_time(write, time);
    write.number(static_cast<std::uint8_t>(content_type));
    write.number(static_cast<std::uint8_t>((dead != nullptr ? record_is_dead : 0) |
                                           (lacks_times ? record_lacks_times : 0)));
    write.number(static_cast<std::uint16_t>(subtopic.size()));
    write.raw(as_bytes(subtopic));
    write.counted(payload);
    if (dead != nullptr) {
        write.number(dead->number);
        write.number<std::int64_t>(dead->buried.time_since_epoch().count());
        write.counted(dead->reason);
    }
    if (lacks_times) write_lacks(write, lacks);
    ++count_;
}

ByteView FrameBuilder::finish(std::uint64_t salt, std::uint32_t number, const Timestamp& time,
                              Compressor* compressor) {
    table_.insert(table_.end(), body_.begin(), body_.end());
    const ByteView raw(table_);
    const ByteView packed = compressor != nullptr ? compressor->compress(raw) : ByteView();
    const ByteView stored = packed.empty() ? raw : packed;
    FrameHeader header;
    header.salt = salt;
    header.number = number;
    header.records = count_;
    header.streams = static_cast<std::uint32_t>(streams_.size());
    header.raw_bytes = static_cast<std::uint32_t>(raw.size());
    header.stored_bytes = static_cast<std::uint32_t>(stored.size());
    header.body_crc = crc32c(stored);
    header.compressed = !packed.empty();
    header.time = time;
    frame_.clear();
    frame_.reserve(header.frame_bytes());
    encode_header(header, frame_);
    frame_.insert(frame_.end(), stored.begin(), stored.end());
    frame_.resize(header.frame_bytes());
    table_.resize(table_.size() - body_.size());  // finish() may be asked again, for another file
    return frame_;
}

std::optional<FrameBody> FrameBody::decode(const FrameHeader& header, ByteView raw) {
    FrameBody body;
    LittleEndianReader in(raw);
    // A count that lies ends with the bytes: each stream and each record takes some.
    for (std::uint32_t at = 0; at < header.streams; ++at) {
        auto key = read_stream_key(in);
        if (!key) return std::nullopt;
        body.streams_.push_back(std::move(*key));
    }
    for (std::uint32_t at = 0; at < header.records; ++at) {
        const auto offset = static_cast<std::uint32_t>(raw.size() - in.left());
        RecordView view = read_record(in);
        view.offset = offset;
        if (!in.ok() || view.stream >= body.streams_.size() ||
            view.content_type > ContentType::binary) {
            return std::nullopt;
        }
        body.records_.push_back(view);
    }
    if (in.left() != 0) return std::nullopt;
    return body;
}

RecordView record_at(ByteView raw, std::uint32_t offset) {
    LittleEndianReader in(raw.subspan(offset));
    RecordView view = read_record(in);
    view.offset = offset;
    return view;
}

std::optional<ByteView> open_body(const FrameHeader& header, ByteView stored, Bytes& room) {
    if (stored.size() != header.stored_bytes || crc32c(stored) != header.body_crc) {
        return std::nullopt;
    }
    if (!header.compressed) {
        if (header.raw_bytes != header.stored_bytes) return std::nullopt;
        return stored;
    }
    if (!decompress(stored, header.raw_bytes, room)) return std::nullopt;
    return ByteView(room);
}

void write_stream_key(LittleEndianWriter& out, const StreamKey& key) {
    out.number(static_cast<std::uint8_t>(key.lane));
    out.number(static_cast<std::uint8_t>(key.drain));
    out.number(static_cast<std::uint16_t>(key.uplink.size()));
    out.raw(as_bytes(key.uplink));
    out.number(static_cast<std::uint16_t>(key.device.text().size()));
    out.raw(as_bytes(key.device.text()));
}

std::optional<StreamKey> read_stream_key(LittleEndianReader& in) {
    const auto lane = in.number<std::uint8_t>();
    const auto drain = in.number<std::uint8_t>();
    const auto uplink = as_text(in.raw(in.number<std::uint16_t>()));
    const auto device = as_text(in.raw(in.number<std::uint16_t>()));
    if (!in.ok() || lane >= all_lanes.size() || drain > 1) return std::nullopt;
    auto id = DeviceId::parse(device);
    if (!id) return std::nullopt;
    return StreamKey{std::string(uplink), *std::move(id), static_cast<Lane>(lane),
                     static_cast<Drain>(drain)};
}

}  // namespace fieldway::queue
