// The store: composes index, segments, gaps and small files, and keeps the order of writes that
// store.h promises. What is decided stands in the pure files beside it; what is left here is to do
// it in the right order and to go on when the disk does not.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "queue/ack_journal.h"
#include "queue/gap_book.h"
#include "queue/retention.h"
#include "queue/segment_cache.h"
#include "queue/segment_log.h"
#include "queue/segment_scan.h"
#include "queue/snapshot.h"
#include "queue/state_files.h"
#include "queue/store.h"
#include "queue/stream_index.h"

namespace fieldway::queue {

/// Its parts: segment_store_open and _scan (recovery), _commit, _read, _room (eviction, rewriting),
/// _device (device_max_bytes), _upkeep (journal, snapshot, maintain), _dead (dead letters).
/// Thread: that of the store.
class SegmentStore final : public Store {
  public:
    SegmentStore(FileSystem& files, StoreOptions options, const Timestamp& time);

    /// False when another holder has the folder.
    [[nodiscard]] bool start();

    Recovered take_recovered() override;
    CommitResult commit(std::span<const std::shared_ptr<const Record>> records,
                        const Timestamp& time) override;
    void acknowledge(const StreamKey& key, Sequence through,
                     std::span<const Sequence> singles) override;
    Chunk read(const StreamKey& key, Sequence after, Sequence upto, std::uint64_t most_bytes,
               const Timestamp& time) override;
    Committed reserve(std::span<const Reservation> reservations) override;
    Maintained maintain(const Timestamp& time) override;
    Committed flush(const Timestamp& time) override;
    void add_losses(std::span<const Loss> losses) override;
    [[nodiscard]] std::vector<Gap> gaps() const override;
    std::optional<Gap> take_gap(std::uint64_t number) override;
    void gap_told(std::uint64_t number) override;
    StoreNews bury(std::shared_ptr<const Record> record, const std::string& reason,
                   const Timestamp& time) override;
    std::vector<DeadLetter> dead_letters(std::uint64_t after, std::size_t most) override;
    bool drop_dead(std::uint64_t number) override;
    [[nodiscard]] std::vector<StoredStream> streams() const override;
    [[nodiscard]] StoreFigures figures() const override;

  private:
    enum class Room : std::uint8_t { there, none, failed };
    using Records = std::vector<std::shared_ptr<const Record>>;

    // --- recovery ---
    enum class Opened : std::uint8_t { ready, held, failed };
    struct ScannedSegment {
        Segment segment;
        std::string boot;
        RunBook book;
        Scan scan;
        std::vector<Loss> losses;  ///< by the sequences on both sides of a damage
    };
    void reset();
    Opened lock_and_recover();
    FileResult<> recover();
    FileResult<> recover_state(bool anything_else);
    void restore_snapshot(const Snapshot& snapshot);
    void restore_journal(const AckJournal& journal, bool there, bool anything_else);
    void join_gaps(GapBook meanwhile);
    FileResult<> recover_segment(const SegmentName& name);
    FileResult<bool> restore_by_footer(const SegmentName& name, File& file, std::uint64_t size);
    FileResult<> restore_by_scan(const SegmentName& name, File& file, std::uint64_t size);
    ScannedSegment read_frames(const SegmentName& name, ByteView bytes,
                               const std::optional<SegmentHeader>& header);
    void drop_torn_first_write(const std::filesystem::path& path, ByteView bytes);
    void tell_scan(const SegmentName& name, const ScannedSegment& scanned);
    [[nodiscard]] bool is_own_boot(const SegmentHeader& header) const;
    [[nodiscard]] std::optional<std::chrono::milliseconds> ahead_of(
        const SegmentHeader& header) const;
    static FileError newer_version(const std::filesystem::path& path);
    void set_aside(const std::filesystem::path& path, const std::string& why);

    // --- commit ---
    Committed commit_lane(Lane lane, std::span<const std::shared_ptr<const Record>> records,
                          StoreNews& news);
    struct NewRecords {
        Records records;
        std::vector<StreamId> ids;  ///< of their streams
        bool all_above = true;      ///< none was below what an earlier run gave out
    };
    NewRecords new_records(Lane lane, std::span<const std::shared_ptr<const Record>> records);
    Committed write_records(Lane lane, const NewRecords& coming, StoreNews& news);
    bool keep_to_device_limit(Lane lane, NewRecords& records, std::vector<Loss>& refused,
                              StoreNews& news);
    Committed write_frame(SegmentKind kind, SegmentLog::Written& written, StoreNews& news);
    Room new_segment(SegmentKind kind, StoreNews& news);

    // --- reading ---
    FileResult<std::shared_ptr<const DecodedSegment>> decoded(SegmentKind kind,
                                                              SegmentNumber number,
                                                              StoreNews& news);
    void settle_damage(SegmentKind kind, SegmentNumber number, const DecodedSegment& decoded);
    void correct_estimate(StreamId id, Extent extent, const DecodedSegment& decoded);
    std::uint64_t verify_extent(StreamId id, const Extent& extent, const DecodedSegment& decoded);
    bool expire_front(StreamId id, Sequence upto, StoreNews& news);

