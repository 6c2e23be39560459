// Where a session stands, as its machine decides and people are shown.
#pragma once

#include <cstdint>
#include <string_view>

namespace fieldway::uplink {

enum class SessionState : std::uint8_t {
    waiting,  ///< until the next try to connect
    connecting,
    up,
    renewing,    ///< a connection with a new token takes the place of the one before
    refused,     ///< the broker refused the login: long waits
    taken_over,  ///< another client uses this client id: long waits
    clock,       ///< the machine's clock may be why the login cannot work, or did not: long waits
    held,        ///< the broker refuses what the device publishes: long waits
    stopping,    ///< waits for open acknowledgements
    stopped,
};
std::string_view name_of(SessionState state);

}  // namespace fieldway::uplink
