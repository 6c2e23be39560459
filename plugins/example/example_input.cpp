#include "example/example_input.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace fieldway::example {

namespace {

constexpr const char* broken_reason = "the device is configured as broken";
/// With nothing to poll it wakes up now and then for no harm; update and stop wake it at once.
constexpr Duration longest_wait = std::chrono::hours(1);

}  // namespace

ExampleInput::ExampleInput(sdk::Host host, const InputSettings& settings)
    : host_(host), began_(host.monotonic()) {
    configure(settings);
    wire::State up;
    up.state = wire::InputState::up;
    host_.state(up);
    thread_ = std::thread([this] { work(); });
}

ExampleInput::~ExampleInput() {
    if (thread_.joinable()) stop(MonotonicTime::max());
}

/// Before the thread runs, or with `mutex_` held.
void ExampleInput::configure(const InputSettings& settings) {
    devices_ = devices_of(settings);
    std::map<PointKey, MonotonicTime> due;
    for (const ExampleDevice& device : devices_) {
        for (const ExamplePoint& point : device.points) {
            if (point.every == Duration::zero()) continue;
            const PointKey key{device.number, point.number};
            const auto before = due_.find(key);
            due[key] = before == due_.end() ? host_.monotonic() : before->second;
        }
    }
    due_ = std::move(due);
}

Result<> ExampleInput::update(const InputSettings& settings) {
    const std::lock_guard lock(mutex_);
    configure(settings);
    changed_.notify_one();
    return {};
}

void ExampleInput::work() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const MonotonicTime now = host_.monotonic();
        const MonotonicTime next = std::min(emit_due(now), now + longest_wait);
        changed_.wait_for(lock, next - host_.monotonic());
    }
}

/// Emits what is due and gives the time of the next. Needs `mutex_`.
MonotonicTime ExampleInput::emit_due(MonotonicTime now) {
    MonotonicTime next = MonotonicTime::max();
    std::vector<wire::DeviceReadings> readings;
    for (const ExampleDevice& device : devices_) {
        wire::DeviceReadings of_device{device.number, device.broken ? broken_reason : "", {}};
        for (const ExamplePoint& point : device.points) {
            const auto due = due_.find({device.number, point.number});
            if (due == due_.end()) continue;
            if (due->second <= now) {
                of_device.readings.push_back(read(device, point));
                // On the grid, so that lateness does not add up; what was missed is not made up
                // for.
                const auto missed = (now - due->second) / point.every;
                due->second += (missed + 1) * point.every;
            }
            next = std::min(next, due->second);
        }
        if (of_device.readings.empty()) continue;
        const auto told = told_broken_.find(device.number);
        if (told == told_broken_.end() || told->second != device.broken) {
            wire::State state;
            state.of_device = true;
            state.device = device.number;
            state.state = device.broken ? wire::InputState::down : wire::InputState::up;
            state.reason = of_device.reason;
            host_.state(state);
            told_broken_[device.number] = device.broken;
        }
        readings.push_back(std::move(of_device));
    }
    // FULL: the gateway counts it, and the next value is as good as this one.
    if (!readings.empty()) static_cast<void>(host_.emit(readings));
    return next;
}

wire::Reading ExampleInput::read(const ExampleDevice& device, const ExamplePoint& point) const {
    wire::Reading reading;
    reading.point = point.number;
    reading.time = host_.now();
    reading.bad = device.broken;
    if (reading.bad) return reading;
    reading.value = value_at(point.waveform, reading.time.monotonic - began_);
    const auto from = counted_from_.find({device.number, point.number});
    auto* count =
        std::get_if<std::int64_t>(&reading.value);  // an update may have made it another shape
    if (from != counted_from_.end() && count != nullptr) *count += from->second;
    return reading;
}

void ExampleInput::submit(const wire::Command& command) {
    wire::Outcome outcome;
    {
        const std::lock_guard lock(mutex_);
        outcome = answer_to(command);
    }
    outcome.number = command.number;
    host_.answer(outcome);
}

/// Needs `mutex_`.
wire::Outcome ExampleInput::answer_to(const wire::Command& command) {
    wire::Outcome outcome;
    const auto refused = [&](wire::OutcomeStatus status, std::string reason) {
        outcome.status = status;
        outcome.reason = std::move(reason);
        return outcome;
    };
    if (command.expires <= host_.monotonic()) {
        return refused(wire::OutcomeStatus::expired, "the command expired before it was begun");
    }
    const auto device =
        std::find_if(devices_.begin(), devices_.end(),
                     [&](const ExampleDevice& known) { return known.number == command.device; });
    if (device == devices_.end())
        return refused(wire::OutcomeStatus::refused, "there is no such device");
    if (device->broken) return refused(wire::OutcomeStatus::failed, broken_reason);
    if (command.kind != wire::CommandKind::read && command.kind != wire::CommandKind::write) {
        return refused(wire::OutcomeStatus::refused,
                       "the example plugin can read and write, nothing else");
    }
    for (const wire::PointValue& wanted : command.points) {
        if (wanted.point >= device->points.size()) {
            return refused(wire::OutcomeStatus::refused,
                           fmt::format("there is no point {}", wanted.point));
        }
        const ExamplePoint& point = device->points[wanted.point];
        if (command.kind == wire::CommandKind::write) {
            const std::optional<double> number = as_number(wanted.value);
            if (!point.writable || !number) {
                return refused(wire::OutcomeStatus::refused,
                               "only a writable counter can be set, to a number");
            }
            const auto counted = value_at(point.waveform, host_.monotonic() - began_);
            counted_from_[{device->number, point.number}] =
                static_cast<std::int64_t>(*number) - std::get<std::int64_t>(counted);
        }
        outcome.readings.push_back(read(*device, point));  // a write is read back
    }
    return outcome;
}

bool ExampleInput::stop(MonotonicTime) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    // Nothing that the thread does can block, so this is no wait that a deadline need end.
    thread_.join();
    return true;
}

}  // namespace fieldway::example
