// Whether the device behind a unit number answers, and when one that does not is tried again. Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/backoff.h"
#include "base/clock.h"

namespace fieldway::modbus {

/// Silence is a request without an answer (or a gateway's exception 0A or 0B, which says the same).
/// Exceptions are answers. The wait of one that comes and goes stays long: each answer takes back
/// no more than one silence, so that it does not cost the others more than a dead one. Thread: the
/// line's own.
class UnitState {
  public:
    enum class Health : std::uint8_t { unknown, up, down };

    /// One lost frame is noise, two in a row are a device that is not there.
    static constexpr unsigned silences_until_down = 2;
    static constexpr Duration first_wait = std::chrono::seconds(1);
    static constexpr Duration longest_wait = std::chrono::seconds(30);
    static constexpr Duration least_wait = std::chrono::milliseconds(200);

    /// True when this is the change to up.
    bool on_answer();
    /// True when this is the change to down. While down each one makes the wait longer.
    bool on_silence(MonotonicTime now, Random& random);
    /// Nothing is known any more: the line was down.
    void forget();

    [[nodiscard]] Health health() const { return health_; }
    /// In a row.
    [[nodiscard]] unsigned silences() const { return silences_; }
    /// While down: when to ask next, with one request.
    [[nodiscard]] MonotonicTime probe_at() const { return probe_at_; }

  private:
    Health health_ = Health::unknown;
    unsigned silences_ = 0;
    Backoff backoff_{first_wait, longest_wait, least_wait};
    MonotonicTime probe_at_{};
};

}  // namespace fieldway::modbus
