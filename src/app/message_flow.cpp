#include "app/message_flow.h"

#include <algorithm>

#include "mapping/mapper.h"

namespace fieldway::app {

namespace {

// Intervals are aligned to the wall clock and waited for by the monotonic one: a wall step is
// noticed this late.
constexpr Duration look_every = std::chrono::seconds(5);

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
    std::weak_ptr<const OnAccepted> accepted;  // answers may come when the flow has gone
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
        if (!all_appended || open != 0) return;
        const auto listener = accepted.lock();
        if (listener && *listener) (*listener)(origin, token, outcome);
    }
};

MessageFlow::MessageFlow(Dependencies dependencies)
    : with_(std::move(dependencies)), timer_(with_.core) {}

void MessageFlow::on_readings(input::Arrival arrival) {
    guard_.check();
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
        plan_interval(*device, with_.clock.now());
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
    const auto fits = mapping::check_payload(message, with_.message_bytes.at(message.uplink));
    if (!fits) {
        refuse(device, fits.error().text());
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
    with_.log.error("message.refused", why, {{"device", device.id.text()}});
}

void MessageFlow::on_state(const input::StateChange& change) {
    guard_.check();
    const WallTime now = with_.clock.wall();
    if (!change.of_device) {
        InputStatus& status = inputs_[change.input];
        // New details of a state that goes on are no change of it.
        const bool goes_on = status.since != WallTime{} && status.state == change.state &&
                             status.reason == change.reason;
        status = {change.state, change.reason, change.details, goes_on ? status.since : now};
        if (change.state == "failed") fail_devices(change.input, now);
        return;
    }
    if (Device* device = with_.devices.find(change.device)) {
        device->state = change.state;
        device->reason = change.reason;
        device->since = now;
    }
}

/// Their input says nothing of them any more.
void MessageFlow::fail_devices(const std::string& input, WallTime now) {
    for (Device& device : with_.devices.all()) {
        if (device.input != input) continue;
        device.state = "down";
        device.reason = "its input " + input + " has failed";
        device.since = now;
    }
}

void MessageFlow::start() {
    guard_.adopt();
    planned_.assign(with_.devices.all().size() + 1, std::nullopt);
    const Timestamp now = with_.clock.now();
    for (Device& device : with_.devices.all())
        run_device(device, now);
    looked_at_ = now.monotonic;
    arm_timer();
}

void MessageFlow::stop() {
    if (stopped_) return;
    stopped_ = true;
    timer_.cancel();
    for (Device& device : with_.devices.all()) {
        for (Message& message : device.mapper.rest())
            append(device, std::move(message), nullptr);
    }
}

void MessageFlow::plan_interval(Device& device, const Timestamp& now) {
    if (planned_.empty()) return;  // not started
    std::optional<MonotonicTime>& planned = planned_[device.number];
    const auto due = device.mapper.next_due(now);
    if (due == planned) return;
    if (planned) intervals_.erase({*planned, device.number});
    planned = due;
    if (!due) return;
    const auto place = intervals_.emplace(*due, device.number).first;
    if (place == intervals_.begin()) arm_timer();
}

void MessageFlow::run_device(Device& device, const Timestamp& now) {
    for (Message& message : device.mapper.due(now))
        append(device, std::move(message), nullptr);
    plan_interval(device, now);
}

void MessageFlow::run_intervals() {
    const Timestamp now = with_.clock.now();
    const bool look_at_all = now.monotonic - looked_at_ >= look_every;
    if (look_at_all) looked_at_ = now.monotonic;
    // Taken out first: what is due again at once (a wall step) has its turn on the next round.
    std::vector<DeviceNumber> due;
    for (const auto& [when, number] : intervals_) {
        if (when > now.monotonic && !look_at_all) break;
        due.push_back(number);
    }
    for (const DeviceNumber number : due)
        run_device(*with_.devices.find(number), now);
}

void MessageFlow::arm_timer() {
    if (stopped_ || intervals_.empty()) return;
    timer_.expires_at(std::min(intervals_.begin()->first, looked_at_ + look_every));
    timer_.async_wait([this, alive = std::weak_ptr(accepted_)](boost::system::error_code error) {
        if (error || alive.expired() || stopped_) return;
        run_intervals();
        arm_timer();
    });
}

}  // namespace fieldway::app
