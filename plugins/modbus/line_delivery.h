// From a poller's output to the hosts of the inputs: what a line's two drivers share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "modbus/poller.h"
#include "plugin_api/sdk.h"
#include "plugin_api/wire.h"

namespace fieldway::modbus {

/// Emits readings in batches (what came within a millisecond goes as one: a hand-over wakes the
/// gateway's thread), keeps what the gateway did not take (FULL) and offers it again, oldest first,
/// up to a limit. Beyond it the oldest is dropped and counted, and told once each time it begins.
/// States and answers go at once. Thread: the line's own.
class LineDelivery {
  public:
    static constexpr std::size_t most_kept = 50'000;  ///< readings of one input
    static constexpr std::size_t most_at_once = 256;  ///< batches of one device in one emit
    static constexpr Duration least_between_emits = std::chrono::milliseconds(1);
    static constexpr Duration wait_after_full = std::chrono::milliseconds(20);

    void add(InputKey input, sdk::Host host);
    /// What of the input still waits is lost: the gateway stops it.
    void remove(InputKey input);

    /// Takes everything in `out` and leaves it empty; emits what is due.
    void deliver(PollerOutput& out, MonotonicTime now);
    /// Emits what is due.
    void flush(MonotonicTime now);
    /// When flush() should be called; nothing when nothing waits.
    [[nodiscard]] std::optional<MonotonicTime> flush_at() const;
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Member {
        sdk::Host host;
        std::vector<wire::DeviceReadings> waiting;
        std::size_t readings = 0;  ///< in waiting
        MonotonicTime not_before{};
        bool dropping = false;
    };
    void flush(Member& member, MonotonicTime now);
    bool emit_first(Member& member);
    void keep_within_limit(Member& member);

    std::map<InputKey, Member> members_;
    std::uint64_t dropped_ = 0;
};

}  // namespace fieldway::modbus
