// Finds the frames in the bytes of a segment, whatever happened to them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "queue/frame.h"

namespace fieldway::queue {

struct ScannedFrame {
    std::uint64_t offset = 0;
    FrameHeader header;
};

/// Bytes between good frames that are none.
struct Damage {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint32_t frames = 0;   ///< by the numbers that are missing, at least 1
    std::uint32_t records = 0;  ///< that a header names whose body is bad; 0: not known
};

struct Scan {
    std::vector<ScannedFrame> frames;  ///< header and body are good
    std::vector<Damage> damages;       ///< each with a good frame somewhere behind it
    std::uint64_t data_end = 0;        ///< behind the last good frame
    bool torn = false;                 ///< something that is no good frame stands behind data_end
    std::uint32_t torn_records = 0;    ///< that its header names, where it can be read
};

/// Looks at `bytes`, in which frames begin at `begin`, a multiple of 8. Without `salt` the first
/// good header gives it. After a bad frame the search goes on at every multiple of 8 for a frame of
/// the same salt with a higher number.
Scan scan_frames(ByteView bytes, std::uint64_t begin, std::optional<std::uint64_t> salt);

}  // namespace fieldway::queue
