#include "modbus/poller.h"

#include "modbus/poller_core.h"

namespace fieldway::modbus {

Poller::Poller(const LineOptions& line, Random random)
    : core_(std::make_unique<Core>(line, random)) {}
Poller::~Poller() = default;

void Poller::apply(InputKey input, const std::vector<DeviceOptions>& devices, MonotonicTime now,
                   PollerOutput& out) {
    core_->apply(input, devices, now, out);
}
void Poller::remove(InputKey input, PollerOutput& out) {
    core_->remove(input, out);
}
void Poller::submit(InputKey input, const wire::Command& command, MonotonicTime now,
                    PollerOutput& out) {
    core_->submit(input, command, now, out);
}
void Poller::line_up(MonotonicTime now, PollerOutput& out) {
    core_->line_up(now, out);
}
void Poller::line_down(std::string_view reason, MonotonicTime now, PollerOutput& out) {
    core_->line_down(reason, now, out);
}
Step Poller::next(Timestamp now, PollerOutput& out) {
    return core_->next(now, out);
}
void Poller::done(const Reply& reply, PollerOutput& out) {
    core_->done(reply, out);
}
void Poller::late_answer_seen(std::uint8_t unit, ByteView pdu, MonotonicTime now,
                              PollerOutput& out) {
    core_->late_answer_seen(unit, pdu, now, out);
}
std::uint64_t Poller::answers_beyond_window() const {
    return core_->answers_beyond_window();
}
bool Poller::in_flight() const {
    return core_->in_flight();
}
unsigned Poller::silent_requests() const {
    return core_->silent_requests();
}

}  // namespace fieldway::modbus
