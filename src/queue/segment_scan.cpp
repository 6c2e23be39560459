#include "queue/segment_scan.h"

#include <algorithm>

#include "queue/crc32c.h"

namespace fieldway::queue {

namespace {

bool body_is_good(const FrameHeader& header, ByteView behind_header) {
    return header.stored_bytes <= behind_header.size() &&
           crc32c(behind_header.first(header.stored_bytes)) == header.body_crc;
}

}  // namespace

Scan scan_frames(ByteView bytes, std::uint64_t begin, std::optional<std::uint64_t> salt) {
    Scan scan;
    scan.data_end = begin;
    std::uint32_t number = 0;         // of the last good frame
    std::uint32_t named_records = 0;  // by headers since then whose bodies are bad
    std::uint64_t at = begin;
    while (at + FrameHeader::size <= bytes.size()) {
        const ByteView here = bytes.subspan(at);
        const auto header = decode_frame_header(here);
        if (!header || (salt && header->salt != *salt) || header->number <= number) {
            at += 8;
            continue;
        }
        if (!body_is_good(*header, here.subspan(FrameHeader::size))) {
            named_records += header->records;
            at += FrameHeader::size;  // not by the length: the next frame may begin in it
            continue;
        }
        if (at != scan.data_end || header->number != number + 1) {
            const std::uint32_t missing = header->number - number - 1;
            scan.damages.push_back(
                {scan.data_end, at - scan.data_end, std::max(missing, 1U), named_records});
        }
        named_records = 0;
        salt = header->salt;
        number = header->number;
        scan.frames.push_back({at, *header});
        at += header->frame_bytes();
        scan.data_end = std::min<std::uint64_t>(at, bytes.size());
    }
    const ByteView rest = bytes.subspan(std::min<std::uint64_t>(scan.data_end, bytes.size()));
    scan.torn = std::any_of(rest.begin(), rest.end(), [](std::uint8_t byte) { return byte != 0; });
    scan.torn_records = named_records;
    return scan;
}

}  // namespace fieldway::queue
