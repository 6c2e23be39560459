#include "exec/program.h"

#include <algorithm>
#include <exception>
#include <random>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/format.h>

namespace fieldway::exec {

namespace asio = boost::asio;
using boost::system::error_code;
using sdk::Acceptance;
using wire::InputState;
using wire::OutcomeStatus;

Program::Program(asio::io_context& loop, sdk::Host host, const InputSettings& settings)
    : loop_(loop),
      host_(host),
      options_(exec_options(settings.options)),
      devices_(settings.devices),
      random_(std::random_device{}()),
      backoff_(options_.restart_wait, options_.restart_wait_most, options_.restart_wait),
      launch_timer_(loop),
      retry_timer_(loop),
      silence_timer_(loop),
      command_timer_(loop) {}

void Program::launch() {
    if (stopped_) return;
    launch_waits_ = !waiting_.empty();
    if (launch_waits_) return;
    ++starts_;
    launched_ = last_usable_ = host_.monotonic();
    auto child =
        ChildProcess::start({options_.command, environment_of(options_), options_.directory});
    if (!child) return went_down(child.error().sentence());
    try {
        run_ = std::make_shared<ProgramRun>(loop_, std::move(*child), *this);
    } catch (const std::exception& error) {  // the loop has no room to watch its pipes
        return went_down(fmt::format("the program's pipes cannot be watched: {}", error.what()));
    }
    if (state_ == InputState::starting) set_state(state_, "the program has printed nothing yet");
    watch_silence();
    run_->begin();
}

LineTaken Program::on_line(std::string_view text, bool too_long) {
    if (too_long) {
        return on_fault({FaultKind::too_long,
                         fmt::format("over {} bytes, the most a line may have", most_line_bytes),
                         {}});
    }
    const Line line = parse_line(text);
    if (const auto* readings = std::get_if<ReadingsLine>(&line)) return on_readings(*readings);
    if (const auto* answer = std::get_if<AnswerLine>(&line)) return on_answer(*answer);
    if (const auto* fault = std::get_if<LineFault>(&line)) return on_fault(*fault);
    return LineTaken::idle;
}

LineTaken Program::on_readings(const ReadingsLine& line) {
    auto taken = devices_.take(line, host_.now());
    if (const auto* fault = std::get_if<LineFault>(&taken)) return on_fault(*fault);
    usable_line();
    tell_device_states();
    auto& readings = std::get<wire::DeviceReadings>(taken);
    if (!readings.readings.empty()) {
        offer({std::move(readings), line.id});
    } else if (has_value(line.id)) {
        run_->send(accepted_line(line.id));  // no message comes of it
    }
    const bool go_on = waiting_.empty() && unanswered_.size() < most_unanswered_lines;
    return go_on ? LineTaken::used : LineTaken::pause;
}

LineTaken Program::on_answer(const AnswerLine& line) {
    const auto outcome = commands_.answer(line);
    if (!outcome) {
        return on_fault(
            {FaultKind::unknown_command,
             fmt::format(
                 "no command {} waits for an answer: it never was given, or its time is over",
                 printable(std::string_view(line.command).substr(0, 40))),
             {}});
    }
    usable_line();
    host_.answer(*outcome);
    return LineTaken::used;
}

LineTaken Program::on_fault(const LineFault& fault) {
    if (faults_.count(fault.kind)) {
        host_.log(LogLevel::warning, fmt::format("a line of the program is not used ({}): {}; more "
                                                 "of this kind are counted, not told",
                                                 name_of(fault.kind), fault.sentence));
    }
    if (has_value(fault.id) && run_) run_->send(refused_line(fault.id, fault.sentence));
    return LineTaken::idle;
}

void Program::usable_line() {
    ++lines_;
    last_usable_ = host_.monotonic();
    set_state(InputState::up, {});
}

bool Program::on_error_line(std::string_view line, bool cut) {
    const std::uint64_t before = errors_.suppressed();
    if (const auto sentence = errors_.take(line, cut, host_.monotonic())) {
        host_.log(LogLevel::info, *sentence);
    }
    return errors_.suppressed() == before;
}

void Program::on_end(const std::string& reason) {
    run_.reset();
    silence_timer_.cancel();
    unanswered_.clear();
    const std::string sentence = "the program " + reason;
    for (const auto& outcome : commands_.fail_all(sentence))
        host_.answer(outcome);
    command_timer_.cancel();
    if (stopped_) {
        // Later, on an empty stack: whoever waits for it may destroy us.
        asio::post(loop_, std::exchange(stopped_, [] {}));
        return;
    }
    if (host_.monotonic() - launched_ > options_.restart_wait_most) backoff_.reset();
    went_down(sentence);
}

void Program::went_down(const std::string& reason) {
    set_state(InputState::down, reason);
    for (auto& readings : devices_.all_bad(reason, host_.now()))
        offer({std::move(readings), {}});
    tell_device_states();
    launch_timer_.expires_after(backoff_.next(random_));
    launch_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->launch();
    });
}

void Program::offer(Batch batch) {
    waiting_.push_back(std::move(batch));
    if (waiting_.size() == 1) emit_waiting();
}

// A full intake is asked again; meanwhile the program's output is not read, its pipe fills, and it
// waits.
void Program::emit_waiting() {
    while (!waiting_.empty()) {
        const Batch& batch = waiting_.front();
        const std::uint64_t token = has_value(batch.id) ? last_token_ + 1 : 0;
        if (!host_.emit({batch.readings}, token)) {
            retry_timer_.expires_after(retry_);
            retry_ = std::min(retry_ * 2, most_retry);
            retry_timer_.async_wait([self = shared_from_this()](const error_code& error) {
                if (error || self->stopped_) return;
                self->emit_waiting();
                self->go_on();
            });
            return;
        }
        retry_ = least_retry;
        if (token != 0) unanswered_.emplace(last_token_ = token, batch.id);
        waiting_.pop_front();
    }
    if (launch_waits_) launch();
}

