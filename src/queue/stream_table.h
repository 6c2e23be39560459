// What the core knows of each stream: what RAM holds of it, what the disk alone holds, and how far
// its sequences are given out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <boost/intrusive/set.hpp>

#include "base/clock.h"
#include "queue/queue.h"
#include "queue/sequence_set.h"

namespace fieldway::queue {

struct Stream;

/// Where a record that RAM holds is beside that.
enum class Safety : std::uint8_t {
    memory,      ///< nowhere
    committing,  ///< on its way to the disk
    stored,      ///< on disk
};

/// A record in RAM. Stands in its stream's map and, but while it is `committing`, on one of the
/// shelves (shelves.h).
struct Entry : boost::intrusive::set_base_hook<boost::intrusive::optimize_size<true>> {
    Entry(Stream& its_stream, std::shared_ptr<const Record> its_record)
        : stream(its_stream), record(std::move(its_record)) {}

    [[nodiscard]] Sequence sequence() const { return record->sequence; }

    Stream& stream;
    std::shared_ptr<const Record> record;  // shared: with sessions and the store
    Accepted accepted;
    MonotonicTime made{};
    std::uint64_t age = 0;  ///< place in the order in which records came into RAM
    std::uint64_t cost = 0;
    Safety safety = Safety::memory;
    bool handed_out = false;  ///< by peek: may be in flight
    bool from_disk = false;   ///< read back: part of a head window
};

struct Amount {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< payloads

    void add(std::uint64_t payload) {
        ++records;
        bytes += payload;
    }
    /// Never below nothing: what is told by two sides may cross on its way.
    void take(std::uint64_t count, std::uint64_t payload) {
        records -= std::min(records, count);
        bytes -= std::min(bytes, payload);
    }
    friend bool operator==(const Amount&, const Amount&) = default;
};

struct Stream {
    static constexpr Sequence first_block = 16 * 1024;
    static constexpr Sequence last_block = Sequence{1} << 20;

    Stream(StreamKey its_key, Sequence before)
        : key(std::move(its_key)), last(before), reserved(before) {}

    const StreamKey key;
    std::map<Sequence, Entry> entries;  ///< what RAM holds
    SequenceSet disk;                   ///< what is on disk alone
    Amount alone;                       ///< in RAM and not on disk
    Amount stored;                      ///< on disk, in RAM or not
    StreamFigures figures;              ///< its counters; records and bytes are not kept here

    // Sequences, which are never given twice.
    Sequence last;                 ///< the newest that was given
    Sequence reserved;             ///< what a crash leaves known as given
    Sequence block = first_block;  ///< the next reservation's size
    bool reserving = false;        ///< a reservation is under way

    std::vector<Sequence> released;  ///< stored ones, which the store has not been told yet
    std::uint64_t waiting = 0;       ///< entries that were not handed out
    MonotonicTime peeked{};
    bool end_seen = false;    ///< by a peek: what comes next is announced
    bool announcing = false;  ///< a call of the listener is posted
    bool reading = false;     ///< a read from disk is under way
    bool wanted = false;      ///< stands in the line of reads
    Sequence wanted_after = 0;
    bool held = false;  ///< peek held records back until their sequences are reserved
    bool thin = false;  ///< whether the last one that thinning looked at was dropped

    [[nodiscard]] bool empty() const { return entries.empty() && disk.empty(); }
    /// The first sequence that is not done with.
    [[nodiscard]] Sequence first() const;
    /// Puts a sequence that RAM lets go into the set of those on disk alone. Joins it with its
    /// neighbours there where RAM holds nothing between them.
    void page_out(Sequence sequence);
};

/// Streams stay where they are once they are there: their number is that of the configured devices'
/// lanes and of what the store knew. Thread: core.
class StreamTable {
  public:
    /// Streams that are made from now on give sequences above this.
    void begin_above(Sequence sequence) { before_ = sequence; }
    /// Made when it is not there.
    Stream& of(const Message& message);
    Stream& of(const StreamKey& key);
    [[nodiscard]] Stream* find(const StreamKey& key);
    [[nodiscard]] const Stream* find(const StreamKey& key) const;

    using Streams = std::map<StreamKey, Stream, std::less<>>;
    [[nodiscard]] Streams& all() { return streams_; }
    [[nodiscard]] const Streams& all() const { return streams_; }

  private:
    Streams streams_;
    Sequence before_ = 0;
    Stream* latest_ = nullptr;  ///< messages come in runs of one device
};

}  // namespace fieldway::queue
