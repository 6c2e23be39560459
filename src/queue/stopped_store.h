// The queue of a gateway that is stopped: its store, opened by whoever looks into it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_system.h"
#include "queue/browser.h"

namespace fieldway::queue {

/// Recovers the store like a gateway's start, and holds its lock until it is destroyed: neither can
/// a gateway start meanwhile, nor is this one opened while a gateway runs. No limit is applied and
/// nothing is too old: looking loses nothing. What recovery found is said here, since the gateway
/// will not find it again. Thread: one at a time.
class StoppedStore final : public Browser {
  public:
    /// `state_dir` is the gateway's. An error: there is no queue in it, or a gateway holds it.
    static Result<std::unique_ptr<StoppedStore>> open(FileSystem& files,
                                                      const std::filesystem::path& state_dir,
                                                      const std::string& boot_id,
                                                      const Clock& clock);

    /// Sentences on what was found to be damaged, each once.
    std::vector<std::string> take_findings();
    /// What was changed is on disk; an error when the disk did not take it.
    Result<> flush();

    void figures(Done<QueueFigures> done) override;
    void streams(Done<std::vector<StreamView>> done) override;
    void records(const StreamKey& key, Sequence after, std::size_t most, Done<Page> done) override;
    void dead_letters(std::uint64_t after, std::size_t most,
                      Done<std::vector<DeadLetter>> done) override;
    void retry_dead(std::uint64_t number, Done<Sequence> done) override;
    void drop_dead(std::uint64_t number, Done<std::monostate> done) override;

  private:
    StoppedStore(std::unique_ptr<Store> store, const Clock& clock);

    [[nodiscard]] Timestamp time() const { return clock_.now(); }
    void take(StoreNews news);
    [[nodiscard]] Error cannot_write() const;
    [[nodiscard]] std::optional<Sequence> next_of(const StreamKey& key) const;
    bool reserve(const StreamKey& key, Sequence upto);
    Result<Sequence> append(const Record& record);

    std::unique_ptr<Store> store_;
    const Clock& clock_;
    std::vector<std::string> findings_;
};

}  // namespace fieldway::queue
