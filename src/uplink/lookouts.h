// Which session of each uplink looks out while its broker cannot be reached: one that tries often,
// so that the others, whose waits have grown long, come back with it. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "uplink/session_state.h"

namespace fieldway::uplink {

/// Thread: core.
class Lookouts {
  public:
    using Ticket = std::uint64_t;

    struct Orders {
        std::optional<Ticket> look_out;  ///< this session is to look out from now on
        std::vector<Ticket> back;        ///< these are to be told that the broker is back
    };
    Orders changed(const std::string& uplink, Ticket ticket, SessionState state);

  private:
    struct Watch {
        std::set<Ticket> waiting;
        std::optional<Ticket> lookout;
    };
    static Orders choose(Watch& watch);

    std::map<std::string, Watch> watches_;  ///< by uplink
};

}  // namespace fieldway::uplink
