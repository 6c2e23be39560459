// From a poller's output to the hosts of the inputs: what a line's two drivers share.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "modbus/poller.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

/// Batches readings (one emit for what came within a millisecond), keeps what the gateway did not
/// take (FULL) and offers it again, oldest first, up to a limit; beyond it the oldest is dropped,
/// counted and told once. Thread: the line's own.
class LineDelivery {
  public:
    static constexpr std::size_t most_kept = 10'000;  ///< batches of one device, per input
    static constexpr Duration least_between_emits = std::chrono::milliseconds(1);
    static constexpr Duration wait_after_full = std::chrono::milliseconds(20);

    void add(InputKey input, sdk::Host host);
    void remove(InputKey input);

    /// Takes everything in `out` and leaves it empty.
    void deliver(PollerOutput& out, MonotonicTime now);
    /// Offers what is due.
    void flush(MonotonicTime now);
    /// When flush() should be called; nothing when nothing waits.
    [[nodiscard]] std::optional<MonotonicTime> flush_at() const;
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Member {
        sdk::Host host;
        std::deque<wire::DeviceReadings> waiting;
        MonotonicTime not_before{};
        bool dropping = false;
    };
    void flush(Member& member, MonotonicTime now);

    std::map<InputKey, Member> members_;
    std::uint64_t dropped_ = 0;
};

}  // namespace fieldway::modbus
