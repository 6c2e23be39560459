#include "modbus/probe/shared_line.h"

#include <utility>

#include "modbus/probe/raw_request.h"

namespace fieldway::modbus {

SharedLine::SharedLine(std::shared_ptr<Line> line, InputKey key, const sdk::Host& host)
    : line_(std::move(line)), key_(key), clock_(host) {
    host_.size = sizeof host_;
    host_.abi_version = FIELDWAY_ABI_VERSION;
    host_.context = this;
    // A member without devices has no readings, and its state interests nobody.
    host_.emit = [](void*, std::uint64_t, fieldway_bytes, std::uint64_t) -> std::int32_t {
        return FIELDWAY_OK;
    };
    host_.state = [](void*, std::uint64_t, fieldway_bytes) {};
    host_.log = [](void*, std::uint64_t, std::int32_t, fieldway_bytes) {};
    host_.answer = answer;
    host_.monotonic_ns = [](void* context) -> std::int64_t {
        return static_cast<SharedLine*>(context)->clock_.monotonic().time_since_epoch().count();
    };
    host_.wall_ms = [](void* context) -> std::int64_t {
        return static_cast<SharedLine*>(context)->clock_.wall().time_since_epoch().count();
    };
    line_->join(key_, sdk::Host(&host_, 0), {});
}

Reply SharedLine::lost(std::string reason) const {
    Reply reply;
    reply.kind = Reply::Kind::lost;
    reply.late_possible = false;
    reply.reason = std::move(reason);
    reply.time = clock_.now();
    return reply;
}

Reply SharedLine::ask(const Request& request, Duration) {
    wire::Command command;
    command.kind = wire::CommandKind::scan;
    command.arguments = raw_request_text(request);
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return lost("stopped");
        command.number = ++asked_;
        answered_.reset();
    }
    line_->submit(key_, command);
    wire::Outcome outcome;
    {
        std::unique_lock lock(mutex_);
        const bool in_time = changed_.wait_for(
            lock, longest_answer, [this] { return stopped_ || answered_.has_value(); });
        if (stopped_) return lost("stopped");
        if (!in_time) return lost("the line does not answer");
        outcome = std::move(*answered_);
    }
    if (outcome.status != wire::OutcomeStatus::done) return lost(outcome.reason);
    Result<Reply> reply = raw_reply_from(outcome.details, data_);
    if (!reply) return lost(reply.error().sentence());
    reply->late_possible = false;  // the line waits for what is late by itself
    reply->time = clock_.now();
    return std::move(*reply);
}

/// Thread: the line's, or whoever submits.
void SharedLine::answer(void* context, std::uint64_t, fieldway_bytes bytes) {
    auto& self = *static_cast<SharedLine*>(context);
    Result<wire::Outcome> outcome = wire::decode_outcome(ByteView(
        static_cast<const std::uint8_t*>(bytes.data), static_cast<std::size_t>(bytes.size)));
    const std::lock_guard lock(self.mutex_);
    if (!outcome || outcome->number != self.asked_) return;
    self.answered_ = std::move(*outcome);
    self.changed_.notify_all();
}

void SharedLine::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
}

bool SharedLine::leave(MonotonicTime deadline) {
    return line_->leave(key_, deadline);
}

}  // namespace fieldway::modbus
