// The queue that survives: RAM first, the disk only for what the broker did not acknowledge in
// time. docs/delivery.md has the promise, docs/decisions/0009-durable-queue.md why it is built so.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread_guard.h"
#include "config/gateway_config.h"
#include "queue/browser.h"
#include "queue/gap_desk.h"
#include "queue/queue.h"
#include "queue/shelves.h"
#include "queue/store_turn.h"
#include "queue/store_worker.h"
#include "queue/stream_table.h"

namespace fieldway::queue {

/// A record is in RAM, on disk, or both. What is acknowledged within its lane's durability is never
/// written; what is due goes to disk in one turn together with everything else that waits. One turn
/// is under way at a time; the next one gathers meanwhile.
///
/// RAM: above three quarters of max_memory records that are on disk too leave it, the oldest first.
/// At the limit, when the disk takes nothing or too little, when_full decides among what is in RAM
/// alone: lowest lane first, within a lane the oldest first, and what was handed out last of all. A
/// message never drops one of a higher lane. Losses are counted and become gaps.
///
/// A stream that nobody peeks costs its spans. peek() reads on where its stream is on disk alone.
/// Thread: core.
class DurableQueue final : public Queue, public Browser {
  public:
    static constexpr std::uint64_t most_commit_bytes = 1024 * 1024;  ///< payloads of one turn
    static constexpr std::size_t most_acknowledgements = 1000;       ///< that wait for a turn
    static constexpr Duration acknowledge_within = std::chrono::seconds(1);
    static constexpr std::size_t most_reads = 8;  ///< under way; more streams wait in a line
    static constexpr std::uint64_t least_chunk = 8 * 1024;
    static constexpr std::uint64_t most_chunk = 256 * 1024;
    static constexpr std::size_t most_asks = 128;     ///< reads, gaps and listings under way
    static constexpr std::size_t most_listed = 1000;  ///< records or dead letters of one page
    static constexpr std::uint64_t most_burials_bytes = 1024 * 1024;  ///< that wait for a turn
    /// A store that refused or failed is asked again after this.
    static constexpr Duration try_again = std::chrono::seconds(1);
    static constexpr Duration maintain_every = std::chrono::seconds(1);  ///< after it was used
    static constexpr Duration maintain_idle = std::chrono::seconds(60);  ///< while it holds records
    static constexpr Duration stuck_after = std::chrono::seconds(3);  ///< a turn without an answer

    struct Surroundings {
        StoreWorker& worker;
        const Clock& clock;
        Log log;
        /// Runs a function later on the core thread, never inside the call.
        std::function<void(std::function<void()>)> post;
        /// tick() is to be called at this time; the last call counts.
        std::function<void(MonotonicTime)> wake_at;
    };

    DurableQueue(const config::QueueOptions& options, Surroundings around);
    ~DurableQueue() override;

    /// What the store knew. Called once, before anything else.
    void start(Store::Recovered recovered, const StoreFigures& figures);
    /// Reserves sequences of streams that are about to be used, so that their first messages need
    /// not wait for it.
    void expect(std::span<const StreamKey> keys);
    /// To be called at the time that was asked for by wake_at; harmless at any other.
    void tick();
    /// Puts all on disk that is not, with acknowledgements and state; then, or at the deadline,
    /// calls `done` on the core thread. One at a time.
    void flush(MonotonicTime deadline, std::function<void()> done);

    /// Whether what is accepted comes to disk: false in memory mode, and while a turn is stuck.
    [[nodiscard]] bool works() const;
    /// Records that would be lost if the process ended now.
    [[nodiscard]] std::uint64_t memory_alone() const { return alone_.records; }
    [[nodiscard]] QueueFigures all_figures() const;
    /// What a message costs in RAM while it is queued, in bytes.
    [[nodiscard]] static std::uint64_t cost_of(const Message& message);

    Result<Sequence> append(Message message, Accepted accepted) override;
    std::vector<std::shared_ptr<const Record>> peek(const StreamKey& key, Sequence after,
                                                    std::size_t most) override;
    void release(const StreamKey& key, Sequence sequence) override;
    std::optional<Buried> bury(const StreamKey& key, Sequence sequence,
                               const std::string& reason) override;
    void on_arrival(std::function<void(const StreamKey&)> listener) override;
    [[nodiscard]] Sequence newest(const StreamKey& key) const override;
    [[nodiscard]] std::vector<StreamKey> streams() const override;
    [[nodiscard]] StreamFigures figures(const StreamKey& key) const override;
    [[nodiscard]] Figures figures() const override;

