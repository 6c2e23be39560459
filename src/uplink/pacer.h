// Who may connect when: so many connects a second per uplink, and so many per process. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace fieldway::uplink {

/// Sessions wait in line per uplink and are let through evenly spaced, without bursts: a broker
/// that comes back is met by a queue, not by a fleet. An uplink that waits for its own rate takes
/// nothing from the others.
class ConnectPacer {
  public:
    using Ticket = std::uint64_t;

    /// Connects a second over all uplinks; 0: no limit.
    explicit ConnectPacer(double per_second) : gap_(gap_of(per_second)) {}

    /// One more that wants to connect. The rate is the uplink's, 0 for none.
    void enter(const std::string& uplink, double per_second, Ticket ticket);
    /// It does not want to any more.
    void leave(Ticket ticket);
    /// Those who may connect now, in order of arrival per uplink; uplinks take turns.
    std::vector<Ticket> due(MonotonicTime now);
    /// When due() should be asked again; nothing when nobody waits.
    [[nodiscard]] std::optional<MonotonicTime> next() const;

  private:
    struct Line {
        Duration gap{};
        MonotonicTime next{};
        std::deque<Ticket> waiting;  // bounded by the configured sessions
    };
    static Duration gap_of(double per_second);
    /// The line whose turn is first, or end.
    std::map<std::string, Line>::iterator first_line();

    Duration gap_;
    MonotonicTime next_{};
    std::map<std::string, Line> lines_;  // by uplink
};

}  // namespace fieldway::uplink
