// The durable half of the queue: a segment log on disk. Decides nothing about sessions and knows no
// topic; whoever uses it (DurableQueue, on the core, through a StoreThread) says what is stored,
// what was acknowledged and what it wants to read. docs/queue-format.md has every byte,
// docs/delivery.md the promise.
//
// Order of writes that everything rests on:
//  - a frame is accepted when its fdatasync returned; the folder was synced after the segment was
//    made;
//  - acknowledgements are durable in the ack journal before the segment they free is unlinked;
//  - a gap is durable in the snapshot before the segment that it tells of is unlinked;
//  - the reserved end of a stream's sequences is durable before the store says it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "config/gateway_config.h"
#include "flow/message.h"
#include "queue/queue.h"

namespace fieldway::queue {

/// A boot whose wall clock is known to have been right, at last.
struct BootTime {
    std::string boot_id;
    std::chrono::milliseconds ahead{};  ///< of its wall clock before its monotonic one
};

struct StoreOptions {
    std::filesystem::path folder;  ///< made when it is not there
    config::QueueOptions limits;
    /// The kernel's boot_id: two stores opened in one boot share their monotonic time.
    std::string boot_id;
    /// The boot before: what was stored in it gets the times that it lacks when it is read.
    std::optional<BootTime> last_boot{};
    /// 4 MiB, less with a small max_bytes, so that eviction costs at most a sixteenth of it.
    std::uint64_t segment_bytes = 4 * 1024 * 1024;
    /// Acknowledgements wait in RAM for so long at most: what a crash may deliver again.
    Duration journal_interval = std::chrono::seconds(5);
    /// A store that cannot write tries again so often.
    Duration retry_interval = std::chrono::seconds(5);
};

/// Why messages were lost.
enum class LossReason : std::uint8_t {
    bytes,         ///< max_bytes, of files, whole or lane
    device_bytes,  ///< device_max_bytes
    memory,        ///< max_memory, while the disk took nothing
    age,           ///< max_age
    refused,       ///< drop-newest: there was no room for it
    thinned,       ///< when_full: thin
    damaged,       ///< the disk gave something else back than what was written, or nothing
    disk,          ///< the disk is full below max_bytes
};
std::string_view name_of(LossReason reason);

/// Messages of one stream that will not be delivered. `count` is exact but for `damaged`, where
/// first and last are the neighbours' when nothing better is known.
struct Loss {
    StreamKey key;
    LossReason reason = LossReason::bytes;
    std::uint64_t count = 0;
    Sequence first = 0;
    Sequence last = 0;
    WallTime first_time{};  ///< of acquisition; unknown_wall where that is not known
    WallTime last_time{};

    friend bool operator==(const Loss&, const Loss&) = default;
};

/// A loss that its device has not been told yet; later ones of the same stream and reason are added
/// to it until it is taken. Kept in the snapshot.
struct Gap {
    std::uint64_t number = 0;
    Loss loss;
    friend bool operator==(const Gap&, const Gap&) = default;
};

struct StoredStream {
    StreamKey key;
    /// On disk and not acknowledged. Exact while what a segment holds of the stream has no holes;
    /// otherwise an estimate until it is read, which is 0 only when there is none.
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< their payloads, likewise
    Sequence first = 0;       ///< of those on disk; 0 when there is none
    Sequence last = 0;
    Sequence next = 1;      ///< sequences from here on were never given out
    Sequence reserved = 0;  ///< and up to here they may be, without another reservation
};

/// Something that the operator must know of, once: a file set aside, a frame that is bad, a disk
/// that is full, or works again.
struct Finding {
    enum class Kind : std::uint8_t {
        torn_tail,   ///< an unfinished write at the end of a file was cut off: nothing accepted is
                     ///< lost
        bad_frame,   ///< records of one frame are lost
        set_aside,   ///< a file could not be read and was renamed to NAME.set-aside
        lost_state,  ///< the snapshot or the ack journal is gone: messages may be delivered again
        degraded,    ///< the store cannot write: the queue lives in memory
        recovered,   ///< it can again
        evicted,    ///< a limit was reached, and messages were dropped; told once until it is under
        disk_full,  ///< the same, of a disk that is full before a limit is reached
                    ///< it
    };
    Kind kind = Kind::bad_frame;
    std::string sentence;  ///< file, offset, what was found, what was done about it
};

struct StoreFigures {
    bool degraded = false;
    std::string reason;  ///< why it is degraded
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;       ///< payloads of the records
    std::uint64_t file_bytes = 0;  ///< what the files take of the disk
    std::uint64_t segments = 0;
    std::array<std::uint64_t, all_lanes.size()> lane_file_bytes{};
    std::uint64_t dead = 0;  ///< dead letters that are kept
    std::uint64_t dead_file_bytes = 0;
    // Since the store was opened.
    std::uint64_t commits = 0;  ///< frames written and synced
    std::uint64_t committed_records = 0;
    std::uint64_t written_bytes = 0;  ///< by us, to all files
    std::uint64_t failed_writes = 0;
    std::uint64_t rewritten_segments = 0;  ///< compaction
    std::uint64_t evicted = 0;             ///< records
    std::uint64_t bad_frames = 0;
    std::uint64_t torn_tails = 0;
};

/// What an operation found out beside its result. The core passes findings to the log and losses to
/// its figures, and looks at gaps when a device's session is there to be told.
struct StoreNews {
    std::vector<Finding> findings;
    std::vector<Loss> losses;
    bool gaps_changed = false;  ///< look at gaps() again
};

/// What a commit came to.
enum class Committed : std::uint8_t {
    stored,    ///< on disk
    full,      ///< no room for a lane: when_full is drop-newest, or higher lanes alone hold it
    degraded,  ///< the disk takes nothing: nothing was stored; the store tries again by itself
};

struct DeadLetter {
    std::uint64_t number = 0;  ///< names it for retry and drop
    std::shared_ptr<const Record> record;
    std::string reason;
    WallTime buried{};
};

/// One store, in one folder, of one process.
/// Thread: one at a time (the store thread; `fieldway queue --state` uses it on its own).
class Store {
  public:
    struct Recovered {
        std::vector<StoredStream> streams;
        /// Where a stream begins that is not among them: 1, or higher when the snapshot was lost
        /// and nobody knows what was given out before.
        Sequence first_of_new = 1;
        std::vector<Gap> gaps;
        StoreNews news;
    };

