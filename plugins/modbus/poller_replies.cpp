// What follows from replies.
#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "modbus/device_report.h"
#include "modbus/poller_core.h"

namespace fieldway::modbus {
namespace {

/// A dead unit gets a twentieth of the line (design: 5 % in all) while another one answers.
constexpr int probe_share = 20;
/// Those of which nothing is known yet, half of it; of them those that were silent once, a quarter:
/// so that whoever is there is found before the others are asked again.
constexpr int untried_share = 2;
constexpr int retry_share = 4;
/// A block is left alone for a while, or split, after so many exceptions, or tries without an
/// answer, in a row.
constexpr unsigned exceptions_until_skip = 3;
constexpr unsigned silences_until_skip = 4;
constexpr unsigned silences_of_piece = 2;
constexpr Duration exception_skip = std::chrono::minutes(1);

/// A gateway says that the device behind it did not answer.
bool is_gateway_silence(const Reply& reply) {
    return reply.kind == Reply::Kind::exception && is_gateway_exception(reply.exception);
}
bool is_answer(const Reply& reply) {
    return reply.kind == Reply::Kind::answer ||
           (reply.kind == Reply::Kind::exception && !is_gateway_silence(reply));
}
/// The device does not have what was asked for (or not so much at once).
bool is_refusal(const Reply& reply) {
    return reply.kind == Reply::Kind::exception && reply.exception >= 1 && reply.exception <= 3;
}

/// The device is at something else; what was asked for may well be there. Others say 04 to what
/// they do not have.
bool is_transient(const Reply& reply) {
    return reply.exception == 5 || reply.exception == 6;
}

}  // namespace

Reply Poller::Core::judged(const InFlight& asked, const Reply& reply) {
    const MonotonicTime now = reply.time.monotonic;
    const Request& sent = reply.sent.value_or(asked.request);
    Reply judged = reply;
    if (reply.kind == Reply::Kind::exception && late_.exception_may_be_late(sent, now)) {
        judged.kind = Reply::Kind::bad_answer;
        judged.reason =
            exception_text(reply.exception) + "; it may be the late answer to the request before";
    }
    const bool unanswered =
        judged.kind == Reply::Kind::timeout || judged.kind == Reply::Kind::bad_answer;
    if (unanswered && reply.late_possible) late_.expect(sent, now);
    return judged;
}

void Poller::Core::done(const Reply& given, PollerOutput& out) {
    assert(in_flight_);
    const InFlight asked = *std::exchange(in_flight_, std::nullopt);
    const Reply reply = judged(asked, given);
    free_at_ = reply.time.monotonic + line_.pause;
    if (reply.kind == Reply::Kind::timeout) {
        ++silent_requests_;
    } else if (reply.kind != Reply::Kind::lost) {
        silent_requests_ = 0;
    }
    answered_ = answered_ || is_answer(reply);
    if (report_.add(reply.time.monotonic - asked.sent, reply.time.monotonic)) {
        report_figures(reply.time.monotonic, out);
    }
    if (LineUnit* unit = table_.unit(asked.request.unit)) note_unit(*unit, asked, reply, out);
    if (asked.asker == Asker::poll) return block_done(asked, reply, out);
    if (asked.asker == Asker::probe) return;  // it told what it was to tell
    CommandRun& run = commands_.front();
    if (!run.done(asked.request, reply, line_.timeout)) return;
    finish(run, out);
    commands_.pop_front();
}

void Poller::Core::note_unit(LineUnit& unit, const InFlight& asked, const Reply& reply,
                             PollerOutput& out) {
    const MonotonicTime now = reply.time.monotonic;
    if (reply.kind == Reply::Kind::lost) return;  // a line that is up again waits on its own
    if (is_answer(reply)) {
        unit.not_before = now + unit.pause;
        unit.answered_at = now;
        unit_answered(unit, now, out);
        return;
    }
    unit.not_before = now + unit.pause;
    unit_silent(unit, asked, reply, out);
    // One that is down is asked by probes, of whatever shape is next.
    if (unit.state.health() == UnitState::Health::down) {
        unit.not_before = std::max(unit.not_before, late_.last_of(unit.number, now).value_or(now));
    }
}

void Poller::Core::unit_answered(LineUnit& unit, MonotonicTime now, PollerOutput& out) {
    const bool was_down = unit.state.health() == UnitState::Health::down;
    if (!unit.state.on_answer()) return;
    unit.reason.clear();
    table_.each_device([&](LineDevice& device) {
        if (device.unit != &unit) return;
        report_alive(device, {}, out);
        for (const PollSchedule::Id id : device.blocks)
            table_.block(id).answered_at = {};  // the time in which it was down is no period
    });
    if (was_down) table_.bring_forward(&unit, now);
}

void Poller::Core::measure(const InFlight& asked, const Reply& reply) {
    LineUnit* unit = table_.unit(asked.request.unit);
    const PollBlock* block = table_.find(asked.block, asked.serial);
    if (unit == nullptr || block == nullptr || reply.sent) return;
    const MonotonicTime now = reply.time.monotonic;
    const Duration on_wire = table_.cost().on_wire(block->area, asked.request.count);
    if (unit->turn_around.add(now - asked.sent - on_wire)) table_.replan(*unit, now);
}

/// The state as it is, with new details.
void Poller::Core::report_figures(MonotonicTime now, PollerOutput& out) {
    for (const InputKey input : inputs_) {
        std::string details = report_.details(input, table_);
        if (details.empty()) continue;
        out.states.push_back({input, {false, 0, wire::InputState::up, {}, std::move(details)}});
    }
    report_.begin(now);
}

void Poller::Core::unit_silent(LineUnit& unit, const InFlight& asked, const Reply& reply,
                               PollerOutput& out) {
    const MonotonicTime now = reply.time.monotonic;
    if (others_answer(unit)) {
        const Duration cost = now - asked.sent;
        untried_allowed_at_ = now + (untried_share - 1) * cost;
        retries_allowed_at_ = now + (retry_share - 1) * cost;
        if (asked.asker == Asker::probe) probes_allowed_at_ = now + (probe_share - 1) * cost;
    }
    if (!table_.is_polled(unit)) return;  // nobody would find out that it is back
    if (!unit.state.on_silence(now, random_)) return;
    unit.reason = failure_text(reply, line_.timeout);
    table_.each_device([&](LineDevice& device) {
        if (device.unit == &unit) report_down(device, unit.reason, out);
    });
    // What waits for it is answered at once, with the reason; the one in hand by its own reply.
    const CommandRun* in_hand = asked.asker == Asker::command ? &commands_.front() : nullptr;
    const auto waits_for_it = [&unit, in_hand](const CommandRun& run) {
        return &run != in_hand && run.unit() == unit.number;
    };
    if (std::any_of(commands_.begin(), commands_.end(), waits_for_it)) {
        end_commands(waits_for_it, wire::OutcomeStatus::refused, not_sent(unit), out);
    }
}

bool Poller::Core::others_answer(const LineUnit& unit) {
    bool found = false;
    table_.each_unit([&](const LineUnit& other) {
        found = found || (&other != &unit && other.state.health() == UnitState::Health::up);
    });
    return found;
}

void Poller::Core::block_done(const InFlight& asked, const Reply& reply, PollerOutput& out) {
    if (table_.find(asked.block, asked.serial) == nullptr) {
        return;  // removed or planned anew while the request was on its way
    }
    if (reply.kind == Reply::Kind::answer) {
        block_answered(asked.block, asked, reply, out);
        measure(asked, reply);
    } else if (is_answer(reply)) {
        block_refused(asked.block, reply, out);
    } else if (reply.kind == Reply::Kind::lost && answered_) {
        // Some servers close after each answer: that says nothing about what was asked next. When
        // the new connection breaks before any answer, it does.
        table_.schedule().bring_forward(asked.block, reply.time.monotonic);
    } else {
        block_silent(asked.block, reply, out);
    }
}

void Poller::Core::block_answered(PollSchedule::Id id, const InFlight& asked, const Reply& reply,
                                  PollerOutput& out) {
    PollBlock& block = table_.block(id);
    block.note_answer(reply.time.monotonic);
    report_answer(block, asked.request, reply, out);
    table_.believe_answer(id, reply.time.monotonic);
}

void Poller::Core::block_refused(PollSchedule::Id id, const Reply& reply, PollerOutput& out) {
    PollBlock& block = table_.block(id);
    const MonotonicTime now = reply.time.monotonic;
    ++block.exceptions;
    block.silences = 0;
    block.timeouts = 0;
    if (!block.is_one_place() && !is_transient(reply)) {
        // Once more whole, since one odd exception is no reason to ask otherwise from now on.
        if (!block.piece && block.exceptions == 1) return table_.schedule().bring_forward(id, now);
        return table_.split(id, now);
    }
    const PointOptions& first = block.device->options.points[block.points.front()];
    block.reason = fmt::format("{}: {}", first.name, exception_text(reply.exception));
    const bool at_fault = block.piece || block.isolated;
    // Of a device that was split there are many requests: each that fails must not cost a turn.
    if ((is_refusal(reply) || (at_fault && !is_transient(reply))) &&
        block.exceptions >= exceptions_until_skip) {
        block.skip_until = now + exception_skip;
    }
    mark_failing(block);
    report_bad(block, block.reason, reply.time, out);
    report_alive(*block.device, block.reason, out);
    if (block.piece && !is_transient(reply)) table_.isolate(id, now);
}

void Poller::Core::block_silent(PollSchedule::Id id, const Reply& reply, PollerOutput& out) {
    PollBlock& block = table_.block(id);
    const MonotonicTime now = reply.time.monotonic;
    LineUnit& unit = *block.device->unit;
    const bool down = unit.state.health() == UnitState::Health::down;
    if (block.silences++ == 0) block.silent_since = now;
    // Noise leaves damaged answers now and then: only what is never answered counts as a refusal.
    block.timeouts = reply.kind == Reply::Kind::timeout ? block.timeouts + 1 : 0;
    const unsigned enough = block.piece ? silences_of_piece : silences_until_skip;
    const bool others_are_answered = unit.answered_at > block.silent_since;
    if (block.timeouts >= enough && others_are_answered && !block.is_one_place()) {
        return table_.split(id, now);
    }
    if (block.silences % 2 == 1 && !down) {
        // Once more, after the others. Another block of the unit tells whether it is there at all:
        // some devices are silent about what they do not have.
        table_.schedule().bring_forward(id, now);
        const auto other = table_.another_block(unit, id);
        if (other) table_.schedule().bring_forward(*other, now);
        return;
    }
    block.reason = failure_text(reply, line_.timeout);
    const bool isolated = block.piece && block.timeouts >= enough && others_are_answered;
    if (!down && (isolated || block.silences >= silences_until_skip)) {
        block.skip_until = now + probe_share * line_.timeout;
        mark_failing(block);
        report_alive(*block.device, block.reason, out);
    }
    report_bad(block, block.reason, reply.time, out);
    if (isolated) table_.isolate(id, now);
}

}  // namespace fieldway::modbus
