// Store and forward: MAPPING -Message-> QUEUE -Record-> SESSION. A record leaves on the broker's
// acknowledgement only.
//
// A STREAM is the strictly ordered sequence of one uplink, device, lane and drain. Sequence numbers
// increase within a stream and are never given twice.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "flow/message.h"

namespace fieldway::queue {

struct StreamKey {
    std::string uplink;
    DeviceId device;
    Lane lane = Lane::telemetry;
    Drain drain = Drain::in_order;

    friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

inline StreamKey stream_key_of(const Message& message) {
    return {message.uplink, message.device, message.lane, message.drain};
}

/// What the queue can say of a message's safety.
enum class Acceptance : std::uint8_t {
    durable,    ///< on disk, or acknowledged by the broker
    in_memory,  ///< in memory alone: a crash loses it
    refused,    ///< not taken, or evicted before it was either
};

/// Called once for each append, on the core thread, not from inside append.
using Accepted = std::function<void(Acceptance)>;

struct StreamFigures {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< payloads and what they cost in memory
    std::uint64_t appended = 0;
    std::uint64_t released = 0;
    std::uint64_t evicted = 0;  ///< lost to a limit
    std::uint64_t dead = 0;     ///< refused for good by the broker
};

struct Figures {
    StreamFigures total;
    std::uint64_t max_bytes = 0;
};

/// What was buried.
struct Buried {
    std::shared_ptr<const Record> record;  ///< null: it is on disk alone
};

/// Thread: core. Nothing here blocks.
class Queue {
  public:
    virtual ~Queue() = default;

    /// Takes a message at the end of its stream. An error says which limit refused it; `accepted`
    /// is then not called. `accepted` may be empty.
    virtual Result<Sequence> append(Message message, Accepted accepted) = 0;

    /// Up to `most` records of the stream with a sequence above `after` (0: from its head), in
    /// order, none left out between them. Fewer than there are, or none, when the next one is on
    /// disk alone: it is read then, and on_arrival tells when it is here. The records are copies of
    /// handles; payloads are shared with the queue and stay valid.
    virtual std::vector<std::shared_ptr<const Record>> peek(const StreamKey& key, Sequence after,
                                                            std::size_t most) = 0;

    /// The broker acknowledged the record: it is gone from now on. Releasing what is not there does
    /// nothing.
    virtual void release(const StreamKey& key, Sequence sequence) = 0;

    /// The record can never be delivered (too large, refused for good): it is counted as dead, kept
    /// for the operator as far as the store can, and the stream goes on. Nothing when it is not
    /// there.
    virtual std::optional<Buried> bury(const StreamKey& key, Sequence sequence,
                                       const std::string& reason) = 0;

    /// The newest sequence of the stream that was given out, delivered or not; 0 when none was.
    /// What is made from now on is above it.
    [[nodiscard]] virtual Sequence newest(const StreamKey& key) const = 0;

    /// Called on the core thread, not from inside append, when a stream in which nothing waited (it
    /// was empty, or peek had handed out all of it) has a record; when a peek found fewer than it
    /// asked for, since the newest was reached, and there is a newer one (so who looks ahead of a
    /// backlog hears of what is live while the backlog still waits); when one that peek asked for
    /// was read from disk; or when eviction changed its head.
    virtual void on_arrival(std::function<void(const StreamKey&)> listener) = 0;

    [[nodiscard]] virtual std::vector<StreamKey> streams() const = 0;
    [[nodiscard]] virtual StreamFigures figures(const StreamKey& key) const = 0;
    [[nodiscard]] virtual Figures figures() const = 0;
};

}  // namespace fieldway::queue
