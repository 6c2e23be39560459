#include "modbus/unit_state.h"

#include <utility>

namespace fieldway::modbus {

bool UnitState::on_answer() {
    silences_ = 0;
    backoff_.ease();
    return std::exchange(health_, Health::up) != Health::up;
}

bool UnitState::on_silence(MonotonicTime now, Random& random) {
    ++silences_;
    if (silences_ < silences_until_down) return false;
    probe_at_ = now + backoff_.next(random);
    return std::exchange(health_, Health::down) != Health::down;
}

void UnitState::forget() {
    health_ = Health::unknown;
    silences_ = 0;
    backoff_.reset();
}

}  // namespace fieldway::modbus