    // --- room ---
    Room make_room(SegmentKind kind, std::uint64_t bytes, StoreNews& news);
    Room make_room_by_policy(SegmentKind kind, SegmentKind victim, LossReason reason,
                             StoreNews& news);
    bool evict_segment(SegmentKind kind, SegmentNumber number, LossReason reason, StoreNews& news);
    [[nodiscard]] std::optional<SegmentKind> lane_to_evict(SegmentKind kind) const;
    std::vector<Loss> losses_of(SegmentKind kind, SegmentNumber number, LossReason reason,
                                StoreNews& news);
    [[nodiscard]] bool waits_in(StreamId id, Sequence sequence, SegmentNumber number) const;
    struct Eviction {
        StreamId id = 0;
        Sequence last = 0;
        Loss loss;
    };
    void plan_eviction(const StreamKey& key, std::uint64_t bytes, std::vector<Eviction>& evictions,
                       StoreNews& news);
    bool plan_front(Eviction& eviction, std::uint64_t wanted, std::uint64_t& gone, StoreNews& news);
    bool evict(const std::vector<Eviction>& evictions, StoreNews& news);
    [[nodiscard]] std::uint64_t device_bytes(const StreamKey& key) const;
    bool thin_segment(SegmentKind kind, SegmentNumber number, StoreNews& news);
    /// Keeps of the segment what is not done with and `keep` agrees to.
    using Keep = std::function<bool(StreamId, Sequence)>;
    bool rewrite_segment(SegmentKind kind, SegmentNumber number, std::uint32_t thinned,
                         StoreNews& news, const Keep& keep);
    bool lose(std::vector<Loss> losses, StoreNews& news);
    void tell_eviction(LossReason reason, SegmentKind kind);
    [[nodiscard]] std::uint64_t counted_bytes() const;

    // --- upkeep ---
    bool write_snapshot();
    bool write_journal(bool all = false);
    bool free_done_segments();
    bool upkeep(StoreNews& news);
    void seal_closed();
    bool expire_segment(StoreNews& news);
    bool rewrite_sparse(StoreNews& news);
    void keep_ballast();
    bool write_pending_and_journal(StoreNews& news);
    void try_to_come_back(StoreNews& news);
    void degrade(const FileError& error);
    Bytes journal_text(bool all) const;
    [[nodiscard]] Snapshot snapshot() const;

    // --- dead letters ---
    void put_in_frame(const DeadLetter& letter);
    bool store_dead(const DeadLetter& letter, StoreNews& news);
    void store_pending_dead(StoreNews& news);

    SegmentLog& log(SegmentKind kind) { return logs_[static_cast<std::size_t>(kind)]; }
    [[nodiscard]] const SegmentLog& log(SegmentKind kind) const {
        return logs_[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] SegmentLog::KeyOf key_of() const {
        return [this](StreamId id) -> const StreamKey& { return index_.at(id).key; };
    }
    std::uint64_t next_salt();
    void find(Finding::Kind kind, std::string sentence);
    /// A loss that is found aside of any limit: in the gaps, durable with the next snapshot.
    void note_loss(const Loss& loss);
    void hand_over(StoreNews& news);

    FileSystem& files_;
    const StoreOptions options_;
    Timestamp now_;  ///< as it was told last
    std::uint64_t salt_state_ = 0;
    StoreFigures figures_;

    std::unique_ptr<FolderLock> lock_;
    StreamIndex index_;
    StreamId dead_stream_ = 0;
    GapBook gap_book_;
    std::vector<SegmentLog> logs_;  ///< by kind
    SegmentCache cache_;
    StateFiles state_;
    FrameBuilder frame_;
    Compressor compressor_;

    Sequence first_of_new_ = 1;
    std::uint64_t next_dead_ = 1;
    std::uint64_t dead_reserved_ = 0;
    std::vector<DeadLetter> pending_dead_;  ///< that the disk did not take yet

    std::set<StreamId> told_below_;  ///< streams of which a record cannot be stored

    bool recovered_ = false;       ///< the folder was read
    bool lost_state_ = false;      ///< snapshot or journal are to be written anew
    bool snapshot_dirty_ = false;  ///< gaps that are not on disk
    bool gaps_changed_ = false;
    std::vector<Finding> findings_;                          ///< not handed over yet
    std::vector<Loss> losses_;                               ///< likewise
    std::array<bool, all_segment_kinds.size()> evicting_{};  ///< told, until there is room again
    std::array<MonotonicTime, all_segment_kinds.size()> evicted_at_{};
    int degraded_by_ = 0;  ///< errno
    MonotonicTime next_retry_{};
    MonotonicTime next_journal_{};
    /// By segment, how much waited when it was looked at, and since when: one that is being drained
    /// now is not rewritten.
    struct Seen {
        std::uint64_t live = 0;
        MonotonicTime since{};
    };
    std::map<std::pair<SegmentKind, SegmentNumber>, Seen> seen_;
};

}  // namespace fieldway::queue
