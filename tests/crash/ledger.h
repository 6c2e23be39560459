// What a driver was promised and what it did, written down outside the store: each line is in the
// kernel's hands before the driver goes on, so it outlives a kill. (Not a power cut of the same
// disk: the ledger lies on another one.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "flow/message.h"
#include "scenario.h"

namespace fieldway::crash {

/// A record: the number of its stream, its sequence.
struct Place {
    std::size_t stream = 0;
    Sequence sequence = 0;
};

/// What is known of messages that were lost.
struct Told {
    std::uint64_t count = 0;
    Sequence first = 0;
    Sequence last = 0;
};

/// What the ledger says of one stream.
struct StreamPast {
    std::map<Sequence, Run> given;  ///< handed to commit, stored or not
    std::set<Sequence> stored;      ///< commit said so
    Sequence reserved = 0;
    // Acknowledged: in this run, in any run, and what a written journal is known to hold.
    Sequence through = 0;
    std::set<Sequence> singles;
    Sequence ever_through = 0;
    std::set<Sequence> ever_singles;
    Sequence durable_through = 0;
    std::set<Sequence> durable_singles;
    std::set<Sequence> buried;  ///< bury() returned
    std::vector<Told> told;     ///< gaps that were taken out of the store to be told

    [[nodiscard]] bool acknowledged_in_this_run(Sequence sequence) const {
        return sequence <= through || singles.contains(sequence);
    }
    [[nodiscard]] bool acknowledged(Sequence sequence) const {
        return sequence <= ever_through || ever_singles.contains(sequence);
    }
    [[nodiscard]] bool durably_acknowledged(Sequence sequence) const {
        return sequence <= durable_through || durable_singles.contains(sequence);
    }
};

struct Past {
    Run runs = 0;
    std::vector<Place> buried;  ///< bury() returned; in that order
    std::vector<StreamPast> streams;
};

/// Throws std::runtime_error when a line is none.
Past read_ledger(const std::filesystem::path& path, std::size_t streams);

/// Keeps `past` as it writes. An error of the ledger's own file ends the program: no claim would
/// mean anything.
class Ledger {
  public:
    Ledger(const std::filesystem::path& path, Past& past);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    void begin_run();
    void reserved(std::size_t stream, Sequence upto);
    void give(std::span<const Place> places);    ///< before they are handed to commit
    void stored(std::span<const Place> places);  ///< after it said so
    void acknowledged(std::size_t stream, Sequence through, const std::set<Sequence>& singles);
    void journal_is_durable();
    void buried(Place place);
    void told(std::size_t stream, const Told& loss);

  private:
    void write(const std::string& line);

    int descriptor_;
    Past& past_;
};

}  // namespace fieldway::crash
