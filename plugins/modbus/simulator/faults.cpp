#include "modbus/simulator/faults.h"

namespace fieldway::modbus::simulator {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, fault_kinds> names = {
    "silent",       "delay",      "late",
    "exception",    "wrong_unit", "wrong_function",
    "wrong_length", "wrong_crc",  "wrong_transaction",
    "truncated",    "byte_loss",  "noise",
    "duplicated",   "glued",      "foreign",
    "other_master", "trickle",    "closed",
    "stuck",        "unplugged",
};

}  // namespace

std::string_view name_of(FaultKind kind) {
    return names[static_cast<std::size_t>(kind)];
}

std::array<FaultOptions::Fault, fault_kinds> FaultOptions::defaults() {
    std::array<Fault, fault_kinds> faults{};
    const auto at = [&faults](FaultKind kind) -> Fault& {
        return faults[static_cast<std::size_t>(kind)];
    };
    at(FaultKind::delay).wait = 100ms;
    at(FaultKind::late).wait = 800ms;
    at(FaultKind::trickle).wait = 20ms;
    at(FaultKind::unplugged).wait = 1s;
    return faults;
}

std::optional<Faults::Chosen> Faults::next() {
    double drawn = std::uniform_real_distribution<double>(0, 1)(random_);
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const FaultOptions::Fault& fault = options_.faults[i];
        if (drawn < fault.rate) {
            Chosen chosen{static_cast<FaultKind>(i), fault.wait, fault.code, random_()};
            if (fault.most > fault.wait) {
                std::uniform_int_distribution<Duration::rep> between(fault.wait.count(),
                                                                     fault.most.count());
                chosen.wait = Duration(between(random_));
            }
            return chosen;
        }
        drawn -= fault.rate;
    }
    return std::nullopt;
}

}  // namespace fieldway::modbus::simulator
