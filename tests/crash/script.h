// The script of a store driver: what a gateway does to its store, at random by seed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger.h"
#include "queue/store.h"
#include "scenario.h"
#include "verify.h"

namespace fieldway::crash {

/// Counts of what a driver saw, for its rig.
struct Seen {
    std::uint64_t opens = 0;
    std::uint64_t commits = 0;
    std::uint64_t stored = 0;    ///< records
    std::uint64_t degraded = 0;  ///< commits that came back so, or as full
    std::uint64_t full = 0;
    std::uint64_t losses = 0;                       ///< records, of news
    std::map<std::string, std::uint64_t> findings;  ///< by kind
    std::vector<std::string> sentences;             ///< of findings
};

/// One run on a store, from its opening on. Thread: one.
class Script {
  public:
    Script(const Scenario& scenario, const std::filesystem::path& folder, Past& past,
           Ledger& ledger);
    ~Script();

    /// Opens the store and verifies all of it. An error: the lock is held.
    Result<> open();
    void steps(std::uint64_t count);
    /// `count` records of a lane in one commit, over its streams.
    queue::Committed commit(Lane lane, std::uint64_t count);
    void maintain(Duration later);
    queue::Committed flush();
    void acknowledge_everything();
    /// Reads everything and compares it with what should wait.
    void compare();

    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
    [[nodiscard]] const Seen& seen() const { return seen_; }
    [[nodiscard]] const Verdict& verdict() const { return verdict_; }
    [[nodiscard]] queue::StoreFigures figures() const { return store_->figures(); }
    [[nodiscard]] std::vector<queue::Gap> gaps() const { return store_->gaps(); }
    [[nodiscard]] config::QueueOptions limits() const {
        return scenario_.options(folder_, past_.runs).limits;
    }

  private:
    struct Stream {
        Sequence next = 1;
        Sequence reserved = 0;
        /// Given, and not stored as the disk took nothing: they go first in the next commit.
        std::vector<std::shared_ptr<const Record>> pending;
    };

    void look_at(const queue::Store::Recovered& recovered);
    void step();
    void commit_some();
    void acknowledge_some();
    void read_some();
    void bury_one();
    void tell_gap();
    void reopen();
    bool reserve(std::size_t stream, Sequence upto);
    /// Empty when no sequence can be had.
    std::vector<std::shared_ptr<const Record>> take_records(std::size_t stream,
                                                            std::uint64_t count);
    queue::Committed commit(const std::vector<std::size_t>& streams, std::uint64_t most);
    void forget_pending(std::size_t stream);
    void take(const queue::StoreNews& news);
    void acknowledge(std::size_t stream, Sequence through, std::set<Sequence> singles);
    [[nodiscard]] Timestamp time() const;
    void problem(std::size_t stream, const std::string& what);

    const Scenario& scenario_;
    const std::filesystem::path folder_;
    Past& past_;
    Ledger& ledger_;
    Random random_{0};
    Duration since_begin_{};
    std::unique_ptr<FileSystem> files_;
    std::unique_ptr<queue::Store> store_;
    std::vector<Stream> streams_;
    Waiting waiting_;
    bool unread_ = false;          ///< the folder could not be read when the store was opened
    std::vector<bool> lost_some_;  ///< by stream: what waits is not known until it is read again
    std::optional<Duration> newest_acknowledgement_;  ///< where it may not be in the journal
    Seen seen_;
    Verdict verdict_;
    std::vector<std::string> problems_;
};

}  // namespace fieldway::crash
