#include "modbus/simulator/faults.h"

namespace fieldway::modbus::simulator {

using namespace std::chrono_literals;

std::string_view name_of(FaultKind kind) {
    switch (kind) {
        case FaultKind::silent:
            return "silent";
        case FaultKind::delay:
            return "delay";
        case FaultKind::late:
            return "late";
        case FaultKind::exception:
            return "exception";
        case FaultKind::wrong_unit:
            return "wrong_unit";
        case FaultKind::wrong_crc:
            return "wrong_crc";
        case FaultKind::wrong_transaction:
            return "wrong_transaction";
    }
    return "?";
}

std::array<FaultOptions::Fault, fault_kinds> FaultOptions::defaults() {
    std::array<Fault, fault_kinds> faults{};
    faults[static_cast<std::size_t>(FaultKind::delay)].wait = 100ms;
    faults[static_cast<std::size_t>(FaultKind::late)].wait = 800ms;
    return faults;
}

std::optional<Faults::Chosen> Faults::next() {
    double drawn = std::uniform_real_distribution<double>(0, 1)(random_);
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const FaultOptions::Fault& fault = options_.faults[i];
        if (drawn < fault.rate) return Chosen{static_cast<FaultKind>(i), fault};
        drawn -= fault.rate;
    }
    return std::nullopt;
}

}  // namespace fieldway::modbus::simulator
