// The files of the durable queue, as a disk may give them back: the first byte chooses the reader.
// What is decoded and has a writer, encodes to what decodes to the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "queue/ack_journal.h"
#include "queue/segment_format.h"
#include "queue/segment_scan.h"
#include "queue/snapshot.h"

namespace {

using namespace fieldway;
using namespace fieldway::queue;

void read_segment(ByteView bytes) {
    static_cast<void>(decode_segment_header(bytes));
    const Scan scan = scan_frames(bytes, 0, std::nullopt);
    Bytes room;
    for (const ScannedFrame& frame : scan.frames) {
        const auto stored =
            bytes.subspan(frame.offset + FrameHeader::size, frame.header.stored_bytes);
        const auto raw = open_body(frame.header, stored, room);
        const auto body = raw ? FrameBody::decode(frame.header, *raw) : std::nullopt;
        if (!body) continue;
        for (const RecordView& record : body->records()) {
            if (record_at(*raw, record.offset).sequence != record.sequence) std::abort();
        }
    }
}

/// A body whose checksum an attacker of the disk made right.
void read_body(ByteView bytes) {
    FrameHeader header;
    header.records = static_cast<std::uint32_t>(bytes.size() % 7);
    header.streams = static_cast<std::uint32_t>(bytes.size() % 3);
    static_cast<void>(FrameBody::decode(header, bytes));
}

void read_footer(ByteView bytes) {
    if (bytes.size() < Trailer::size) return;
    const auto trailer = decode_trailer(bytes.last(Trailer::size), bytes.size());
    if (!trailer) return;
    const auto footer = decode_footer(*trailer, bytes.subspan(trailer->offset, trailer->length));
    if (!footer) return;
    const Bytes again = encode(*footer);
    const auto second =
        decode_trailer(ByteView(again).last(Trailer::size), footer->data_end + again.size());
    if (!second) std::abort();
}

void read_journal(ByteView bytes) {
    const AckJournal journal = decode_ack_journal(bytes);
    Bytes again;
    encode_ack_header(again);
    for (const AckEntry& entry : journal.entries)
        encode(entry, again);
    if (decode_ack_journal(again).entries != journal.entries) std::abort();
}

void read_snapshot(ByteView bytes) {
    const SnapshotFile file = decode_snapshot(bytes);
    if (file.snapshot && decode_snapshot(encode(*file.snapshot)).snapshot != file.snapshot) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView bytes(data + 1, size - 1);
    switch (data[0] % 5) {
        case 0:
            read_segment(bytes);
            break;
        case 1:
            read_body(bytes);
            break;
        case 2:
            read_footer(bytes);
            break;
        case 3:
            read_journal(bytes);
            break;
        default:
            read_snapshot(bytes);
            break;
    }
    return 0;
}