void Program::go_on() {
    if (!run_ || !run_->paused() || !waiting_.empty()) return;
    if (unanswered_.size() >= most_unanswered_lines) return;
    last_usable_ = host_.monotonic();  // it was we who did not listen
    const auto run = run_;             // its end may come of this
    run->resume();
}

void Program::accepted(std::uint64_t token, Acceptance acceptance) {
    const auto found = unanswered_.find(token);
    if (found == unanswered_.end()) return;  // of a program that has ended
    const Value id = std::move(found->second);
    unanswered_.erase(found);
    if (!run_) return;
    switch (acceptance) {
        case Acceptance::durable:
            run_->send(accepted_line(id));
            break;
        case Acceptance::on_memory_alone:
            run_->send(accepted_in_memory_line(id));
            break;
        case Acceptance::refused:
            run_->send(refused_line(id,
                                    "not taken: the queue is full, the broker can never take it, "
                                    "or nothing is configured for it"));
            break;
    }
    go_on();
}

void Program::update(const std::vector<InputDevice>& devices) {
    devices_.update(devices);
    if (state_ != InputState::down) return;
    for (auto& readings : devices_.all_bad(reason_, host_.now()))
        offer({std::move(readings), {}});
    tell_device_states();
}

void Program::submit(const wire::Command& command) {
    switch (command.kind) {
        case wire::CommandKind::write:
            return write(command);
        case wire::CommandKind::status: {
            wire::Outcome outcome;
            outcome.number = command.number;
            outcome.details = details();
            return host_.answer(outcome);
        }
        case wire::CommandKind::read:
            return answer(command, OutcomeStatus::refused,
                          "a program cannot be asked: its readings come when it prints them");
        case wire::CommandKind::scan:
            return answer(command, OutcomeStatus::refused,
                          "a program is no bus that can be scanned");
    }
}

void Program::write(const wire::Command& command) {
    if (!run_ || stopped_) {
        return answer(command, OutcomeStatus::refused,
                      reason_.empty() ? "the program does not run" : reason_);
    }
    if (command.expires <= host_.monotonic()) {
        return answer(command, OutcomeStatus::expired,
                      "its time was over before it could be given");
    }
    if (commands_.full() || commands_.waits_for(command.number)) {
        return answer(
            command, OutcomeStatus::refused,
            fmt::format("{} commands wait for the program's answer already", commands_.size()));
    }
    const auto target = devices_.target_of(command);
    if (!target) return answer(command, OutcomeStatus::refused, target.error().sentence());
    if (!run_->send(command_line(std::to_string(command.number), target->key, target->values))) {
        return answer(command, OutcomeStatus::refused,
                      "the program does not read its standard input");
    }
    commands_.add(command.number, command.expires);
    watch_commands();
}

void Program::answer(const wire::Command& command, OutcomeStatus status, std::string reason) {
    wire::Outcome outcome;
    outcome.number = command.number;
    outcome.status = status;
    outcome.reason = std::move(reason);
    host_.answer(outcome);
}

void Program::watch_commands() {
    const auto next = commands_.next_expiry();
    if (!next) return;
    command_timer_.expires_after(std::max(*next - host_.monotonic(), Duration::zero()));
    command_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (error) return;
        for (const auto& outcome : self->commands_.expire(self->host_.monotonic())) {
            self->host_.answer(outcome);
        }
        self->watch_commands();
    });
}

void Program::watch_silence() {
    if (options_.silence == Duration::zero()) return;
    const Duration silent = host_.monotonic() - last_usable_;
    const bool listening = run_ && !run_->paused();
    if (listening && silent >= options_.silence) {
        return run_->end("printed nothing that could be used within its silence limit", kill_grace);
    }
    silence_timer_.expires_after(listening ? options_.silence - silent : options_.silence);
    silence_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && self->run_) self->watch_silence();
    });
}

void Program::stop(MonotonicTime deadline, std::function<void()> stopped) {
    stopped_ = std::move(stopped);
    for (asio::steady_timer* timer :
         {&launch_timer_, &retry_timer_, &silence_timer_, &command_timer_}) {
        timer->cancel();
    }
    if (!run_) {
        asio::post(loop_, std::exchange(stopped_, [] {}));
        return;
    }
    const Duration left = deadline - host_.monotonic() - stop_margin;
    const auto run = run_;  // its end may come of this
    run->end("was stopped", std::clamp(left, Duration::zero(), kill_grace));
    run->hurry();
}

void Program::set_state(InputState state, const std::string& reason) {
    if (state == state_ && reason == reason_) return;
    state_ = state;
    reason_ = reason;
    host_.state({false, 0, state, reason, details()});
}

void Program::tell_device_states() {
    for (const wire::State& state : devices_.take_changed_states())
        host_.state(state);
}

std::string Program::details() const {
    boost::json::object faults;
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        if (faults_.of(kind) > 0) faults[name_of(kind)] = faults_.of(kind);
    }
    boost::json::object out{{"starts", starts_}, {"lines", lines_}, {"faults", std::move(faults)}};
    out["error_lines_not_logged"] = errors_.suppressed();
    if (run_) out["pid"] = run_->number();
    return boost::json::serialize(out);
}

}  // namespace fieldway::exec
