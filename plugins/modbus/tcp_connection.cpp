#include "modbus/tcp_connection.h"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"

namespace fieldway::modbus {
namespace {

using boost::system::error_code;

Random seeded() {
    std::random_device device;
    return Random((std::uint64_t{device()} << 32U) | device());
}

}  // namespace

TcpConnection::TcpConnection(SocketLoop& loop, const LineOptions& options, sdk::Host clock,
                             std::shared_ptr<TcpFigures> figures)
    : options_(options),
      clock_(clock),
      figures_(std::move(figures)),
      random_(seeded()),
      poller_(options, Random(random_())),
      socket_(loop.context()),
      resolver_(loop.context()),
      numbers_(static_cast<std::uint16_t>(random_())),
      timer_(loop.context()) {}

// --- inputs -----------------------------------------------------------------------------------

void TcpConnection::join(InputKey key, sdk::Host host, const std::vector<DeviceOptions>& devices) {
    delivery_.add(key, host);
    poller_.apply(key, devices, now(), out_);
    if (phase_ == Phase::idle) connect();
    pump();
}

void TcpConnection::update(InputKey key, const std::vector<DeviceOptions>& devices) {
    poller_.apply(key, devices, now(), out_);
    pump();
}

void TcpConnection::submit(InputKey key, const wire::Command& command) {
    poller_.submit(key, command, now(), out_);
    pump();
}

void TcpConnection::leave(InputKey key) {
    poller_.remove(key, out_);
    delivery_.deliver(out_, now());
    delivery_.remove(key);
}

void TcpConnection::close() {
    phase_ = Phase::closed;
    timer_.cancel();
    resolver_.cancel();
    drop_socket();
}

// --- connecting -------------------------------------------------------------------------------

void TcpConnection::connect() {
    phase_ = Phase::connecting;
    phase_ends_ = now() + options_.connect_timeout;
    const std::uint64_t attempt = ++attempt_;
    error_code no_address;
    const auto address = boost::asio::ip::make_address(options_.endpoint.host, no_address);
    if (!no_address) return connect_to({Tcp::endpoint(address, options_.endpoint.port)});
    resolver_.async_resolve(
        options_.endpoint.host, std::to_string(options_.endpoint.port),
        Tcp::resolver::numeric_service,
        [self = shared_from_this(), attempt](error_code error,
                                             const Tcp::resolver::results_type& results) {
            if (attempt != self->attempt_ || self->phase_ != Phase::connecting) return;
            if (!error) return self->connect_to({results.begin(), results.end()});
            self->connect_failed(fmt::format("looking up {} failed: {}",
                                             self->options_.endpoint.host, error.message()));
            self->pump();
        });
}

void TcpConnection::connect_to(const std::vector<Tcp::endpoint>& endpoints) {
    // Kept alive by the handler: async_connect only borrows the list.
    auto list = std::make_shared<std::vector<Tcp::endpoint>>(endpoints);
    boost::asio::async_connect(
        socket_, *list,
        [self = shared_from_this(), list, attempt = attempt_](error_code error,
                                                              const Tcp::endpoint&) {
            if (attempt != self->attempt_ || self->phase_ != Phase::connecting) return;
            if (error) {
                self->connect_failed(fmt::format("connecting to {} failed: {}",
                                                 to_text(self->options_.endpoint),
                                                 error.message()));
            } else {
                self->connected();
            }
            self->pump();
        });
}

void TcpConnection::connected() {
    error_code error;
    socket_.set_option(Tcp::no_delay(true), error);
    socket_.non_blocking(true, error);
    if (error) return connect_failed("setting the socket up failed: " + error.message());
    ++figures_->connects;
    phase_ = Phase::connected;
    answered_ = false;
    told_down_ = false;
    decoder_.clear();
    numbers_.clear();
    poller_.line_up(now(), out_);
    read();
}

void TcpConnection::connect_failed(const std::string& reason) {
    drop_socket();
    told_down_ = true;
    poller_.line_down(reason, now(), out_);
    phase_ = Phase::waiting;
    phase_ends_ = now() + backoff_.next(random_);
}

void TcpConnection::lost(const std::string& reason) {
    drop_socket();
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

void TcpConnection::drop_socket() {
    ++attempt_;
    error_code ignored;
    socket_.close(ignored);
}

// --- bytes ------------------------------------------------------------------------------------

void TcpConnection::read() {
    const auto space = decoder_.space();
    socket_.async_read_some(
        boost::asio::buffer(space.data(), space.size()),
        [self = shared_from_this(), attempt = attempt_](error_code error, std::size_t count) {
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

void TcpConnection::received(std::size_t count) {
    const Timestamp at = clock_.now();
    decoder_.commit(count);
    for (;;) {
        const Result<std::optional<TcpFrame>> frame = decoder_.next();
        if (!frame) {
            ++figures_->garbage;
            return lost(frame.error().sentence());
        }
        if (!*frame) break;
        take_frame(**frame, at);
    }
    read();
}

void TcpConnection::take_frame(const TcpFrame& frame, Timestamp at) {
    if (!poller_.in_flight() || frame.transaction != transaction_) {
        ++(numbers_.late(frame.transaction) ? figures_->late : figures_->foreign);
        return;
    }
    Reply reply = match_frame(asked_, frame);
    if (reply.kind == Reply::Kind::bad_answer) {
        ++figures_->mismatched;  // the right one may still come
        mismatch_ = std::move(reply.reason);
        return;
    }
    reply.time = at;
    answered_ = true;
    backoff_.reset();
    poller_.done(reply, out_);
}

void TcpConnection::send(const Step& step) {
    asked_ = *step.request;
    transaction_ = numbers_.next();
    mismatch_.clear();
    encode_request(frame_, transaction_, asked_);
    deadline_ = now() + step.timeout;
    ++figures_->requests;
    error_code error;
    // One request at a time of twelve bytes: a send buffer that does not take it belongs to a dead
    // connection.
    const std::size_t sent = socket_.send(boost::asio::buffer(frame_), 0, error);
    if (!error && sent == frame_.size()) return;
    lost("sending failed: " + error.message());
}

void TcpConnection::answer_is_overdue() {
    numbers_.abandon(transaction_);
    Reply reply;
    reply.kind = mismatch_.empty() ? Reply::Kind::timeout : Reply::Kind::bad_answer;
    reply.reason = mismatch_;
    reply.time = clock_.now();
    poller_.done(reply, out_);
    if (poller_.silent_requests() < silent_requests_until_reconnect) return;
    // Perhaps only our side of the connection is left. A new one tells; if it comes about, that is
    // no news.
    drop_socket();
    connect();
}

// --- time -------------------------------------------------------------------------------------

void TcpConnection::pump() {
    if (phase_ == Phase::closed) return;
    if (phase_ == Phase::waiting && phase_ends_ <= now()) connect();
    if (phase_ == Phase::connecting && phase_ends_ <= now()) {
        resolver_.cancel();
        connect_failed(fmt::format("no connection to {} within {}", to_text(options_.endpoint),
                                   fieldway::to_text(options_.connect_timeout)));
    }
    if (phase_ == Phase::connected && poller_.in_flight() && deadline_ <= now()) {
        answer_is_overdue();
    }
    MonotonicTime next = MonotonicTime::max();
    // While a connection that was fine is made anew, what is due waits for it. Again when sending
    // failed at once.
    while ((phase_ == Phase::connected || told_down_) && !poller_.in_flight()) {
        const Step step = poller_.next(clock_.now(), out_);
        if (step.request) {
            send(step);
        } else {
            next = step.again;
            break;
        }
    }
    if (phase_ == Phase::waiting || phase_ == Phase::connecting) {
        next = std::min(next, phase_ends_);
    } else if (poller_.in_flight()) {
        next = std::min(next, deadline_);
    }
    delivery_.deliver(out_, now());
    if (const auto flush = delivery_.flush_at()) next = std::min(next, *flush);
    arm(next);
}

/// A timer that runs too early costs one look; moving it with each request would cost a system call
/// each.
void TcpConnection::arm(MonotonicTime at) {
    if (at == MonotonicTime::max() || (armed_ && *armed_ <= at)) return;
    armed_ = at;
    timer_.expires_after(std::max(at - now(), Duration::zero()));
    timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) self->on_timer();
    });
}

void TcpConnection::on_timer() {
    armed_.reset();
    delivery_.flush(now());
    pump();
}

}  // namespace fieldway::modbus
