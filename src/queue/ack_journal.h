// What was acknowledged, as bytes: entries one behind the other, of which the last of a stream
// counts. Pure; segment_store writes it. docs/queue-format.md has every byte.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "queue/segment_format.h"
#include "queue/sequence_set.h"

namespace fieldway::queue {

inline constexpr std::string_view ack_journal_name = "acks";

struct AckEntry {
    StreamKey key;
    bool dead = false;  ///< the stream of dead letters; the key says nothing then
    Sequence through = 0;
    /// Above it, rising, neither touching nor overlapping: what was delivered out of order.
    std::vector<SequenceSet::Span> spans;
    friend bool operator==(const AckEntry&, const AckEntry&) = default;
};

/// The header of a journal file.
void encode_ack_header(Bytes& out);
void encode(const AckEntry& entry, Bytes& out);

struct AckJournal {
    bool readable = false;  ///< the header is good, and its version ours
    bool newer = false;     ///< of a version that we do not know
    std::vector<AckEntry> entries;
    std::uint64_t skipped = 0;   ///< bytes between good entries
    std::uint64_t data_end = 0;  ///< behind the last good entry
    bool torn = false;           ///< something stands behind it
};
/// Reads what can be read: after a bad entry the next good one.
AckJournal decode_ack_journal(ByteView bytes);

/// The key under which the store's index keeps dead letters: no uplink is without a name.
const StreamKey& dead_letters_key();

}  // namespace fieldway::queue
