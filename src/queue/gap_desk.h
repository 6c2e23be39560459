// Losses that devices have not been told yet: which are to be told now, and in which words. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "queue/store.h"

namespace fieldway::queue {

/// Thread: core.
class GapDesk {
  public:
    /// A gap that could not be told is tried again after this.
    static constexpr Duration pause = std::chrono::seconds(5);

    /// What the store has now; those under way stay so.
    void set(const std::vector<Gap>& gaps);
    /// Gaps of the device that are to be told now. They are under way until told() or give_back().
    std::vector<std::uint64_t> take(const StreamKey& of, MonotonicTime now);
    std::vector<std::uint64_t> take_all(MonotonicTime now);
    void told(std::uint64_t number) { under_way_.erase(number); }
    void give_back(std::uint64_t number, const StreamKey& of, MonotonicTime now);

    [[nodiscard]] bool anything_to_tell() const { return !waiting_.empty(); }
    [[nodiscard]] std::size_t size() const;

  private:
    using Whose = std::pair<std::string, DeviceId>;  // uplink and device

    std::map<Whose, std::set<std::uint64_t>> waiting_;
    std::set<std::uint64_t> under_way_;
    MonotonicTime not_before_{};
};

/// What the device is told: JSON in lane alarm. Its time is null while the clock is not settled:
/// the alarms behind it may have times of their own, and do not wait.
Message gap_message(const Loss& loss, const std::string& subtopic, const Timestamp& now);

/// For the log: 123 messages of device A, lane telemetry, were lost (bytes): TIME to TIME.
std::string loss_sentence(const Loss& loss);

}  // namespace fieldway::queue
