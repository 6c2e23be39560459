#include "modbus/probe/probe_bus.h"

#include <cassert>
#include <iterator>
#include <thread>
#include <utility>

namespace fieldway::modbus {

ProbeBus::ProbeBus(std::unique_ptr<AskingLine> line, const LineOptions& options, Rights rights,
                   const Clock& clock, GoOn go_on, Pause pause)
    : line_(std::move(line)),
      pause_between_(options.pause),
      rights_(rights),
      clock_(clock),
      go_on_(std::move(go_on)),
      pause_(std::move(pause)),
      expected_(options.late_window) {}

Result<> ProbeBus::open() {
    return line_->is_open() ? Result<>() : line_->open();
}

Reply ProbeBus::ask(const Request& request, Duration timeout) {
    assert(rights_ == Rights::may_write || !is_write(request.function));
    Reply reply;
    reply.kind = Reply::Kind::lost;
    reply.late_possible = false;
    if (ended_ || !go_on_()) {
        ended_ = true;
        reply.reason = "stopped";
        return reply;
    }
    if (const Result<> opened = open(); !opened) {
        reply.reason = opened.error().sentence();
        return reply;
    }
    wait_for_late_window(request);
    reply = line_->ask(request, timeout);
    note_late();
    const Request& sent = reply.sent.value_or(request);
    if (reply.kind == Reply::Kind::exception &&
        expected_.exception_may_be_late(sent, clock_.monotonic())) {
        reply.kind = Reply::Kind::bad_answer;
        reply.reason =
            exception_text(reply.exception) + "; it may be the late answer to the request before";
    }
    const bool unanswered =
        reply.kind == Reply::Kind::timeout || reply.kind == Reply::Kind::bad_answer;
    if (unanswered && reply.late_possible) {
        expected_.expect(sent, clock_.monotonic());
    }
    if (pause_between_ > Duration::zero()) pause_(pause_between_);
    return reply;
}

/// What comes meanwhile stays in the driver and is taken before the next request is sent.
void ProbeBus::wait_for_late_window(const Request& request) {
    const MonotonicTime now = clock_.monotonic();
    const MonotonicTime free = expected_.free_at(request, now);
    if (free > now) pause_(free - now);
}

void ProbeBus::note_late() {
    std::vector<LateAnswer> late = line_->take_late();
    for (const LateAnswer& answer : late)
        expected_.seen(answer.unit, answer.pdu, clock_.monotonic());
    late_.insert(late_.end(), std::make_move_iterator(late.begin()),
                 std::make_move_iterator(late.end()));
}

std::vector<LateAnswer> ProbeBus::take_late() {
    return std::exchange(late_, {});
}

ProbeBus make_probe_bus(const LineOptions& options, ProbeBus::Rights rights, const Clock& clock,
                        ProbeBus::GoOn go_on) {
    return {make_asking_line(options, clock),
            options,
            rights,
            clock,
            std::move(go_on),
            [](Duration time) { std::this_thread::sleep_for(time); }};
}

}  // namespace fieldway::modbus
