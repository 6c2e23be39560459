// What `fieldway queue ...` asks, of a running gateway (DurableQueue) and of a stopped one (its
// store alone): the same questions, the same answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/error.h"
#include "queue/store.h"

namespace fieldway::queue {

/// Figures of the queue as a whole, in RAM and on disk. Ready for a status page and for metrics:
/// counters only grow while the process lives.
struct QueueFigures {
    StreamFigures total;                    ///< all that waits, wherever it is; bytes are payloads
    std::uint64_t memory_bytes = 0;         ///< what RAM holds of it, with everything it costs
    std::uint64_t max_memory = 0;           ///< the limit
    std::uint64_t memory_alone = 0;         ///< records that are in RAM alone
    std::uint64_t max_bytes = 0;            ///< the limit of files
    std::uint64_t duplicates_possible = 0;  ///< acknowledged, and not yet so in the journal
    std::uint64_t gaps = 0;                 ///< losses that their devices have not been told yet
    StoreFigures store;
};

/// One stream as an operator sees it.
struct StreamView {
    StreamKey key;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< payloads
    Sequence first = 0;       ///< 0 when it is empty
    Sequence last = 0;
    std::optional<WallTime> oldest;  ///< acquisition of the first, where it is at hand
};

/// `done` is called once, on the caller's thread: from inside the call where no running gateway
/// stands behind, later where one does. Thread: core of a running gateway.
class Browser {
  public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    struct Page {
        std::vector<std::shared_ptr<const Record>> records;
        std::optional<Sequence> next;  ///< `after` of the next page; nothing at the end
    };

    virtual ~Browser() = default;

    virtual void figures(Done<QueueFigures> done) = 0;
    virtual void streams(Done<std::vector<StreamView>> done) = 0;
    /// Waiting records of one stream with a sequence above `after`, in order, at most `most`. Takes
    /// nothing out and hands nothing out.
    virtual void records(const StreamKey& key, Sequence after, std::size_t most,
                         Done<Page> done) = 0;

    virtual void dead_letters(std::uint64_t after, std::size_t most,
                              Done<std::vector<DeadLetter>> done) = 0;
    /// Puts the message at the end of its stream again (out of its order by nature) and forgets the
    /// dead letter once it is accepted there. An error: there is none of that number, or the queue
    /// refused it.
    virtual void retry_dead(std::uint64_t number, Done<Sequence> done) = 0;
    /// An error: there is none of that number.
    virtual void drop_dead(std::uint64_t number, Done<std::monostate> done) = 0;
};

}  // namespace fieldway::queue
