#include "modbus/serial_line.h"

#include <poll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace fieldway::modbus {
namespace {

constexpr Duration first_between_opens = std::chrono::milliseconds(250);
constexpr Duration least_between_opens = std::chrono::milliseconds(100);
/// With nothing to do the thread still looks whether the adapter is there.
constexpr Duration longest_wait = std::chrono::seconds(10);

}  // namespace

SerialLine::SerialLine(const LineOptions& options, Random random)
    : options_(options),
      random_(random),
      reopen_(first_between_opens, most_between_opens, least_between_opens),
      bus_(options, stop_.descriptor(), clock_, figures_),
      poller_(options, random),
      thread_([this] { run(); }) {}

SerialLine::~SerialLine() {
    stop_.set();
    post(End{});
    thread_.join();
}

void SerialLine::post(Wish wish) {
    {
        const std::lock_guard lock(mutex_);
        wishes_.push_back(std::move(wish));
    }
    wake_.set();
}

void SerialLine::join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) {
    {
        const std::lock_guard lock(mutex_);
        members_.emplace_back(key, host);
        stop_.clear();
    }
    post(Join{key, host, std::move(devices)});
}

void SerialLine::update(InputKey key, std::vector<DeviceOptions> devices) {
    post(Update{key, std::move(devices)});
}

void SerialLine::submit(InputKey key, wire::Command command) {
    {
        const std::lock_guard lock(mutex_);
        if (wishes_.size() >= most_wishes) {
            wire::Outcome refused;
            refused.number = command.number;
            refused.status = wire::OutcomeStatus::refused;
            refused.reason =
                fmt::format("{} commands wait for this line already: try again later", most_wishes);
            for (const auto& [member, host] : members_) {
                if (member == key) host.answer(refused);
            }
            return;
        }
    }
    post(Submit{key, std::move(command)});
}

bool SerialLine::leave(InputKey key, MonotonicTime deadline) {
    std::unique_lock lock(mutex_);
    std::erase_if(members_, [key](const auto& member) { return member.first == key; });
    // The last one to leave does not wait for an answer; an answer that others want is waited for.
    if (members_.empty()) stop_.set();
    wishes_.push_back(Leave{key});
    wake_.set();
    const bool gone = left_changed_.wait_until(lock, deadline, [this, key] {
        return std::find(left_.begin(), left_.end(), key) != left_.end();
    });
    if (gone) std::erase(left_, key);
    return gone;
}

void SerialLine::run() {
    // The silences of a fast line are shorter than what the kernel adds to a sleep by default.
    ::prctl(PR_SET_TIMERSLACK, 1);
    for (;;) {
        fulfil_wishes();
        if (ending_) return;
        open_when_due();
        work();
    }
}

void SerialLine::fulfil_wishes() {
    wake_.clear();
    std::deque<Wish> wishes;
    {
        const std::lock_guard lock(mutex_);
        wishes.swap(wishes_);
    }
    for (Wish& wish : wishes) {
        std::visit([this](auto& one) { fulfil(one); }, wish);
    }
}

void SerialLine::fulfil(Join& wish) {
    delivery_.add(wish.key, wish.host);
    poller_.apply(wish.key, wish.devices, clock_.monotonic(), out_);
    deliver();
}

void SerialLine::fulfil(Update& wish) {
    poller_.apply(wish.key, wish.devices, clock_.monotonic(), out_);
    deliver();
}

void SerialLine::fulfil(Submit& wish) {
    poller_.submit(wish.key, wish.command, clock_.monotonic(), out_);
    deliver();
}

void SerialLine::fulfil(Leave& wish) {
    poller_.remove(wish.key, out_);
    deliver();
    delivery_.remove(wish.key);
    const std::lock_guard lock(mutex_);
    left_.push_back(wish.key);
    left_changed_.notify_all();
}

void SerialLine::fulfil(End&) {
    bus_.close();
    ending_ = true;
}

void SerialLine::open_when_due() {
    if (bus_.is_open() || clock_.monotonic() < open_at_) return;
    if (auto opened = bus_.open(); !opened) {
        lose_port(opened.error().sentence());
        return;
    }
    reopen_.reset();
    poller_.line_up(clock_.monotonic(), out_);
    deliver();
}

void SerialLine::lose_port(const std::string& reason) {
    bus_.close();
    const MonotonicTime now = clock_.monotonic();
    open_at_ = now + reopen_.next(random_);
    poller_.line_down(reason, now, out_);
    deliver();
}

bool SerialLine::nobody_is_left() {
    const std::lock_guard lock(mutex_);
    return members_.empty();
}

void SerialLine::work() {
    const Step step = poller_.next(clock_.now(), out_);
    deliver();
    if (!step.request) {
        wait_until(step.again);
        return;
    }
    const Reply reply = bus_.ask(*step.request, step.timeout);
    // First what was late before, then this reply: a timeout of the same unit opens its own window.
    for (const LateAnswer& late : bus_.take_late()) {
        poller_.late_answer_seen(late.unit, late.pdu, clock_.monotonic(), out_);
    }
    poller_.done(reply, out_);
    if (reply.kind == Reply::Kind::lost && !nobody_is_left()) {
        lose_port(reply.reason);
    } else {
        deliver();
    }
}

void SerialLine::wait_until(MonotonicTime time) {
    const MonotonicTime now = clock_.monotonic();
    time = std::min(time, now + longest_wait);
    if (!bus_.is_open()) time = std::min(time, open_at_);
    if (const auto flush = delivery_.flush_at()) time = std::min(time, *flush);
    const Duration left = std::max<Duration>(time - now, Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec limit{seconds.count(), (left - seconds).count()};
    // No events asked of the port: what poll tells all the same is that the adapter is gone.
    std::array<pollfd, 2> waited = {{{wake_.descriptor(), POLLIN, 0}, {bus_.descriptor(), 0, 0}}};
    const nfds_t count = bus_.is_open() ? 2 : 1;
    if (::ppoll(waited.data(), count, &limit, nullptr) > 0 && waited[1].revents != 0) {
        lose_port(options_.endpoint.path + " is gone: unplugged?");
    }
    delivery_.flush(clock_.monotonic());
}

void SerialLine::deliver() {
    delivery_.deliver(out_, clock_.monotonic());
}

}  // namespace fieldway::modbus
