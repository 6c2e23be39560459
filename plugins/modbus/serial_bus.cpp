#include "modbus/serial_bus.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "modbus/line_exchange.h"

namespace fieldway::modbus {
namespace {

constexpr std::uint8_t last_serial_unit = 247;

timespec time_left(MonotonicTime now, MonotonicTime until) {
    const auto left = std::max<Duration>(until - now, Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    return {seconds.count(), (left - seconds).count()};
}

}  // namespace

common::SerialSettings serial_settings_of(const LineOptions& options) {
    return {options.endpoint.path, format_of(options), options.rs485};
}

SerialBus::SerialBus(const LineOptions& options, int stop_descriptor, const Clock& clock,
                     LineFigures& figures)
    : port_(serial_settings_of(options)),
      stop_descriptor_(stop_descriptor),
      clock_(clock),
      framing_(options.endpoint.kind == Endpoint::Kind::ascii ? Framing::ascii : Framing::rtu),
      exchange_(make_exchange(options, 0, figures)) {}

SerialBus::~SerialBus() = default;

Result<> SerialBus::open() {
    if (auto opened = port_.open(); !opened) return opened.error();
    exchange_->reset(clock_.monotonic());
    return {};
}

void SerialBus::close() {
    port_.close();
}

SerialBus::Wake SerialBus::wait_for_bytes(MonotonicTime until) const {
    for (;;) {
        std::array<pollfd, 2> waited = {
            {{port_.descriptor(), POLLIN, 0}, {stop_descriptor_, POLLIN, 0}}};
        const timespec left = time_left(clock_.monotonic(), until);
        const int ready = ::ppoll(waited.data(), waited.size(), &left, nullptr);
        if (ready < 0 && errno == EINTR) continue;
        if (waited[1].revents != 0) return Wake::stopped;
        if ((waited[0].revents & POLLIN) != 0) return Wake::readable;
        if (waited[0].revents != 0) return Wake::gone;
        if (clock_.monotonic() >= until) return Wake::time_over;
    }
}

bool SerialBus::read() {
    const ssize_t size = ::read(port_.descriptor(), buffer_.data(), buffer_.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size <= 0) return false;
    // Whatever comes, a serial line has no garbage that ends it.
    (void)exchange_->received(ByteView(buffer_.data(), static_cast<std::size_t>(size)),
                              clock_.now());
    return true;
}

Result<> SerialBus::send(ByteView frame) {
    if (framing_ == Framing::rtu) return sender_.send(port_.descriptor(), frame);
    // A frame is far smaller than the driver's buffer, which is empty: nothing was on its way.
    const ssize_t sent = ::write(port_.descriptor(), frame.data(), frame.size());
    if (sent == static_cast<ssize_t>(frame.size())) return {};
    return Error::retry(sent < 0 ? fmt::format("cannot send: {}", std::strerror(errno))
                                 : "cannot send: the driver takes no more bytes");
}

Reply SerialBus::lost(std::string reason) {
    exchange_->reset(clock_.monotonic());
    Reply reply;
    reply.kind = Reply::Kind::lost;
    reply.reason = std::move(reason);
    reply.time = clock_.now();
    return reply;
}

Reply SerialBus::ask(const Request& request, Duration timeout) {
    if (request.unit > last_serial_unit) {
        Reply reply;
        reply.kind = Reply::Kind::bad_answer;
        reply.late_possible = false;
        reply.reason = fmt::format(
            "unit {} cannot be asked on a serial line: 1 to {}, and 0 for "
            "all",
            request.unit, last_serial_unit);
        reply.time = clock_.now();
        return reply;
    }
    const std::string& path = port_.settings().path;
    exchange_->begin(request, timeout, clock_.monotonic());
    for (;;) {
        // What came while nobody looked counts before the line is called silent.
        const MonotonicTime until = exchange_->wake();
        switch (wait_for_bytes(std::max(until, clock_.monotonic()))) {
            case Wake::stopped:
                return lost("stopped");
            case Wake::gone:
                return lost(fmt::format("{} is gone: unplugged?", path));
            case Wake::readable:
                if (!read()) return lost(fmt::format("{} is gone: unplugged?", path));
                break;
            case Wake::time_over:
                if (const auto frame = exchange_->frame_to_send(clock_.monotonic())) {
                    if (auto sent = send(*frame); !sent) {
                        return lost(fmt::format("{}: {}", path, sent.error().sentence()));
                    }
                }
                break;
        }
        if (auto reply = exchange_->poll(clock_.now())) return std::move(*reply);
    }
}

}  // namespace fieldway::modbus
