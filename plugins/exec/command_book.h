// Commands that a program was given and has not answered: each is answered once, in any order.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "exec/line_protocol.h"
#include "plugin_api/wire.h"

namespace fieldway::exec {

inline constexpr std::size_t most_open_commands = 256;

class CommandBook {
  public:
    [[nodiscard]] bool full() const { return open_.size() >= most_open_commands; }
    [[nodiscard]] bool waits_for(std::uint64_t number) const { return open_.contains(number); }
    [[nodiscard]] std::size_t size() const { return open_.size(); }

    /// Written to the program; not full(), and no other of this number waits.
    void add(std::uint64_t number, MonotonicTime expires) { open_.emplace(number, expires); }

    /// What the program's answer means, or nothing when no command of this name waits: never one,
    /// or too late.
    std::optional<wire::Outcome> answer(const AnswerLine& line);

    /// Those whose time is over. The program has them: whether it acts is not known, so they
    /// failed.
    std::vector<wire::Outcome> expire(MonotonicTime now);
    [[nodiscard]] std::optional<MonotonicTime> next_expiry() const;

    /// The program is gone.
    std::vector<wire::Outcome> fail_all(std::string_view reason);

  private:
    std::map<std::uint64_t, MonotonicTime> open_;
};

}  // namespace fieldway::exec
