// Which record of a device is looked for next: lanes, live and stored parts, the backlog's gate.
// Pure.
//
// What was made before the connect is BACKLOG, what is made after it is LIVE. A stream in order is
// one part: backlog, then live. One that is live first is two, each in order, and its live part
// goes ahead.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "queue/drain_order.h"
#include "uplink/place.h"

namespace fieldway::uplink {

/// Within a lane in this order, with a floor as between lanes.
enum class Part : std::uint8_t {
    live,      ///< of a stream that is live first
    in_order,  ///< of a stream in order, all of it
    backlog,   ///< of a stream that is live first
};
inline constexpr std::size_t part_count = 3;

/// Thread: core (any, but one at a time).
class Drawing {
  public:
    /// The first record of `part` after `after` is wanted.
    struct Look {
        Lane lane = Lane::telemetry;
        Part part = Part::in_order;
        Sequence after = 0;
        [[nodiscard]] Stream stream() const {
            return {lane, part == Part::in_order ? Drain::in_order : Drain::live_first};
        }
    };
    enum class Found : std::uint8_t {
        send,      ///< it may go
        ask,       ///< it is backlog: the gate has to be asked; it is found again later
        not_here,  ///< it is live, and this is the backlog's part
    };

    /// A connection is up; `newest` is what each stream gave out last. `kept`: what was drawn is in
    /// flight still, and drawing goes on behind it.
    void begin(const Sequences& newest, bool kept);
    /// The connection is gone: nobody waits at the gate any more. True: somebody did.
    bool end();
    /// What waited up to `newest` is backlog, too: something else than the connection held it up.
    void waited(const Sequences& newest);
    /// The stream may have records.
    void arrived(Stream stream);

    [[nodiscard]] bool anything() const;
    /// Where to look now.
    [[nodiscard]] std::optional<Look> next() const;
    /// What the look showed: no record yet, or this one.
    void nothing(const Look& look);
    Found found(const Look& look, Sequence sequence);
    /// It was found, and is held back or gone already: drawing goes on behind it.
    void pass_over(const Look& look, Sequence sequence);
    /// It was found before and is not decided: drawing goes back to it. Those behind it that are in
    /// flight are passed over as they are found.
    void again_from(const Place& place);
    /// The gate lets one record of this stream's backlog through.
    void granted(Stream stream);

  private:
    enum class Gate : std::uint8_t { closed, asked, open };
    struct Cursor {
        Sequence after = 0;
        bool ready = true;  // there may be a record
        Gate gate = Gate::closed;
        [[nodiscard]] bool may_look() const { return ready && gate != Gate::asked; }
    };
    Cursor& at(Lane lane, Part part) {
        return cursors_[index_of(lane)][static_cast<std::size_t>(part)];
    }
    using Parts = std::array<bool, part_count>;
    struct Waiting {
        queue::DrainOrder::Waiting lanes{};
        std::array<Parts, all_lanes.size()> parts{};
    };
    /// Where a look may find something.
    [[nodiscard]] Waiting waiting() const;
    [[nodiscard]] Sequence mark_of(const Look& look) const {
        return marks_[index_of(look.stream())];
    }

    std::array<std::array<Cursor, part_count>, all_lanes.size()> cursors_;
    Sequences marks_{};  // the newest at the connect, or of what waited
    queue::DrainOrder lanes_;
    std::array<queue::FlooredOrder<part_count>, all_lanes.size()> parts_;
};

}  // namespace fieldway::uplink
