#include "app/message_flow.h"

#include <algorithm>

#include "base/quantity_text.h"

namespace fieldway::app {

namespace {

// Intervals are aligned to the wall clock and waited for by the monotonic one: a wall step is
// noticed this late.
constexpr Duration replan_every = std::chrono::seconds(5);

input::Acceptance worse(input::Acceptance a, input::Acceptance b) {
    return std::max(a, b);
}

input::Acceptance to_input(queue::Acceptance acceptance) {
    switch (acceptance) {
        case queue::Acceptance::durable:
            return input::Acceptance::durable;
        case queue::Acceptance::in_memory:
            return input::Acceptance::in_memory;
        case queue::Acceptance::refused:
            return input::Acceptance::refused;
    }
    return input::Acceptance::refused;
}

}  // namespace

struct MessageFlow::Waiting {
    OnAccepted& accepted;
    std::uint64_t origin;
    std::uint64_t token;
    std::size_t open = 0;
    bool all_appended = false;
    input::Acceptance outcome = input::Acceptance::durable;

    void settle(input::Acceptance one) {
        outcome = worse(outcome, one);
        --open;
        finish();
    }
    void finish() {
        if (all_appended && open == 0 && accepted) accepted(origin, token, outcome);
    }
};

MessageFlow::MessageFlow(Dependencies dependencies)
    : with_(std::move(dependencies)), timer_(with_.core) {}

void MessageFlow::on_readings(input::Arrival arrival) {
    if (stopped_) return;
    std::shared_ptr<Waiting> waiting;
    if (arrival.token != 0) {
        waiting = std::make_shared<Waiting>(Waiting{accepted_, arrival.origin, arrival.token});
    }
    for (const Readings& readings : arrival.readings) {
        Device* device = with_.devices.find(readings.device);
        if (device == nullptr) continue;  // the host has checked it: a device that reload took away
        for (Message& message : device->mapper.take(readings)) {
            append(*device, std::move(message), waiting);
        }
    }
    if (waiting) {
        waiting->all_appended = true;
        waiting->finish();
    }
}

void MessageFlow::append(Device& device, Message message, const std::shared_ptr<Waiting>& waiting) {
    queue::Accepted settled;
    if (waiting) {
        ++waiting->open;
        settled = [waiting](queue::Acceptance one) { waiting->settle(to_input(one)); };
    }
    const auto limit = with_.message_bytes.find(message.uplink);
    if (limit != with_.message_bytes.end() && message.payload.size() > limit->second) {
        refuse(device, "a message has " + std::to_string(message.payload.size()) +
                           " bytes; the most is limits.message_bytes of uplink " + message.uplink +
                           ", " + size_text(limit->second));
        if (waiting) waiting->settle(input::Acceptance::refused);
        return;
    }
    const auto appended = with_.queue.append(std::move(message), std::move(settled));
    if (!appended) {
        refuse(device, appended.error().text());
        if (waiting) waiting->settle(input::Acceptance::refused);
    } else {
        device.refusal_told = false;
    }
}

void MessageFlow::refuse(Device& device, const std::string& why) {
    ++device.refused_messages;
    if (device.refusal_told) return;
    device.refusal_told = true;
    with_.log.error("message.refused", why, {{"device", device.options.id.text()}});
}

void MessageFlow::on_state(const input::StateChange& change) {
    const WallTime now = with_.clock.wall();
    if (!change.of_device) {
        inputs_[change.input] = {change.state, change.reason, change.details, now};
        return;
    }
    if (Device* device = with_.devices.find(change.device)) {
        device->state = change.state;
        device->reason = change.reason;
        device->since = now;
    }
}

void MessageFlow::start() {
    plan_all_intervals();
    arm_timer();
}

void MessageFlow::stop() {
    stopped_ = true;
    timer_.cancel();
}

void MessageFlow::plan_interval(Device& device, const Timestamp& now) {
    if (const auto due = device.mapper.next_due(now)) intervals_.emplace(*due, device.number);
}

void MessageFlow::plan_all_intervals() {
    const Timestamp now = with_.clock.now();
    intervals_.clear();
    for (Device& device : with_.devices.all())
        plan_interval(device, now);
    planned_at_ = now.monotonic;
}

void MessageFlow::run_intervals() {
    const Timestamp now = with_.clock.now();
    while (!intervals_.empty() && intervals_.begin()->first <= now.monotonic) {
        Device& device = *with_.devices.find(intervals_.begin()->second);
        intervals_.erase(intervals_.begin());
        for (Message& message : device.mapper.due(now))
            append(device, std::move(message), nullptr);
        plan_interval(device, now);
    }
    if (now.monotonic - planned_at_ >= replan_every) plan_all_intervals();
}

void MessageFlow::arm_timer() {
    if (stopped_ || intervals_.empty()) return;
    timer_.expires_at(std::min(intervals_.begin()->first, planned_at_ + replan_every));
    timer_.async_wait([this](boost::system::error_code error) {
        if (error || stopped_) return;
        run_intervals();
        arm_timer();
    });
}

}  // namespace fieldway::app
