#include "queue/segment_format.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "queue/crc32c.h"

namespace fieldway::queue {

namespace {

constexpr std::uint64_t header_magic = 0x314745532D4D5746;   // "FWM-SEG1"
constexpr std::uint64_t trailer_magic = 0x31444E452D4D5746;  // "FWM-END1"
constexpr std::size_t before_crc = 12;                       // magic and version
constexpr std::size_t run_bytes = 56;

}  // namespace

std::string_view name_of(SegmentKind kind) {
    return kind == SegmentKind::dead ? "dead" : name_of(static_cast<Lane>(kind));
}

std::string segment_file_name(SegmentKind kind, SegmentNumber number) {
    return fmt::format("{}-{:010}.seg", name_of(kind), number);
}

std::optional<SegmentName> parse_segment_file_name(std::string_view name) {
    for (const SegmentKind kind : all_segment_kinds) {
        const std::string_view prefix = name_of(kind);
        if (!name.starts_with(prefix)) continue;
        SegmentNumber number = 0;
        const std::string_view rest = name.substr(prefix.size());
        if (rest.size() < 2) return std::nullopt;
        std::from_chars(rest.data() + 1, rest.data() + rest.size(), number);
        if (number > 0 && segment_file_name(kind, number) == name) return SegmentName{kind, number};
    }
    return std::nullopt;
}

void encode(const SegmentHeader& header, Bytes& out) {
    const std::size_t start = out.size();
    LittleEndianWriter write(out);
    write.number(header_magic);
    write.number(header.version);
    write.number<std::uint32_t>(0);  // the checksum, below
    write.number(static_cast<std::uint32_t>(header.kind));
    write.number(header.number);
    write.number(header.salt);
    write.number(header.thinned);
    const std::size_t length = std::min(header.boot.size(), SegmentHeader::boot_bytes);
    write.raw(as_bytes(header.boot).first(length));
    out.resize(start + SegmentHeader::size);
    const ByteView all = ByteView(out).subspan(start);
    const std::uint32_t crc = crc32c(all.subspan(before_crc + 4), crc32c(all.first(before_crc)));
    std::memcpy(out.data() + start + before_crc, &crc, sizeof crc);
}

std::optional<SegmentHeader> decode_segment_header(ByteView bytes) {
    if (bytes.size() < SegmentHeader::size) return std::nullopt;
    bytes = bytes.first(SegmentHeader::size);
    LittleEndianReader in(bytes);
    if (in.number<std::uint64_t>() != header_magic) return std::nullopt;
    SegmentHeader header;
    header.version = in.number<std::uint32_t>();
    const auto crc = in.number<std::uint32_t>();
    if (crc != crc32c(bytes.subspan(before_crc + 4), crc32c(bytes.first(before_crc)))) {
        return std::nullopt;
    }
    if (header.version != format_version) return header;
    const auto kind = in.number<std::uint32_t>();
    if (kind >= all_segment_kinds.size()) return std::nullopt;
    header.kind = static_cast<SegmentKind>(kind);
    header.number = in.number<std::uint32_t>();
    header.salt = in.number<std::uint64_t>();
    header.thinned = in.number<std::uint32_t>();
    const std::string_view boot = as_text(in.raw(SegmentHeader::boot_bytes));
    header.boot = boot.substr(0, boot.find('\0'));
    return header;
}

void RunBook::add(std::uint32_t stream, Sequence sequence, std::uint64_t bytes, WallTime time,
                  std::uint64_t frame_offset) {
    if (stream >= open_.size()) open_.resize(stream + 1);
    Open& open = open_[stream];
    if (open.count > 0 && sequence <= runs_[open.run].last) return;  // written by nobody of us
    const bool joins =
        open.count > 0 && (runs_[open.run].last + 1 == sequence || (open.count >= most_runs));
    if (!joins) {
        open = {runs_.size(), open.count + 1};
        runs_.push_back({stream, 0, 0, sequence, sequence, time, time, frame_offset});
    }
    Run& run = runs_[open.run];
    ++run.count;
    run.bytes += bytes;
    run.last = sequence;
    run.first_time = earlier(run.first_time, time);
    run.last_time = std::max(run.last_time, time);
}

Bytes encode(const Footer& footer) {
    Bytes out;
    encode(footer.header, out);
    LittleEndianWriter write(out);
    write.number(footer.frames);
    write.number<std::uint32_t>(footer.newest.settled ? 1 : 0);
    write.number(footer.data_end);
    write.number<std::int64_t>(footer.newest.monotonic.time_since_epoch().count());
    write.number<std::int64_t>(footer.newest.wall.time_since_epoch().count());
    write.number(static_cast<std::uint32_t>(footer.streams.size()));
    write.number(static_cast<std::uint32_t>(footer.runs.size()));
    for (const StreamKey& key : footer.streams)
        write_stream_key(write, key);
    for (const Run& run : footer.runs) {
        write.number(run.stream);
        write.number(run.count);
        write.number(run.bytes);
        write.number(run.first);
        write.number(run.last);
        write.number<std::int64_t>(run.first_time.time_since_epoch().count());
        write.number<std::int64_t>(run.last_time.time_since_epoch().count());
        write.number(run.offset);
    }
    const auto length = static_cast<std::uint32_t>(out.size());
    const std::uint32_t crc = crc32c(out);
    Bytes trailer;
    LittleEndianWriter end(trailer);
    end.number(footer.data_end);
    end.number(length);
    end.number(crc);
    end.number(crc32c(trailer));
    end.number<std::uint32_t>(0);
    end.number(trailer_magic);
    assert(trailer.size() == Trailer::size);
    write.raw(trailer);
    return out;
}

std::optional<Trailer> decode_trailer(ByteView last_bytes, std::uint64_t file_size) {
    if (last_bytes.size() != Trailer::size) return std::nullopt;
    LittleEndianReader in(last_bytes);
    Trailer trailer;
    trailer.offset = in.number<std::uint64_t>();
    trailer.length = in.number<std::uint32_t>();
    trailer.crc = in.number<std::uint32_t>();
    const auto crc = in.number<std::uint32_t>();
    in.number<std::uint32_t>();
    if (in.number<std::uint64_t>() != trailer_magic || crc != crc32c(last_bytes.first(16)) ||
        trailer.offset < SegmentHeader::size || trailer.offset > file_size ||
        file_size - trailer.offset != trailer.length + std::uint64_t{Trailer::size}) {
        return std::nullopt;
    }
    return trailer;
}

std::optional<Footer> decode_footer(const Trailer& trailer, ByteView bytes) {
    if (bytes.size() != trailer.length || crc32c(bytes) != trailer.crc) return std::nullopt;
    Footer footer;
    LittleEndianReader in(bytes);
    auto header = decode_segment_header(in.raw(SegmentHeader::size));
    if (!header || header->version != format_version) return std::nullopt;
    footer.header = *std::move(header);
    footer.frames = in.number<std::uint32_t>();
    footer.newest.settled = in.number<std::uint32_t>() == 1;
    footer.data_end = in.number<std::uint64_t>();
    footer.newest.monotonic = MonotonicTime(Duration(in.number<std::int64_t>()));
    footer.newest.wall = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
    const auto streams = in.number<std::uint32_t>();
    const auto runs = in.number<std::uint32_t>();
    for (std::uint32_t at = 0; at < streams; ++at) {
        auto key = read_stream_key(in);
        if (!key) return std::nullopt;
        footer.streams.push_back(*std::move(key));
    }
    if (in.left() != std::uint64_t{runs} * run_bytes) return std::nullopt;
    footer.runs.reserve(runs);
    for (std::uint32_t at = 0; at < runs; ++at) {
        Run run;
        run.stream = in.number<std::uint32_t>();
        run.count = in.number<std::uint32_t>();
        run.bytes = in.number<std::uint64_t>();
        run.first = in.number<std::uint64_t>();
        run.last = in.number<std::uint64_t>();
        run.first_time = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
        run.last_time = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
        run.offset = in.number<std::uint64_t>();
        if (run.stream >= streams || run.count == 0 || run.first > run.last ||
            run.last - run.first < run.count - 1) {
            return std::nullopt;
        }
        footer.runs.push_back(run);
    }
    if (footer.data_end != trailer.offset) return std::nullopt;
    return footer;
}

std::uint64_t footer_estimate(std::size_t streams, std::size_t runs) {
    constexpr std::uint64_t fixed = 200;
    constexpr std::uint64_t typical_key = 40;
    return fixed + streams * typical_key + runs * run_bytes;
}

}  // namespace fieldway::queue
