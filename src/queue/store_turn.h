// One turn on the store thread: everything that the core has gathered for the disk, done in one go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/store.h"

namespace fieldway::queue {

struct Acknowledgement {
    StreamKey key;
    Sequence through = 0;
    std::vector<Sequence> singles;
};

struct Burial {
    StreamKey key;
    Sequence sequence = 0;
    std::shared_ptr<const Record> record;  ///< null: on disk alone, it is read first
    std::string reason;
};

/// Made on the core, carried out on the store thread.
struct StoreTurn {
    Timestamp time;
    std::vector<Burial> burials;
    std::vector<Acknowledgement> acknowledgements;
    std::vector<Loss> losses;
    std::vector<std::uint64_t> told;  ///< gaps
    std::vector<Store::Reservation> reservations;
    std::vector<std::shared_ptr<const Record>> records;
    bool maintain = false;
    bool flush = false;
};

struct StoreTurnDone {
    StoreNews news;  ///< of all of it
    Store::CommitResult commit;
    Committed reserved = Committed::stored;
    Committed flushed = Committed::stored;
    bool again = false;  ///< maintain() has more to do at once
    std::optional<std::vector<Gap>> gaps;
    std::optional<Store::Recovered> recovered;  ///< the store came back and knows more
    StoreFigures figures;
};

/// In this order: what is buried is on disk before it is acknowledged, what is acknowledged is
/// known before a limit has to make room, and a reservation stands before the records that it
/// covers.
StoreTurnDone run(const StoreTurn& turn, Store& store);

/// Adds what `more` tells to `news`.
void join(StoreNews& news, StoreNews more);

}  // namespace fieldway::queue
