// Inputs, commands, and what to ask next.
#include "modbus/poller_core.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "modbus/device_report.h"

namespace fieldway::modbus {
namespace {

/// So many commands in a row go ahead of a poll that is due.
constexpr unsigned most_commands_in_a_row = 8;
constexpr MonotonicTime never = MonotonicTime::max();

}  // namespace

void Poller::Core::apply(InputKey input, const std::vector<DeviceOptions>& devices,
                         MonotonicTime now, PollerOutput& out) {
    table_.apply(input, devices, now);
    const bool is_new = inputs_.insert(input).second;
    if (health_ == LineHealth::up && is_new) report_input(input, wire::InputState::up, {}, out);
    if (health_ != LineHealth::down) return;
    if (is_new) report_input(input, wire::InputState::down, line_reason_, out);
    table_.each_device([&](LineDevice& device) {
        if (device.input == input) report_down(device, line_reason_, out);
    });
}

void Poller::Core::remove(InputKey input, PollerOutput& out) {
    table_.remove(input);
    inputs_.erase(input);
    const bool current =
        in_flight_ && in_flight_->asker == Asker::command && commands_.front().input() == input;
    if (current) in_flight_->asker = Asker::probe;  // its reply is of no use to anybody else
    end_commands([input](const CommandRun& run) { return run.input() == input; },
                 wire::OutcomeStatus::failed, "the input was stopped before the command was done",
                 out);
}

void Poller::Core::submit(InputKey input, const wire::Command& command, MonotonicTime now,
                          PollerOutput& out) {
    const auto refuse = [&](wire::OutcomeStatus status, std::string reason) {
        out.outcomes.push_back({input, {command.number, status, std::move(reason), {}, {}}});
    };
    const bool raw = command.kind == wire::CommandKind::scan;  // of whatever unit
    LineDevice* device = raw ? nullptr : table_.device(input, command.device);
    if (!raw && device == nullptr) {
        return refuse(wire::OutcomeStatus::refused, "the input has no such device");
    }
    if (command.expires != MonotonicTime{} && command.expires <= now) {
        return refuse(wire::OutcomeStatus::expired, "its time was over before it was begun");
    }
    Result<CommandRun> run = raw ? CommandRun::make_raw(input, command)
                                 : CommandRun::make(input, device->options, command);
    if (!run) return refuse(wire::OutcomeStatus::refused, run.error().sentence());
    if (health_ == LineHealth::down) return refuse(wire::OutcomeStatus::refused, line_reason_);
    if (device != nullptr && device->unit->state.health() == UnitState::Health::down) {
        return refuse(wire::OutcomeStatus::refused, not_sent(*device->unit));
    }
    if (commands_.size() >= most_waiting_commands) {
        return refuse(wire::OutcomeStatus::refused,
                      fmt::format("{} commands wait already, the limit; try again when some are "
                                  "done",
                                  commands_.size()));
    }
    commands_.push_back(std::move(*run));
}

std::string Poller::Core::not_sent(const LineUnit& unit) {
    return "nothing was sent, as the device is down: " + unit.reason;
}

void Poller::Core::finish(CommandRun& run, PollerOutput& out) {
    out.outcomes.push_back({run.input(), std::move(run.outcome())});
}

void Poller::Core::end_commands(const std::function<bool(const CommandRun&)>& matches,
                                wire::OutcomeStatus if_not_begun, std::string_view reason,
                                PollerOutput& out) {
    std::deque<CommandRun> stay;
    for (CommandRun& run : commands_) {
        if (!matches(run)) {
            stay.push_back(std::move(run));
            continue;
        }
        run.end(run.begun() ? wire::OutcomeStatus::failed : if_not_begun, std::string(reason));
        finish(run, out);
    }
    commands_ = std::move(stay);
}

void Poller::Core::line_up(MonotonicTime now, PollerOutput& out) {
    const LineHealth before = std::exchange(health_, LineHealth::up);
    silent_requests_ = 0;
    answered_ = false;
    // Whoever had the port before may have asked something: its answer must not pass for ours.
    free_at_ = std::max(free_at_, now + line_.late_window);
    late_.forget();
    if (before == LineHealth::up) return;
    line_reason_.clear();
    report_.begin(now);
    for (const InputKey input : inputs_)
        report_input(input, wire::InputState::up, {}, out);
    if (before != LineHealth::down) return;
    table_.bring_forward(nullptr, now);
    // Down were all of them, for the line's reason; one that stays down says so with its own.
    table_.each_device([](LineDevice& device) { device.told.reset(); });
}

void Poller::Core::line_down(std::string_view reason, MonotonicTime, PollerOutput& out) {
    assert(!in_flight_ && "a request in flight is done(lost) first");
    const bool news = health_ != LineHealth::down || line_reason_ != reason;
    health_ = LineHealth::down;
    line_reason_ = reason;
    silent_requests_ = 0;
    late_.forget();
    if (news) {
        for (const InputKey input : inputs_) {
            report_input(input, wire::InputState::down, reason, out);
        }
    }
    table_.each_unit([](LineUnit& unit) {
        unit.state.forget();
        unit.not_before = {};
    });
    table_.each_device([&](LineDevice& device) { report_down(device, reason, out); });
    end_commands([](const CommandRun&) { return true; }, wire::OutcomeStatus::refused, reason, out);
}

void Poller::Core::late_answer_seen(std::uint8_t unit, ByteView pdu, MonotonicTime now,
                                    PollerOutput& out) {
    const LateAnswers::Seen seen = late_.seen(unit, pdu, now);
    LineUnit* known = table_.unit(unit);
    if (!seen.expected || known == nullptr) return;
    if (seen.after) {
        ++beyond_window_;
        if (std::exchange(known->told_beyond_window, true)) return;
        table_.each_device([&](const LineDevice& device) {
            if (device.unit == known) report_beyond_window(device, line_, *seen.after, out);
        });
        return;
    }
    known->not_before = std::min(known->not_before, late_.last_of(unit, now).value_or(now));
    table_.each_device([&](const LineDevice& device) {
        if (device.unit != known) return;
        for (const PollSchedule::Id id : device.blocks) {
            if (table_.block(id).silences % 2 == 1) table_.schedule().bring_forward(id, now);
        }
    });
}

Step Poller::Core::next(Timestamp now, PollerOutput& out) {
    assert(!in_flight_);
    Step step;
    step.again = never;
    if (health_ == LineHealth::starting) return step;
    const MonotonicTime at = now.monotonic;
    if (health_ == LineHealth::up && free_at_ > at) {
        step.again = free_at_;
        return step;
    }
    const bool polls_first = commands_in_a_row_ >= most_commands_in_a_row;
    const bool started = (!polls_first && start_command(at, out)) || start_probe(at) ||
                         start_poll(now, out) || (polls_first && start_command(at, out));
    if (!started) {
        commands_in_a_row_ = 0;
        step.again = ask_again(at);
        return step;
    }
    commands_in_a_row_ = in_flight_->asker == Asker::command ? commands_in_a_row_ + 1 : 0;
    step.request = in_flight_->request;
    step.timeout = line_.timeout;
    return step;
}

bool Poller::Core::start_command(MonotonicTime now, PollerOutput& out) {
    const auto too_late = [now](const CommandRun& run) {
        return !run.begun() && run.expires() != MonotonicTime{} && run.expires() <= now;
    };
    if (std::any_of(commands_.begin(), commands_.end(), too_late)) {
        end_commands(too_late, wire::OutcomeStatus::expired,
                     "its time was over before it was begun", out);
    }
    const auto ready = std::find_if(commands_.begin(), commands_.end(), [&](const CommandRun& run) {
        return free_at(run, now) <= now;
    });
    if (ready == commands_.end()) return false;
    std::rotate(commands_.begin(), ready, ready + 1);
    in_flight_ = InFlight{commands_.front().request(), Asker::command, 0, 0, now};
    return true;
}

bool Poller::Core::start_probe(MonotonicTime now) {
    if (health_ != LineHealth::up || probes_allowed_at_ > now) return false;
    LineUnit* longest_due = nullptr;
    table_.each_unit([&](LineUnit& unit) {
        if (unit.state.health() != UnitState::Health::down || unit.state.probe_at() > now ||
            unit.not_before > now) {
            return;
        }
        if (longest_due == nullptr || unit.state.probe_at() < longest_due->state.probe_at()) {
            longest_due = &unit;
        }
    });
    if (longest_due == nullptr) return false;
    const auto request = table_.probe(*longest_due);
    if (!request) {
        longest_due->state.forget();  // none of its points is polled any more
        return false;
    }
    in_flight_ = InFlight{*request, Asker::probe, 0, 0, now};
    return true;
}

bool Poller::Core::start_poll(Timestamp now, PollerOutput& out) {
    const MonotonicTime at = now.monotonic;
    while (const auto id = table_.schedule().take(at)) {
        PollBlock& block = table_.block(*id);
        LineUnit& unit = *block.device->unit;
        const MonotonicTime free =
            std::max({unit.not_before, late_.free_at(block.request(), at), allowed_at(unit)});
        if (health_ == LineHealth::down) {
            report_bad(block, line_reason_, now, out);
        } else if (unit.state.health() == UnitState::Health::down) {
            report_bad(block, unit.reason, now, out);
        } else if (const auto doubt_at = block.device->refusals.doubt_at();
                   doubt_at && *doubt_at <= at) {
            const std::uint64_t serial = block.serial;
            table_.doubt(*block.device, at);
            if (table_.find(*id, serial) != nullptr) table_.schedule().bring_forward(*id, at);
        } else if (block.skip_until > at) {
            report_bad(block, block.reason, now, out);
        } else if (free > at) {
            table_.schedule().bring_forward(*id, free);
        } else {
            in_flight_ = InFlight{block.request(), Asker::poll, *id, block.serial, at};
            return true;
        }
    }
    return false;
}

MonotonicTime Poller::Core::allowed_at(const LineUnit& unit) const {
    if (unit.state.health() == UnitState::Health::up) return {};
    return unit.state.silences() == 0 ? untried_allowed_at_ : retries_allowed_at_;
}

MonotonicTime Poller::Core::ask_again(MonotonicTime now) {
    MonotonicTime again = table_.schedule().next_due().value_or(never);
    if (health_ != LineHealth::up) return again;
    table_.each_unit([&](const LineUnit& unit) {
        if (unit.state.health() != UnitState::Health::down) return;
        again =
            std::min(again, std::max({unit.state.probe_at(), unit.not_before, probes_allowed_at_}));
    });
    for (const CommandRun& run : commands_)
        again = std::min(again, free_at(run, now));
    return again;
}

MonotonicTime Poller::Core::free_at(const CommandRun& run, MonotonicTime now) {
    const LineUnit* unit = table_.unit(run.unit());
    const MonotonicTime free = late_.free_at(run.next_request(), now);
    return unit == nullptr ? free : std::max(free, unit->not_before);
}

}  // namespace fieldway::modbus