    void figures(Done<QueueFigures> done) override;
    void streams(Done<std::vector<StreamView>> done) override;
    void records(const StreamKey& key, Sequence after, std::size_t most, Done<Page> done) override;
    void dead_letters(std::uint64_t after, std::size_t most,
                      Done<std::vector<DeadLetter>> done) override;
    void retry_dead(std::uint64_t number, Done<Sequence> done) override;
    void drop_dead(std::uint64_t number, Done<std::monostate> done) override;

  private:
    using Entries = std::map<Sequence, Entry>;
    /// The last commit of a lane; each has its own room on the disk.
    struct LaneCommit {
        MonotonicTime not_before{};  ///< it failed, and is not tried again earlier
        bool full = false;           ///< because there was no room
    };
    struct Listing;  ///< a page that is being gathered, in part from disk

    // durable_queue.cpp: the records in RAM.
    void keep(Stream& stream, std::shared_ptr<const Record> record, Accepted accepted,
              std::uint64_t cost);
    void hand_out(Entry& entry);
    bool may_leave(Stream& stream, Sequence sequence);
    void remove(Entry& entry);
    std::optional<Buried> take_out(Stream& stream, Sequence sequence, Acceptance acceptance);
    void done_with(Stream& stream, Sequence sequence, std::uint64_t payload);
    void announce(Stream& stream);
    void answer(Accepted accepted, Acceptance acceptance);
    [[nodiscard]] bool nothing_waits(const Stream& stream) const;

    // durable_memory.cpp: the limit of RAM.
    [[nodiscard]] std::uint64_t reserve_for_reads() const;
    bool make_room(std::uint64_t cost, Lane lane);
    void page_out(std::uint64_t target);
    void page_out(Entry& entry);
    void page_out_handed_out(std::uint64_t target);
    bool make_loss(std::uint64_t limit, std::uint64_t cost, Lane lane);
    bool evict_oldest(Lane lane);
    bool thin_lowest(Lane lane);
    void evict(Entry& entry, LossReason reason);
    void evict_old(MonotonicTime now);
    Error refuse(const Message& message, std::uint64_t cost, bool nobody_asks);
    void tell_eviction(const std::string& sentence);
    void add_loss(Stream& stream, LossReason reason, Sequence sequence, WallTime time);

    // durable_turns.cpp: what goes to the store thread, and when.
    void plan();
    void plan_soon();
    void wake_not_later_than(MonotonicTime when);
    [[nodiscard]] std::optional<MonotonicTime> turn_due();
    void send_turn();
    void gather_acknowledgements(StoreTurn& turn);
    void turn_done(const StoreTurn& turn, StoreTurnDone done);
    void settle_reservations(const StoreTurn& turn, Committed outcome);
    void reserve_ahead(Stream& stream);
    void reserve_together();
    void let_go_held();
    void look_for_stuck(MonotonicTime now);
    void finish_flush();

    // durable_commits.cpp: the records of a turn.
    [[nodiscard]] LaneCommit& commit_of(Lane lane);
    [[nodiscard]] const LaneCommit& commit_of(Lane lane) const;
    [[nodiscard]] std::optional<MonotonicTime> commit_due(Lane lane);
    [[nodiscard]] std::optional<MonotonicTime> commit_due();
    void gather_records(StoreTurn& turn);
    bool gather_lane(StoreTurn& turn, Lane lane, std::uint64_t& payloads);
    [[nodiscard]] bool rest_cannot_be_stored();
    void settle_lanes(const StoreTurn& turn, const Store::CommitResult& commit);
    void tell_full(Lane lane, bool full);
    [[nodiscard]] std::string full_sentence(Lane lane) const;
    void settle_commit(const StoreTurn& turn, const StoreTurnDone& done);

    // durable_news.cpp: what the store tells.
    void take_recovered(Store::Recovered recovered, bool at_start);
    static void add_recovered(Stream& stream, const StoredStream& stored);
    void take_news(StoreNews news);
    void take_loss(const Loss& loss);
    void take_gaps_of(const StreamKey& key);
    void ask_for_gap(std::uint64_t number, const StreamKey& of);
    void tell_gap(const Gap& gap);
    void gap_told(std::uint64_t number);

