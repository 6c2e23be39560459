// Whether a store that was opened again keeps what it promised.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger.h"
#include "scenario.h"

namespace fieldway::crash {

struct Verdict {
    std::vector<std::string> problems;  ///< broken promises, each a sentence
    std::uint64_t accepted = 0;         ///< records that commit had called stored
    std::uint64_t waiting = 0;          ///< records that were read
    std::uint64_t in_gaps = 0;          ///< accepted, not acknowledged, lost and told as lost
    std::uint64_t again = 0;            ///< read, though they had been acknowledged
    /// Dead letters that are gone: they make room for others. Where there was room, it is 0.
    std::uint64_t dead_gone = 0;
};

/// What waits in each stream.
using Waiting = std::vector<std::set<Sequence>>;

/// All records of a stream, by as many reads as it takes; a read that breaks its own contract is a
/// problem. `told` says whether the store reported losses meanwhile.
std::vector<std::shared_ptr<const Record>> read_all(queue::Store& store,
                                                    const queue::StreamKey& key,
                                                    const Timestamp& time,
                                                    std::vector<std::string>& problems);

/// Reads everything: what was accepted and neither acknowledged nor told as lost is there, byte by
/// byte, in order; no sequence can be given again; nothing is there that was never given. `waiting`
/// is filled in.
Verdict verify(queue::Store& store, const queue::Store::Recovered& recovered,
               const Scenario& scenario, const Past& past, const Timestamp& time, Waiting& waiting);

}  // namespace fieldway::crash
