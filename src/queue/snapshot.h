// The store's small state as one file, replaced as a whole: how far each stream's sequences are
// given out, the gaps that were not told. Pure. docs/queue-format.md has every byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "queue/segment_format.h"
#include "queue/store.h"

namespace fieldway::queue {

inline constexpr std::string_view snapshot_name = "snapshot";

struct Snapshot {
    struct Reserved {
        StreamKey key;
        Sequence upto = 0;
        friend bool operator==(const Reserved&, const Reserved&) = default;
    };
    Sequence first_of_new = 1;  ///< where a stream begins that is not among `reserved`
    std::uint64_t next_gap = 1;
    std::uint64_t dead_reserved = 0;  ///< numbers of dead letters up to here may be given
    std::vector<Reserved> reserved;   ///< every stream that ever was: none is forgotten
    std::vector<Gap> gaps;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

Bytes encode(const Snapshot& snapshot);

struct SnapshotFile {
    std::optional<Snapshot> snapshot;  ///< nothing when it is damaged
    bool newer = false;                ///< of a version that we do not know
};
SnapshotFile decode_snapshot(ByteView bytes);

}  // namespace fieldway::queue
