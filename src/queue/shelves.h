// The records in RAM in the order in which they go: which one leaves first when RAM is short, and
// which one has waited longest for the disk.
#pragma once

#include <array>
#include <cstdint>

#include <boost/intrusive/set.hpp>

#include "queue/stream_table.h"

namespace fieldway::queue {

/// An entry stands on the shelf that its safety, its lane and its hand-out name; whoever changes
/// one of them takes it off before and puts it back after. All of it, `committing` entries too,
/// counts in the bytes. Thread: core.
class Shelves {
  public:
    void put(Entry& entry);
    void take(Entry& entry);

    /// The oldest of the lane that is in RAM alone; null when there is none.
    [[nodiscard]] Entry* oldest(Lane lane, bool handed_out);
    /// The same, handed out or not.
    [[nodiscard]] Entry* oldest(Lane lane);
    /// The next older of the same shelf; null after the last.
    [[nodiscard]] Entry* next(Entry& entry);
    [[nodiscard]] std::size_t count(Lane lane, bool handed_out) const;

    // Of what is on disk too, and so can leave RAM without loss, the oldest:
    [[nodiscard]] Entry* oldest_stored();      ///< stored by this run, not handed out
    [[nodiscard]] Entry* oldest_read();        ///< read back, not handed out
    [[nodiscard]] Entry* oldest_handed_out();  ///< of both

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Of what was read back and not handed out.
    [[nodiscard]] std::uint64_t read_bytes() const { return read_bytes_; }
    /// Of the lane, in RAM alone, and not on the way to the disk.
    [[nodiscard]] std::uint64_t alone_bytes(Lane lane) const;
    [[nodiscard]] std::uint64_t alone_bytes() const;

  private:
    struct ByAge {
        bool operator()(const Entry& a, const Entry& b) const { return a.age < b.age; }
    };
    using Shelf = boost::intrusive::set<Entry, boost::intrusive::compare<ByAge>>;

    Shelf& shelf_of(const Entry& entry);
    static Entry* front(Shelf& shelf) { return shelf.empty() ? nullptr : &*shelf.begin(); }

    std::array<std::array<Shelf, 2>, all_lanes.size()> alone_;  ///< by lane, then handed out or not
    Shelf stored_;
    Shelf read_;
    Shelf handed_out_;
    std::array<std::uint64_t, all_lanes.size()> alone_bytes_{};
    std::uint64_t read_bytes_ = 0;
    std::uint64_t bytes_ = 0;
};

}  // namespace fieldway::queue