    // durable_reads.cpp: from disk into RAM.
    void want(Stream& stream, Sequence after);
    void start_reads();
    bool start_read(Stream& stream);
    void read_done(Stream& stream, SequenceSet::Span asked, Store::Chunk chunk);
    bool take_read(Stream& stream, std::shared_ptr<const Record> record);
    [[nodiscard]] std::uint64_t chunk_bytes() const;

    // durable_browser.cpp
    void gather_page(const std::shared_ptr<Listing>& listing);
    void take_listed(const std::shared_ptr<Listing>& listing, SequenceSet::Span asked,
                     Store::Chunk chunk);
    void retry_letter(const DeadLetter& letter, const Done<Sequence>& done);

    /// The work runs on the store thread; what it returns is given to `reply` on the core, unless
    /// the queue is gone by then. False: the worker takes nothing now.
    template <class Work, class Reply>
    bool submit(Work work, Reply reply);
    /// The same, but for turns: at most most_asks at a time, so that a turn is always taken.
    template <class Work, class Reply>
    bool ask_store(Work work, Reply reply);

    ThreadGuard guard_;  ///< from on_arrival() on
    const config::QueueOptions options_;
    const Surroundings around_;
    std::function<void(const StreamKey&)> listener_;
    StreamTable streams_;
    Shelves shelves_;
    GapDesk gaps_;
    std::uint64_t next_age_ = 0;
    Amount alone_;            ///< in RAM and not on disk
    Amount acknowledged_;     ///< on disk and released, not yet told to the store
    Amount acknowledging_;    ///< the same, in the turn that is under way
    StreamFigures counters_;  ///< of all streams; records and bytes are not kept here
    StoreFigures store_;      ///< after the last turn
    bool unread_ = false;     ///< the store could not be read at the start

    // What the next turn takes along.
    std::vector<Stream*> released_;  ///< with acknowledgements to tell
    std::size_t released_count_ = 0;
    MonotonicTime released_since_{};
    std::vector<Burial> burials_;
    std::uint64_t burials_bytes_ = 0;
    std::map<std::pair<const Stream*, LossReason>, Loss> losses_;
    std::vector<std::uint64_t> told_;
    std::vector<Stream*> reserve_;
    MonotonicTime reserve_not_before_{};  ///< what failed is not tried again earlier
    std::array<LaneCommit, all_lanes.size()> lane_commits_;
    int maintain_rounds_ = 0;  ///< so many more, a second apart
    MonotonicTime maintain_at_{};

    // The turn that is under way.
    std::vector<std::pair<Stream*, Sequence>> committing_;
    std::optional<MonotonicTime> turn_since_;
    bool stuck_told_ = false;
    bool planned_ = false;  ///< a call of plan() is posted
    std::optional<MonotonicTime> wake_;

    std::vector<Stream*> held_;  ///< until their sequences are reserved
    std::deque<Stream*> read_line_;
    std::size_t reads_ = 0;
    std::size_t asks_ = 0;
    std::vector<Stream*> read_again_;  ///< a read that brought nothing on
    std::set<std::uint64_t> retrying_;
    /// Where a dead letter went that is tried again, until it is accepted there.
    std::map<std::pair<StreamKey, Sequence>, std::uint64_t> retried_;
    bool eviction_told_ = false;

    struct Flush {
        MonotonicTime deadline;
        std::function<void()> done;
        bool sent = false;  ///< the turn that flushes is under way
    };
    std::optional<Flush> flush_;
    /// What is posted or comes back asks it whether the queue still lives. Shared: with these.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

template <class Work, class Reply>
bool DurableQueue::submit(Work work, Reply reply) {
    return around_.worker.submit([alive = std::weak_ptr(alive_), work = std::move(work),
                                  reply = std::move(reply)](Store& store) -> StoreWorker::Reply {
        auto result = std::make_shared<decltype(work(store))>(work(store));
        return [alive, reply, result] {
            if (!alive.expired()) reply(std::move(*result));
        };
    });
}

template <class Work, class Reply>
bool DurableQueue::ask_store(Work work, Reply reply) {
    if (asks_ >= most_asks) return false;
    ++asks_;
    return submit(std::move(work), [this, reply = std::move(reply)](auto result) {
        --asks_;
        reply(std::move(result));
    });
}

}  // namespace fieldway::queue
