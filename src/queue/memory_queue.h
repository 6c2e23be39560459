// The queue in memory: bounded by bytes, lost with the process. The gateway runs on DurableQueue;
// this one is the model that its tests compare it with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/thread_guard.h"
#include "config/gateway_config.h"
#include "queue/queue.h"

namespace fieldway::queue {

/// The limit is `max_memory`: payloads with everything else that a record costs in memory
/// (cost_of).
///
/// At the limit, `drop_newest` refuses the message. `drop_oldest` (and `thin`, which it does not
/// know) makes room: lowest lane first,
/// within a lane the oldest record first, and records that peek() handed out last of all, because
/// evicting what may be in flight loses nothing but our knowledge of it. A message never evicts a
/// record of a higher lane: it is refused then.
///
/// Acceptance is `durable` on release and `refused` on eviction and burial; `in_memory` is never
/// reported. What is still queued when the queue is destroyed gets no answer: the process ends, and
/// with it whoever asked. Thread: core.
class MemoryQueue final : public Queue {
  public:
    /// A record that the broker refused for good, as the operator sees it.
    struct Dead {
        std::shared_ptr<const Record> record;
        std::string reason;
    };

    /// Runs a function later on the core thread, never inside the call.
    using Post = std::function<void(std::function<void()>)>;

    static constexpr std::size_t most_dead_letters = 100;
    static constexpr std::uint64_t most_dead_bytes = 1024 * 1024;

    MemoryQueue(const config::QueueOptions& options, Post post);

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

    /// The newest buried records, oldest first; bounded by the two limits above.
    [[nodiscard]] const std::deque<Dead>& dead_letters() const { return dead_letters_; }
    /// What a message costs in memory while it is queued, in bytes.
    [[nodiscard]] static std::uint64_t cost_of(const Message& message);

  private:
    struct Entry {
        std::shared_ptr<const Record> record;
        Accepted accepted;
        std::uint64_t age = 0;  ///< place in the order of all appends
        std::uint64_t cost = 0;
        bool handed_out = false;  ///< by peek: may be in flight
    };
    struct Stream {
        explicit Stream(StreamKey its_key) : key(std::move(its_key)) {}
        StreamKey key;
        std::map<Sequence, Entry> entries;
        Sequence last = 0;          ///< survives the entries: a sequence is never given twice
        std::uint64_t waiting = 0;  ///< entries that were not handed out
        bool end_seen = false;      ///< by a peek: what comes next is announced
        bool announcing = false;    ///< a call of the listener is posted
        StreamFigures figures;
    };
    using Entries = std::map<Sequence, Entry>;
    /// By age, the oldest first: where each record is.
    using AgeIndex = std::map<std::uint64_t, std::pair<Stream*, Sequence>>;

    Stream& stream_of(const StreamKey& key);
    AgeIndex& index_of(const Stream& stream, bool handed_out);
    Entry take_out(Stream& stream, Entries::iterator at);
    bool make_room(std::uint64_t cost, Lane lane);
    std::pair<Stream*, Sequence> oldest_below(Lane lane) const;
    void evict(Stream& stream, Sequence sequence);
    void announce(Stream& stream);
    void answer(Accepted accepted, Acceptance acceptance);
    void keep_dead(Dead letter);

    ThreadGuard guard_;  ///< from on_arrival() on
    const config::QueueOptions options_;
    const Post post_;
    std::function<void(const StreamKey&)> listener_;
    std::map<StreamKey, Stream> streams_;  // nodes stay where they are: the indexes point to them
    /// By lane, then by whether the record was handed out.
    std::array<std::array<AgeIndex, 2>, all_lanes.size()> by_age_;
    std::array<std::uint64_t, all_lanes.size()> lane_bytes_{};
    std::uint64_t next_age_ = 0;
    StreamFigures total_;
    std::deque<Dead> dead_letters_;
    std::uint64_t dead_bytes_ = 0;
    /// What is posted asks it whether the queue still lives. Shared: with the functions that are
    /// posted.
    std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace fieldway::queue
