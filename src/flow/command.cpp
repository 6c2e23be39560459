#include "flow/command.h"

namespace fieldway {

std::string_view name_of(CommandOutcome::Status status) {
    switch (status) {
        case CommandOutcome::Status::done:
            return "done";
        case CommandOutcome::Status::refused:
            return "refused";
        case CommandOutcome::Status::failed:
            return "failed";
        case CommandOutcome::Status::expired:
            return "expired";
    }
    return "?";
}

}  // namespace fieldway
