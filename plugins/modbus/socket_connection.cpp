#include "modbus/socket_connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"
#include "modbus/line_exchange.h"

namespace fieldway::modbus {
namespace {

using boost::system::error_code;

constexpr MonotonicTime never = MonotonicTime::max();

Random seeded() {
    std::random_device device;
    return Random((std::uint64_t{device()} << 32U) | device());
}

bool is_resolver_error(error_code error) {
    return error.category() == boost::asio::error::get_netdb_category() ||
           error.category() == boost::asio::error::get_addrinfo_category();
}

}  // namespace

SocketConnection::SocketConnection(SocketLoop& loop, const LineOptions& options, sdk::Host clock,
                                   std::shared_ptr<LineFigures> figures)
    : options_(options),
      clock_(clock),
      figures_(std::move(figures)),
      random_(seeded()),
      poller_(options, Random(random_())),
      channel_(make_channel(loop.context(), options)),
      exchange_(make_exchange(options, static_cast<std::uint16_t>(random_()), *figures_)),
      timer_(loop.context()) {}

// --- inputs -----------------------------------------------------------------------------------

void SocketConnection::join(InputKey key, sdk::Host host,
                            const std::vector<DeviceOptions>& devices) {
    delivery_.add(key, host);
    poller_.apply(key, devices, now(), out_);
    if (phase_ == Phase::idle || phase_ == Phase::resting) connect();
    pump();
}

void SocketConnection::update(InputKey key, const std::vector<DeviceOptions>& devices) {
    poller_.apply(key, devices, now(), out_);
    if (phase_ == Phase::resting) connect();
    pump();
}

void SocketConnection::submit(InputKey key, const wire::Command& command) {
    poller_.submit(key, command, now(), out_);
    if (phase_ == Phase::resting) connect();
    pump();
}

void SocketConnection::leave(InputKey key) {
    poller_.remove(key, out_);
    delivery_.deliver(out_, now());
    delivery_.remove(key);
}

void SocketConnection::close() {
    phase_ = Phase::closed;
    timer_.cancel();
    drop_channel();
}

// --- connecting -------------------------------------------------------------------------------

void SocketConnection::connect() {
    phase_ = Phase::connecting;
    phase_ends_ = now() + options_.connect_timeout;
    channel_->connect([self = shared_from_this(), attempt = ++attempt_](error_code error) {
        if (attempt != self->attempt_ || self->phase_ != Phase::connecting) return;
        if (!error) {
            self->connected();
        } else if (is_resolver_error(error)) {
            self->connect_failed(fmt::format("looking up {} failed: {}",
                                             self->options_.endpoint.host, error.message()));
        } else {
            self->connect_failed(fmt::format("connecting to {} failed: {}",
                                             to_text(self->options_.endpoint), error.message()));
        }
        self->pump();
    });
}

void SocketConnection::connected() {
    ++figures_->connects;
    phase_ = Phase::connected;
    answered_ = false;
    told_down_ = false;
    last_request_ = now();
    exchange_->reset(now());
    poller_.line_up(now(), out_);
    read();
}

void SocketConnection::connect_failed(const std::string& reason) {
    drop_channel();
    told_down_ = true;
    poller_.line_down(reason, now(), out_);
    phase_ = Phase::waiting;
    phase_ends_ = now() + backoff_.next(random_);
}

void SocketConnection::lost(const std::string& reason) {
    drop_channel();
    exchange_->reset(now());
    if (poller_.in_flight()) {
        Reply reply;
        reply.kind = Reply::Kind::lost;
        reply.reason = reason;
        reply.time = clock_.now();
        poller_.done(reply, out_);
    }
    // Servers close what is idle, and gateways restart: what has answered is worth one try at once
    // and no words.
    if (!std::exchange(answered_, false)) return connect_failed(reason);
    connect();
}

void SocketConnection::drop_channel() {
    ++attempt_;
    channel_->close();
}

// --- bytes ------------------------------------------------------------------------------------

void SocketConnection::read() {
    channel_->receive(buffer_, [self = shared_from_this(), attempt = attempt_](error_code error,
                                                                               std::size_t count) {
        if (attempt != self->attempt_ || self->phase_ != Phase::connected) return;
        if (error) {
            self->lost(error == boost::asio::error::eof
                           ? "the server closed the connection"
                           : "the connection broke: " + error.message());
        } else {
            self->received(count);
        }
        self->pump();
    });
}

void SocketConnection::received(std::size_t count) {
    const Result<> taken = exchange_->received(ByteView(buffer_.data(), count), clock_.now());
    for (const LateAnswer& late : exchange_->take_late()) {
        poller_.late_answer_seen(late.unit, late.pdu, now(), out_);
    }
    if (!taken) return lost(taken.error().sentence());
    read();
}

void SocketConnection::take_reply(const Reply& reply) {
    if (reply.kind == Reply::Kind::answer || reply.kind == Reply::Kind::exception) {
        answered_ = true;
        backoff_.reset();
    }
    poller_.done(reply, out_);
    if (poller_.silent_requests() < silent_requests_until_reconnect) return;
    // Perhaps only our side of the connection is left. A new one tells; if it comes about, that is
    // no news.
    drop_channel();
    connect();
}

MonotonicTime SocketConnection::converse() {
    while (phase_ == Phase::connected) {
        if (!exchange_->busy()) {
            const Step step = poller_.next(clock_.now(), out_);
            if (!step.request) return std::min(step.again, exchange_->wake());
            exchange_->begin(*step.request, step.timeout, now());
            last_request_ = now();
        }
        if (const auto frame = exchange_->frame_to_send(now())) {
            if (const error_code error = channel_->send(*frame)) {
                lost("sending failed: " + error.message());
                continue;
            }
        }
        const auto reply = exchange_->poll(clock_.now());
        if (reply) {
            take_reply(*reply);
        } else if (exchange_->wake() > now()) {
            return exchange_->wake();
        }
    }
    // Bad readings go out while the line is down; while a connection that was fine is made anew,
    // what is due waits for it.
    return told_down_ ? poller_.next(clock_.now(), out_).again : never;
}

// --- time -------------------------------------------------------------------------------------

/// `phase_ends_` is when something is due next.
void SocketConnection::rest_when_idle() {
    if (phase_ != Phase::connected || options_.idle_timeout == Duration::zero() ||
        exchange_->busy() || now() < last_request_ + options_.idle_timeout) {
        return;
    }
    drop_channel();
    phase_ = Phase::resting;
}

void SocketConnection::pump() {
    if (phase_ == Phase::closed) return;
    if ((phase_ == Phase::waiting || phase_ == Phase::resting) && phase_ends_ <= now()) connect();
    if (phase_ == Phase::connecting && phase_ends_ <= now()) {
        connect_failed(fmt::format("no connection to {} within {}", to_text(options_.endpoint),
                                   fieldway::to_text(options_.connect_timeout)));
    }
    MonotonicTime next = phase_ == Phase::resting ? never : converse();
    if (phase_ == Phase::connected) {
        phase_ends_ = next;
        rest_when_idle();
        if (options_.idle_timeout > Duration::zero() && !exchange_->busy()) {
            next = std::min(next, last_request_ + options_.idle_timeout);
        }
    }
    if (phase_ != Phase::connected && phase_ != Phase::idle) next = std::min(next, phase_ends_);
    delivery_.deliver(out_, now());
    if (const auto flush = delivery_.flush_at()) next = std::min(next, *flush);
    arm(next);
}

/// A timer that runs too early costs one look; moving it with each request would cost a system call
/// each.
void SocketConnection::arm(MonotonicTime at) {
    if (at == never || (armed_ && *armed_ <= at)) return;
    armed_ = at;
    timer_.expires_after(std::max(at - now(), Duration::zero()));
    timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->on_timer();
    });
}

void SocketConnection::on_timer() {
    armed_.reset();
    delivery_.flush(now());
    pump();
}

}  // namespace fieldway::modbus
