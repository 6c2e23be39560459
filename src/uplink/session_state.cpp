#include "uplink/session_state.h"

namespace fieldway::uplink {

std::string_view name_of(SessionState state) {
    switch (state) {
        case SessionState::waiting:
            return "waiting";
        case SessionState::connecting:
            return "connecting";
        case SessionState::up:
            return "up";
        case SessionState::renewing:
            return "renewing";
        case SessionState::refused:
            return "refused";
        case SessionState::taken_over:
            return "taken-over";
        case SessionState::clock:
            return "clock";
        case SessionState::held:
            return "held";
        case SessionState::stopping:
            return "stopping";
        case SessionState::stopped:
            return "stopped";
    }
    return "?";
}

}  // namespace fieldway::uplink
