// What plugins' threads hand to the core: one queue, in order, with a limit and one wake-up a
// batch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "flow/reading.h"
#include "plugin_api/wire.h"

namespace fieldway::input {

struct Emission {
    std::vector<Readings> readings;
    std::uint64_t token = 0;
};

/// One call of a plugin to the host. `origin` is the incarnation of the input that it was made for.
struct PluginEvent {
    std::uint64_t origin = 0;
    std::variant<Emission, wire::State, wire::Outcome> what;
};

/// Thread: any. `mutex_` guards everything below it; it is never held across anything but moves.
class IntakeQueue {
  public:
    /// States and answers may be lost less than readings, which a plugin can emit again: they get
    /// this much more room.
    static constexpr std::size_t room_for_events = 4096;

    explicit IntakeQueue(std::size_t limit) : limit_(limit) {}

    enum class Push : std::uint8_t {
        wake,   ///< taken; the caller wakes the reader
        taken,  ///< taken; the reader has been woken before
        full,   ///< not taken, and counted
    };

    Push push(PluginEvent event) {
        const bool is_emission = std::holds_alternative<Emission>(event.what);
        const std::lock_guard lock(mutex_);
        if (events_.size() >= (is_emission ? limit_ : limit_ + room_for_events)) {
            ++refused_;
            return Push::full;
        }
        events_.push_back(std::move(event));
        return std::exchange(awake_, true) ? Push::taken : Push::wake;
    }

    /// The oldest, at most `most`. The reader takes again until it gets none: only then does the
    /// next push wake it.
    std::vector<PluginEvent> take(std::size_t most) {
        const std::lock_guard lock(mutex_);
        const auto end =
            events_.begin() + static_cast<std::ptrdiff_t>(std::min(most, events_.size()));
        std::vector<PluginEvent> taken(std::make_move_iterator(events_.begin()),
                                       std::make_move_iterator(end));
        events_.erase(events_.begin(), end);
        if (taken.empty()) awake_ = false;
        return taken;
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return events_.size();
    }
    [[nodiscard]] std::uint64_t refused() const {
        const std::lock_guard lock(mutex_);
        return refused_;
    }

  private:
    const std::size_t limit_;
    mutable std::mutex mutex_;
    std::deque<PluginEvent> events_;
    bool awake_ = false;
    std::uint64_t refused_ = 0;
};

}  // namespace fieldway::input
