// What comes from an input and goes to it while it runs: the other half of InputRunner.
#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "input/input_runner.h"
#include "input/reading_flow.h"

namespace fieldway::input {

namespace {

wire::Command to_wire(Command command, std::uint64_t number) {
    wire::Command out;
    out.number = number;
    out.kind = static_cast<wire::CommandKind>(command.kind);
    out.device = command.device;
    out.expires = command.expires;
    out.arguments = std::move(command.arguments);
    for (PointValue& point : command.points) {
        out.points.push_back({point.point, std::move(point.name), std::move(point.value)});
    }
    return out;
}

CommandOutcome to_flow(wire::Outcome outcome, const Clock& clock) {
    CommandOutcome out;
    out.status = static_cast<CommandOutcome::Status>(outcome.status);
    out.reason = std::move(outcome.reason);
    out.details = std::move(outcome.details);
    out.readings.reserve(outcome.readings.size());
    for (wire::Reading& reading : outcome.readings)
        out.readings.push_back(reading_of(std::move(reading), clock));
    return out;
}

std::int32_t to_abi(Acceptance acceptance) {
    switch (acceptance) {
        case Acceptance::durable:
            return FIELDWAY_ACCEPTED_DURABLE;
        case Acceptance::in_memory:
            return FIELDWAY_ACCEPTED_VOLATILE;
        case Acceptance::refused:
            return FIELDWAY_ACCEPTED_REFUSED;
    }
    return FIELDWAY_ACCEPTED_REFUSED;
}

CommandOutcome refusal(CommandNumber number, CommandOutcome::Status status, std::string reason) {
    CommandOutcome outcome;
    outcome.number = number;
    outcome.status = status;
    outcome.reason = std::move(reason);
    return outcome;
}

LogLevel level_of(wire::InputState state) {
    switch (state) {
        case wire::InputState::up:
        case wire::InputState::starting:
            return LogLevel::info;
        case wire::InputState::failed:
            return LogLevel::error;
        case wire::InputState::degraded:
        case wire::InputState::down:
            break;
    }
    return LogLevel::warning;
}

std::string with_reason(wire::InputState state, const std::string& reason) {
    return fmt::format("{}{}{}", wire::name_of(state), reason.empty() ? "" : ": ", reason);
}

bool is_down(const std::optional<wire::InputState>& state) {
    return state == wire::InputState::down || state == wire::InputState::failed;
}

}  // namespace

void InputRunner::on_event(PluginEvent event) {
    if (auto* emission = std::get_if<Emission>(&event.what))
        return on_readings(std::move(*emission));
    if (auto* outcome = std::get_if<wire::Outcome>(&event.what))
        return on_outcome(std::move(*outcome));
    on_state(std::get<wire::State>(event.what));
}

void InputRunner::on_readings(Emission emission) {
    // A plugin that names a device or a point that is not its own must not put a value there.
    const auto not_ours = [this](const Readings& of_device) {
        const auto known = devices_.find(of_device.device);
        if (known == devices_.end()) return true;
        return std::any_of(
            of_device.readings.begin(), of_device.readings.end(), [&](const Reading& reading) {
                return reading.point != undeclared_point && reading.point >= known->second.points;
            });
    };
    const auto end = std::remove_if(emission.readings.begin(), emission.readings.end(), not_ours);
    foreign_ += static_cast<std::uint64_t>(emission.readings.end() - end);
    emission.readings.erase(end, emission.readings.end());
    if (emission.readings.empty()) {
        if (emission.token != 0) accepted(emission.token, Acceptance::refused);
        return;
    }
    for (const Readings& of_device : emission.readings)
        readings_ += of_device.readings.size();
    deps_.intake.on_readings({name_, std::move(emission.readings), emission.token, origin_});
}

void InputRunner::on_state(const wire::State& state) {
    if (state.of_device && devices_.count(state.device) == 0) {
        ++foreign_;
        return;
    }
    tell_state(state.of_device, state.device, state.state, state.reason, state.details);
}

void InputRunner::tell_state(bool of_device, DeviceNumber device, wire::InputState state,
                             const std::string& reason, const std::string& details) {
    if (of_device) {
        log_device(devices_.at(device), state, reason);
    } else {
        if (state_ != state) log_input(state, reason);
        state_ = state;
        reason_ = reason;
    }

    StateChange change;
    change.input = name_;
    change.of_device = of_device;
    change.device = device;
    change.state = wire::name_of(state);
    change.reason = reason;
    boost::system::error_code wrong;
    const boost::json::value parsed = boost::json::parse(details.empty() ? "{}" : details, wrong);
    if (!wrong && parsed.is_object()) change.details = parsed.get_object();
    deps_.intake.on_state(change);
}

void InputRunner::log_input(wire::InputState state, const std::string& reason) const {
    deps_.log.write(level_of(state), "input.state",
                    fmt::format("input {} is {}", name_, with_reason(state, reason)),
                    {{"input", name_}, {"state", wire::name_of(state)}});
}

/// What goes down with its input and comes back with it is no news beside the input's own line.
/// One that is still down when its input is back has a line of its own, when the plugin says so.
void InputRunner::log_device(KnownDevice& device, wire::InputState state,
                             const std::string& reason) {
    const bool down = state == wire::InputState::down;
    const bool with_input = down && is_down(state_);
    const bool own_news = down && !with_input && device.down_with_input;
    if (device.state == state && !own_news) return;
    const bool quiet = with_input || (state == wire::InputState::up && device.down_with_input);
    deps_.log.write(quiet ? LogLevel::debug : level_of(state), "device.state",
                    fmt::format("device {} is {}", device.id, with_reason(state, reason)),
                    {{"input", name_}, {"device", device.id}, {"state", wire::name_of(state)}});
    device.state = state;
    device.down_with_input = with_input;
}

void InputRunner::submit(Command command, Host::OnOutcome done) {
    using Status = CommandOutcome::Status;
    const auto refuse = [&](Status status, std::string reason) {
        boost::asio::post(deps_.core,
                          [done = std::move(done),
                           outcome = refusal(command.number, status, std::move(reason))]() mutable {
                              done(std::move(outcome));
                          });
    };
    if (!takes_commands()) {
        return refuse(Status::refused, fmt::format("input {} is not running{}{}", name_,
                                                   reason_.empty() ? "" : ": ", reason_));
    }
    if (devices_.count(command.device) == 0) {
        return refuse(Status::refused, fmt::format("input {} has no such device", name_));
    }
    if (open_.size() >= most_open_commands) {
        return refuse(Status::refused,
                      fmt::format("input {} has {} open commands, which is the limit; try "
                                  "again later",
                                  name_, most_open_commands));
    }
    if (command.expires <= deps_.clock.monotonic()) {
        return refuse(Status::expired, "the command expired before it was begun");
    }
    const std::uint64_t number = ++around_.last_command;
    Open& open = open_[number];
    open.number = command.number;
    open.done = std::move(done);
    watch_command(number, open, command.expires);
    hand_over(number, to_wire(std::move(command), number));
}

void InputRunner::hand_over(std::uint64_t number, wire::Command command) {
    auto taken = std::make_shared<bool>(false);
    auto input = std::make_shared<fieldway_input*>(nullptr);  // known when its turn has come
    Call submit;
    submit.name = "submit";
    submit.input = name_;
    submit.deadline = deps_.deadlines.submit;
    submit.still_wanted = [this, number, input, expires = command.expires,
                           alive = std::weak_ptr<bool>(alive_)] {
        if (alive.expired()) return false;
        const auto open = open_.find(number);
        if (open == open_.end() || input_ == nullptr) return false;
        if (expires <= deps_.clock.monotonic()) {
            answer(number, refusal(0, CommandOutcome::Status::expired,
                                   "the command expired before it was begun"));
            return false;
        }
        open->second.handed_over = true;
        *input = input_;
        return true;
    };
    submit.act = [api = plugin_->library().api, input, bytes = wire::encode(command),
                  taken](fieldway_plugin*) {
        *taken = api->submit(*input, {bytes.data(), bytes.size()}) == FIELDWAY_OK;
    };
    submit.done = [this, number, taken] {
        if (*taken) return;
        answer(number,
               refusal(0, CommandOutcome::Status::failed,
                       fmt::format("the plugin of input {} took the command for none", name_)));
    };
    plugin_->enqueue(std::move(submit));
}

/// The plugin answers by itself, also what has expired; this is for one that does not.
void InputRunner::watch_command(std::uint64_t number, Open& open, MonotonicTime expires) {
    constexpr Duration longest = std::chrono::hours(24);
    const Duration left = std::min<Duration>(expires - deps_.clock.monotonic(), longest);
    open.timer = std::make_unique<boost::asio::steady_timer>(deps_.core);
    open.timer->expires_after(left + deps_.deadlines.submit);
    open.timer->async_wait([this, number,
                            alive = std::weak_ptr<bool>(alive_)](boost::system::error_code wrong) {
        if (wrong || alive.expired()) return;
        const auto found = open_.find(number);
        if (found == open_.end()) return;
        answer(number, found->second.handed_over
                           ? refusal(0, CommandOutcome::Status::failed,
                                     "the input did not answer in time; a write may have happened")
                           : refusal(0, CommandOutcome::Status::expired,
                                     "the command expired before it was begun"));
    });
}

void InputRunner::on_outcome(wire::Outcome outcome) {
    const std::uint64_t number = outcome.number;
    answer(number, to_flow(std::move(outcome), deps_.clock));
}

void InputRunner::answer(std::uint64_t number, CommandOutcome outcome) {
    const auto found = open_.find(number);
    if (found == open_.end()) {
        ++late_answers_;
        return;
    }
    const Open open = std::move(found->second);
    open_.erase(found);
    outcome.number = open.number;
    open.done(std::move(outcome));
}

void InputRunner::answer_all(CommandOutcome::Status status, const std::string& reason) {
    // Asked again by who is answered, the input is asked after this round.
    for (auto& [number, open] : std::exchange(open_, {}))
        open.done(refusal(open.number, status, reason));
}

void InputRunner::accepted(std::uint64_t token, Acceptance acceptance) {
    if (!takes_commands()) return;
    if (acceptances_.size() >= most_waiting_acceptances) {
        ++acceptances_lost_;
        return;
    }
    acceptances_.push_back({token, to_abi(acceptance), 0});
    if (!delivering_) deliver_acceptances();
}

/// One call at a time: what comes while it waits or runs goes with the next.
void InputRunner::deliver_acceptances() {
    delivering_ = true;
    auto list = std::make_shared<std::vector<fieldway_acceptance>>();
    auto input = std::make_shared<fieldway_input*>(nullptr);
    Call call;
    call.name = "accepted";
    call.input = name_;
    call.deadline = deps_.deadlines.submit;
    call.still_wanted = [this, list, input, alive = std::weak_ptr<bool>(alive_)] {
        if (alive.expired()) return false;
        *list = std::exchange(acceptances_, {});
        *input = input_;
        if (input_ == nullptr || list->empty()) delivering_ = false;
        return delivering_;
    };
    call.act = [api = plugin_->library().api, input, list](fieldway_plugin*) {
        api->accepted(*input, list->data(), list->size());
    };
    call.done = [this] {
        delivering_ = false;
        if (!acceptances_.empty()) deliver_acceptances();
    };
    plugin_->enqueue(std::move(call));
}

}  // namespace fieldway::input
