// All that a seed decides: the store's limits, its streams, and every byte of every record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "queue/store.h"

namespace fieldway::crash {

/// Small and the same everywhere (SplitMix64).
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    /// 0 to `bound` - 1.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }

  private:
    std::uint64_t state_;
};

/// One run of a program on the store, from 1; a payload carries the number of the run that gave it.
using Run = unsigned;

class Scenario {
  public:
    explicit Scenario(std::uint64_t seed);

    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] const std::vector<queue::StreamKey>& streams() const { return streams_; }
    [[nodiscard]] std::optional<std::size_t> number_of(const queue::StreamKey& key) const;
    [[nodiscard]] queue::StoreOptions options(const std::filesystem::path& folder, Run run) const;
    [[nodiscard]] std::shared_ptr<const Record> record(std::size_t stream, Sequence sequence,
                                                       Run run) const;
    /// When a run begins. Some runs come after a boot: monotonic time starts again there.
    [[nodiscard]] Timestamp begin_of(Run run) const;

  private:
    std::uint64_t seed_;
    std::vector<queue::StreamKey> streams_;
};

/// Equal in everything but the monotonic time, which means nothing after a boot.
bool same(const Record& left, const Record& right);

}  // namespace fieldway::crash