    virtual ~Store() = default;

    /// Recovers what is in the folder. The only error is another holder of its lock
    /// (stop_program): everything else is a finding, and a folder that cannot be written makes a
    /// store that is degraded and tries again in maintain().
    static Result<std::unique_ptr<Store>> open(FileSystem& files, StoreOptions options,
                                               const Timestamp& time);

    /// What open() found; valid once, and again after a degraded store has come back
    /// (Finding::recovered) with streams that nobody knew of.
    virtual Recovered take_recovered() = 0;

    /// Stores the records, one frame a lane, each synced; a stream's records in order and above all
    /// that it stored before: what this process stored already is a commit that is tried again, and
    /// is passed over. A record below what an earlier run gave out cannot be stored: it is told as
    /// a finding, and its lane is `degraded` as long as it is offered, though the others of the
    /// lane are stored. Evicts first where limits ask for it. But for that all or nothing a lane;
    /// the result is the worst of the lanes, `stored_lanes` says which are on disk. With
    /// `drop-newest` a record for which device_max_bytes has no room is told as a loss
    /// (device_bytes) and is done with.
    struct CommitResult {
        Committed outcome = Committed::stored;
        std::array<bool, all_lanes.size()> stored_lanes{};
        StoreNews news;
    };
    virtual CommitResult commit(std::span<const std::shared_ptr<const Record>> records,
                                const Timestamp& time) = 0;

    /// All of the stream up to `through` is done with, and `singles` above it (at most a window).
    /// In RAM until the journal is written; then segments that hold nothing any more are unlinked.
    virtual void acknowledge(const StreamKey& key, Sequence through,
                             std::span<const Sequence> singles) = 0;

    /// Records of the stream with sequences above `after` and up to `upto`, in order, that are not
    /// acknowledged: from one segment, at most `most_bytes` of payload but at least one record.
    /// `next` is where to go on (a sequence at or below the next record's: pass `after = next -
    /// 1`), nothing when there is no more up to `upto`. With a `next` and no records the disk would
    /// not be read: ask again later. What is too old or damaged is left out and told in the news.
    struct Chunk {
        std::vector<std::shared_ptr<const Record>> records;
        std::optional<Sequence> next;
        StoreNews news;
    };
    virtual Chunk read(const StreamKey& key, Sequence after, Sequence upto,
                       std::uint64_t most_bytes, const Timestamp& time) = 0;

    /// Sequences of the stream up to `upto` may be given out from now on. Durable when the outcome
    /// is stored.
    struct Reservation {
        StreamKey key;
        Sequence upto = 0;
    };
    virtual Committed reserve(std::span<const Reservation> reservations) = 0;

    /// One bounded step of what must be done now and then: journal, unlinking, compaction, age,
    /// coming back from degraded. `again` when there is more to do at once.
    struct Maintained {
        StoreNews news;
        bool again = false;
    };
    virtual Maintained maintain(const Timestamp& time) = 0;
    /// Everything that waits in RAM is on disk when it returns stored: journal, snapshot, gaps.
    virtual Committed flush(const Timestamp& time) = 0;

    /// Losses that happened in RAM alone join the gaps.
    virtual void add_losses(std::span<const Loss> losses) = 0;
    [[nodiscard]] virtual std::vector<Gap> gaps() const = 0;
    /// The gap as it stands, from now on unchanging; nothing when it is not there.
    virtual std::optional<Gap> take_gap(std::uint64_t number) = 0;
    /// Its device has been told (the message that tells is accepted): it is forgotten.
    virtual void gap_told(std::uint64_t number) = 0;

    /// Keeps the record as a dead letter (on disk at once where the disk takes it); it is then to
    /// be acknowledged like one that was delivered. The oldest ones make room.
    virtual StoreNews bury(std::shared_ptr<const Record> record, const std::string& reason,
                           const Timestamp& time) = 0;
    /// Dead letters with a number above `after`, oldest first.
    virtual std::vector<DeadLetter> dead_letters(std::uint64_t after, std::size_t most) = 0;
    /// False when there is none of that number.
    virtual bool drop_dead(std::uint64_t number) = 0;

    [[nodiscard]] virtual std::vector<StoredStream> streams() const = 0;
    [[nodiscard]] virtual StoreFigures figures() const = 0;
};

}  // namespace fieldway::queue
