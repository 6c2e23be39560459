// What a device refused to read at once, as far as it is still believed. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "modbus/request_plan.h"

namespace fieldway::modbus {

/// Whatever holds a refused span is refused too, so only the smallest ones are kept; what was
/// answered is no longer believed. A span of one point is a bad address, which is tried on its own
/// again and again. A span of several points each of which is answered is a hole between them, or
/// more than the device reads at once: that is believed for a while only, and longer each time it
/// proves right. Thread: the line's own.
class Refusals {
  public:
    static constexpr Duration first_belief = std::chrono::minutes(10);
    static constexpr Duration longest_belief = std::chrono::hours(24);
    /// How often the pieces of a device are put together anew before they stay as they are.
    static constexpr unsigned most_rejoins = 4;

    void add_block(const AddressSpan& span, MonotonicTime now);
    void add_point(const AddressSpan& span);
    /// True when something is no longer believed.
    bool answered(const AddressSpan& span);
    /// When what is not a point is to be tried again.
    [[nodiscard]] std::optional<MonotonicTime> doubt_at() const { return doubt_at_; }
    /// Only points are believed from now on.
    void doubt();
    /// False when it was done so often that the pieces stay as they are until something is
    /// doubted.
    bool may_rejoin() { return rejoins_++ < most_rejoins; }

    [[nodiscard]] bool empty() const { return points_.empty() && blocks_.empty(); }
    [[nodiscard]] std::vector<AddressSpan> spans() const;

  private:
    std::vector<AddressSpan> points_;
    std::vector<AddressSpan> blocks_;  ///< none holds another one, or a point
    std::optional<MonotonicTime> doubt_at_;
    Duration belief_ = first_belief;
    unsigned rejoins_ = 0;
};

}  // namespace fieldway::modbus
