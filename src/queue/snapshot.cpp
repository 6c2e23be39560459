#include "queue/snapshot.h"

#include "queue/crc32c.h"

namespace fieldway::queue {

namespace {

constexpr std::uint64_t magic = 0x31504E532D4D5746;  // "FWM-SNP1"
constexpr std::size_t header_bytes = 24;             // magic, version, checksum, length

void write_gap(LittleEndianWriter& write, const Gap& gap) {
    write.number(gap.number);
    write_stream_key(write, gap.loss.key);
    write.number(static_cast<std::uint8_t>(gap.loss.reason));
    write.number(gap.loss.count);
    write.number(gap.loss.first);
    write.number(gap.loss.last);
    write.number<std::int64_t>(gap.loss.first_time.time_since_epoch().count());
    write.number<std::int64_t>(gap.loss.last_time.time_since_epoch().count());
}

std::optional<Gap> read_gap(LittleEndianReader& in) {
    const auto number = in.number<std::uint64_t>();
    auto key = read_stream_key(in);
    if (!key) return std::nullopt;
    const auto reason = in.number<std::uint8_t>();
    if (reason > static_cast<std::uint8_t>(LossReason::disk)) return std::nullopt;
    Gap gap{number, {*std::move(key), static_cast<LossReason>(reason)}};
    gap.loss.count = in.number<std::uint64_t>();
    gap.loss.first = in.number<std::uint64_t>();
    gap.loss.last = in.number<std::uint64_t>();
    gap.loss.first_time = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
    gap.loss.last_time = WallTime(std::chrono::milliseconds(in.number<std::int64_t>()));
    return gap;
}

std::optional<Snapshot> decode_body(ByteView body) {
    LittleEndianReader in(body);
    Snapshot snapshot;
    snapshot.first_of_new = in.number<std::uint64_t>();
    snapshot.next_gap = in.number<std::uint64_t>();
    snapshot.dead_reserved = in.number<std::uint64_t>();
    const auto streams = in.number<std::uint32_t>();
    const auto gaps = in.number<std::uint32_t>();
    for (std::uint32_t at = 0; at < streams; ++at) {
        auto key = read_stream_key(in);
        if (!key) return std::nullopt;
        const auto upto = in.number<std::uint64_t>();
        snapshot.reserved.push_back({*std::move(key), upto});
    }
    for (std::uint32_t at = 0; at < gaps; ++at) {
        auto gap = read_gap(in);
        if (!gap) return std::nullopt;
        snapshot.gaps.push_back(*std::move(gap));
    }
    if (!in.ok() || in.left() != 0) return std::nullopt;
    return snapshot;
}

}  // namespace

Bytes encode(const Snapshot& snapshot) {
    Bytes body;
    LittleEndianWriter write(body);
    write.number(snapshot.first_of_new);
    write.number(snapshot.next_gap);
    write.number(snapshot.dead_reserved);
    write.number(static_cast<std::uint32_t>(snapshot.reserved.size()));
    write.number(static_cast<std::uint32_t>(snapshot.gaps.size()));
    for (const Snapshot::Reserved& reserved : snapshot.reserved) {
        write_stream_key(write, reserved.key);
        write.number(reserved.upto);
    }
    for (const Gap& gap : snapshot.gaps)
        write_gap(write, gap);
    Bytes out;
    LittleEndianWriter head(out);
    head.number(magic);
    head.number(format_version);
    head.number(crc32c(body));
    head.number(static_cast<std::uint32_t>(body.size()));
    head.number(crc32c(out));  // of the header so far
    head.raw(body);
    return out;
}

SnapshotFile decode_snapshot(ByteView bytes) {
    if (bytes.size() < header_bytes) return {};
    LittleEndianReader in(bytes);
    const bool known = in.number<std::uint64_t>() == magic;
    const auto version = in.number<std::uint32_t>();
    const auto crc = in.number<std::uint32_t>();
    const auto length = in.number<std::uint32_t>();
    if (!known || in.number<std::uint32_t>() != crc32c(bytes.first(header_bytes - 4))) return {};
    if (version > format_version) return {std::nullopt, true};
    const ByteView body = bytes.subspan(header_bytes);
    if (version != format_version || body.size() != length || crc32c(body) != crc) return {};
    return {decode_body(body), false};
}

}  // namespace fieldway::queue
