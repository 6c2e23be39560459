// Which device may send the next message of its backlog, and when: `queue.backlog_rate` over all
// devices, by turns. Pure.
//
// Turns are by bytes: each message is as far behind its device's last one as that one was long
// (start-time fair queueing). Like a deficit round robin it gives a device with messages of 100
// bytes and one with messages of 100 kB the same bytes, but without rounds: what a choice costs
// does not depend on how large messages are, and a device with small ones sends no burst in its
// turn.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "base/clock.h"
#include "queue/drain_order.h"
#include "uplink/place.h"
#include "uplink/rate_window.h"

namespace fieldway::uplink {

/// Lanes go first as in a device (queue::DrainOrder), devices take turns within a lane. Only who
/// waits costs anything: a device without a session, with an empty backlog or a full window is not
/// here. Limits: a session waits once for each of its streams. Thread: core.
class BacklogGate {
  public:
    using Ticket = std::uint64_t;  ///< names a session
    struct Pass {
        Ticket ticket = 0;
        Stream stream;
        friend auto operator<=>(const Pass&, const Pass&) = default;
    };

    /// Messages a second over all devices; 0: no limit.
    explicit BacklogGate(double per_second) : rate_(per_second) {}

    /// The session wants to send a message of so many bytes. True: it may at once. Otherwise it is
    /// in due() when it is its turn. Who waits already stays at its place.
    bool ask(MonotonicTime now, const Pass& pass, std::size_t bytes);
    /// It does not want to any more; its turns are forgotten.
    void leave(Ticket ticket);
    /// The one that may send now, taken out of the line.
    std::optional<Pass> due(MonotonicTime now);
    /// When due() has one; nothing while nobody waits.
    [[nodiscard]] std::optional<MonotonicTime> next() const;

  private:
    /// In bytes that were let through, as a clock that each lane has of its own.
    using Turn = std::uint64_t;
    struct Waiting {
        Turn turn = 0;
        std::uint64_t arrival = 0;  // among equals the first
        Pass pass;
        std::size_t bytes = 0;
        friend bool operator<(const Waiting& a, const Waiting& b) {
            return a.turn != b.turn ? a.turn < b.turn : a.arrival < b.arrival;
        }
    };
    struct Line {
        Turn now = 0;  // of the one that was let through last
        std::set<Waiting> waiting;
        std::map<Ticket, Turn> next;  // where each session stands, if that is ahead of now
    };

    Turn turn_of(const Line& line, Ticket ticket) const;
    void let_through(MonotonicTime now, Line& line, const Waiting& one);

    RateWindow rate_;
    queue::DrainOrder lanes_;
    std::array<Line, all_lanes.size()> lines_;
    std::map<Pass, Waiting> passes_;  // who waits
    std::uint64_t arrivals_ = 0;
    MonotonicTime asked_at_{};
};

}  // namespace fieldway::uplink
