#include "modbus/exchange.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "modbus/pdu.h"

namespace fieldway::modbus {
namespace {

constexpr MonotonicTime never = MonotonicTime::max();

}  // namespace

void Exchange::begin(const Request& request, Duration timeout, MonotonicTime now) {
    assert(!busy());
    wanted_ = request;
    timeout_ = timeout;
    begun_ = now;
    prepare(ask_before(request).value_or(request));
}

void Exchange::prepare(const Request& request) {
    sent_ = request;
    frame_.clear();
    encode(sent_, frame_);
    reply_.reset();
    mismatch_.clear();
    phase_ = Phase::to_send;
}

std::optional<ByteView> Exchange::frame_to_send(MonotonicTime now) {
    if (phase_ != Phase::to_send || now < last_activity_ + timing_.quiet) return std::nullopt;
    if (timing_.quiet > Duration::zero()) {
        gap();  // a silence of 3.5 characters ends whatever was there
        clear();
    }
    ++figures_.requests;
    phase_ = Phase::sent;
    // The driver takes the request at once; on the wire its last character comes later.
    last_activity_ = now + time_of(frame_.size());
    const Duration wait = is_broadcast(sent_) ? timing_.turn_around : timeout_;
    first_byte_by_ = last_activity_ + wait;
    // An answer that has begun in time may end: its length is known, so a slave that trickles
    // does not hold the line.
    constexpr std::size_t around_pdu = 3;
    last_byte_by_ = first_byte_by_ + time_of(around_pdu + answer_size(sent_).value_or(longest_pdu));
    return ByteView(frame_);
}

Result<> Exchange::received(ByteView bytes, Timestamp now) {
    last_received_ = now;
    last_activity_ = std::max(last_activity_, now.monotonic);
    while (!bytes.empty()) {
        const ByteView part = bytes.first(std::min(bytes.size(), FrameScanner::most_added));
        bytes = bytes.subspan(part.size());
        if (Result<> taken = take(part); !taken) return taken;
    }
    return {};
}

MonotonicTime Exchange::gap_at() const {
    if (is_complete()) return last_activity_ + timing_.quiet;
    if (!in_frame() || timing_.gap == Duration::zero()) return never;
    return last_activity_ + timing_.gap;
}

MonotonicTime Exchange::deadline() const {
    return in_frame() && !is_broadcast(sent_) ? last_byte_by_ : first_byte_by_;
}

std::optional<Reply> Exchange::poll(Timestamp now) {
    if (gap_at() <= now.monotonic) gap();
    if (phase_ == Phase::idle) return std::nullopt;
    if (phase_ == Phase::to_send) {
        if (now.monotonic < begun_ + std::max(timeout_, longest_wait_for_silence) ||
            now.monotonic >= last_activity_ + timing_.quiet) {
            return std::nullopt;
        }
        Reply reply;
        reply.kind = Reply::Kind::bad_answer;
        reply.late_possible = false;  // nothing was asked
        reply.reason = "the line is never silent: is there another master, or noise?";
        return finish(std::move(reply), now);
    }
    if (reply_) return finish(std::move(*reply_), last_received_);
    if (now.monotonic < deadline()) return std::nullopt;
    return finish(end_of_time(), now);
}

Reply Exchange::end_of_time() {
    Reply reply;
    if (is_broadcast(sent_)) {
        reply.kind = Reply::Kind::answer;  // nobody answers: it was sent, and that is all
        return reply;
    }
    gap();
    if (reply_) return std::move(*reply_);
    given_up();
    reply.kind = mismatch_.empty() ? Reply::Kind::timeout : Reply::Kind::bad_answer;
    reply.reason = mismatch_;
    return reply;
}

std::optional<Reply> Exchange::finish(Reply reply, Timestamp now) {
    reply_.reset();
    // What had to be asked before tells the wanted request nothing but that it can be judged now.
    const bool was_before =
        phase_ == Phase::sent && sent_ != wanted_ &&
        (reply.kind == Reply::Kind::answer || reply.kind == Reply::Kind::exception);
    if (was_before) {
        begun_ = now.monotonic;
        prepare(wanted_);
        return std::nullopt;
    }
    if (phase_ == Phase::sent && sent_ != wanted_) reply.sent = sent_;
    phase_ = Phase::idle;
    reply.time = now;
    return reply;
}

MonotonicTime Exchange::wake() const {
    MonotonicTime at = gap_at();
    if (phase_ == Phase::to_send) at = std::min(at, last_activity_ + timing_.quiet);
    if (phase_ == Phase::sent) at = reply_ ? MonotonicTime{} : std::min(at, deadline());
    return at;
}

void Exchange::reset(MonotonicTime now) {
    phase_ = Phase::idle;
    reply_.reset();
    late_.clear();
    last_activity_ = now;
    restart();
}

void Exchange::judge(std::uint8_t unit, ByteView pdu) {
    if (!waiting() || unit != sent_.unit || is_broadcast(sent_)) return discard(unit, pdu);
    answer_.assign(pdu.begin(), pdu.end());
    Reply reply = match_pdu(sent_, answer_);
    if (reply.kind != Reply::Kind::bad_answer) {
        reply_ = std::move(reply);
        return;
    }
    ++figures_.mismatched;  // the right one may still come
    mismatch_ = std::move(reply.reason);
    if (late_.size() < most_late) late_.push_back({unit, answer_});
}

void Exchange::discard(std::uint8_t unit, ByteView pdu) {
    ++figures_.foreign;
    if (late_.size() < most_late) late_.push_back({unit, {pdu.begin(), pdu.end()}});
}

void Exchange::fail(std::string reason, bool late_possible) {
    if (!waiting()) return;
    Reply reply;
    reply.kind = Reply::Kind::bad_answer;
    reply.reason = std::move(reason);
    reply.late_possible = late_possible;
    reply_ = std::move(reply);
}

std::vector<LateAnswer> Exchange::take_late() {
    return std::exchange(late_, {});
}

}  // namespace fieldway::modbus
