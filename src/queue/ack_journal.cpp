#include "queue/ack_journal.h"

#include <cstring>

#include "queue/crc32c.h"

namespace fieldway::queue {

namespace {

constexpr std::uint64_t header_magic = 0x314B43412D4D5746;  // "FWM-ACK1"
constexpr std::size_t header_bytes = 16;
constexpr std::uint32_t entry_magic = 0x4B434146;  // "FACK"
constexpr std::size_t entry_header_bytes = 16;     // magic, checksum, length, zero
constexpr std::uint32_t flag_dead = 1;

std::optional<AckEntry> decode_entry(ByteView body) {
    LittleEndianReader in(body);
    const bool dead = (in.number<std::uint32_t>() & flag_dead) != 0;
    auto key = read_stream_key(in);
    if (!key) return std::nullopt;
    AckEntry entry{*std::move(key), dead, in.number<std::uint64_t>(), {}};
    const auto spans = in.number<std::uint32_t>();
    if (in.left() != std::uint64_t{spans} * 16) return std::nullopt;
    Sequence before = entry.through;
    for (std::uint32_t at = 0; at < spans; ++at) {
        const auto first = in.number<std::uint64_t>();
        const auto last = in.number<std::uint64_t>();
        if (first <= before || last < first || last == ~Sequence{0}) return std::nullopt;
        entry.spans.push_back({first, last});
        before = last;
    }
    return entry;
}

/// The entry at the front of the bytes, and what it takes of them.
std::optional<std::pair<AckEntry, std::size_t>> entry_at(ByteView bytes) {
    LittleEndianReader in(bytes);
    if (in.number<std::uint32_t>() != entry_magic) return std::nullopt;
    const auto crc = in.number<std::uint32_t>();
    const auto length = in.number<std::uint32_t>();
    in.number<std::uint32_t>();
    const ByteView body = in.raw(length);
    if (!in.ok() || crc32c(bytes.subspan(8, 8 + length)) != crc) return std::nullopt;
    auto entry = decode_entry(body);
    if (!entry) return std::nullopt;
    const std::size_t whole = (entry_header_bytes + length + 7) / 8 * 8;
    return std::pair(*std::move(entry), std::min(whole, bytes.size()));
}

}  // namespace

void encode_ack_header(Bytes& out) {
    LittleEndianWriter write(out);
    const std::size_t start = out.size();
    write.number(header_magic);
    write.number(format_version);
    write.number(crc32c(ByteView(out).subspan(start)));
}

void encode(const AckEntry& entry, Bytes& out) {
    const std::size_t start = out.size();
    LittleEndianWriter write(out);
    write.number(entry_magic);
    write.number<std::uint64_t>(0);  // checksum and length, below
    write.number<std::uint32_t>(0);
    write.number<std::uint32_t>(entry.dead ? flag_dead : 0);
    write_stream_key(write, entry.key);
    write.number(entry.through);
    write.number(static_cast<std::uint32_t>(entry.spans.size()));
    for (const SequenceSet::Span& span : entry.spans) {
        write.number(span.first);
        write.number(span.last);
    }
    const auto length = static_cast<std::uint32_t>(out.size() - start - entry_header_bytes);
    std::memcpy(out.data() + start + 8, &length, sizeof length);
    const std::uint32_t crc = crc32c(ByteView(out).subspan(start + 8));
    std::memcpy(out.data() + start + 4, &crc, sizeof crc);
    out.resize((out.size() + 7) / 8 * 8);
}

AckJournal decode_ack_journal(ByteView bytes) {
    AckJournal journal;
    if (bytes.size() < header_bytes) return journal;
    LittleEndianReader in(bytes);
    const bool known = in.number<std::uint64_t>() == header_magic;
    const auto version = in.number<std::uint32_t>();
    if (!known || in.number<std::uint32_t>() != crc32c(bytes.first(12))) return journal;
    journal.newer = version > format_version;
    journal.readable = version == format_version;
    if (!journal.readable) return journal;
    journal.data_end = header_bytes;
    for (std::size_t at = header_bytes; at < bytes.size();) {
        auto found = entry_at(bytes.subspan(at));
        if (!found) {
            at += 8;
            continue;
        }
        journal.skipped += at - journal.data_end;
        journal.entries.push_back(std::move(found->first));
        at += found->second;
        journal.data_end = at;
    }
    for (std::size_t at = journal.data_end; at < bytes.size(); ++at)
        journal.torn = journal.torn || bytes[at] != 0;
    return journal;
}

const StreamKey& dead_letters_key() {
    static const StreamKey key{"", DeviceId::parse("dead-letters").value(), Lane::bulk,
                               Drain::in_order};
    return key;
}

}  // namespace fieldway::queue
