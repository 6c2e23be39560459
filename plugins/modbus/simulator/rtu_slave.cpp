#include "modbus/simulator/rtu_slave.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "common/pseudo_terminal.h"
#include "common/serial_timing.h"
#include "modbus/rtu_frame.h"
#include "modbus/simulator/rtu_receiver.h"

namespace fieldway::modbus::simulator {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// A timer of the loop is no UART: a silence counts when it is this much longer than 3.5
/// characters.
constexpr Duration timer_slack = std::chrono::milliseconds(2);
/// Between two writes of one answer; at high rates several characters go together.
constexpr Duration least_between_writes = std::chrono::milliseconds(1);

}  // namespace

class RtuSlave::Line : public std::enable_shared_from_this<Line> {
  public:
    Line(asio::io_context& loop, common::PseudoTerminal terminal, RtuLineOptions options,
         Responder responder)
        : terminal_(std::move(terminal)),
          options_(std::move(options)),
          responder_(std::move(responder)),
          stream_(loop, ::dup(terminal_.far())),
          silence_(loop),
          pace_(loop) {}

    [[nodiscard]] const std::string& device() const { return terminal_.path(); }
    void read() {
        stream_.async_read_some(asio::buffer(chunk_),
                                [self = shared_from_this()](auto error, std::size_t size) {
                                    if (error) return;
                                    self->received(ByteView(self->chunk_).first(size));
                                    self->read();
                                });
    }
    void close() {
        closed_ = true;
        silence_.cancel();
        pace_.cancel();
        boost::system::error_code ignored;
        stream_.close(ignored);
    }

  private:
    struct Waiting {
        MonotonicTime start;  ///< of its first bit
        Bytes frame;
        std::size_t sent = 0;
    };

    void received(ByteView bytes) {
        const MonotonicTime now = std::chrono::steady_clock::now();
        if (receiver_.empty()) first_byte_ = now;
        receiver_.add(bytes);
        while (auto frame = receiver_.take())
            answer(*frame, now);
        if (receiver_.empty()) return;
        silence_.expires_after(common::frame_silence(options_.format) + timer_slack);
        silence_.async_wait([self = shared_from_this()](auto cancelled) {
            if (cancelled || self->closed_) return;
            if (const auto frame = self->receiver_.take_at_silence()) {
                self->answer(*frame, std::chrono::steady_clock::now());
            }
        });
    }
    void answer(const Bytes& request, MonotonicTime now) {
        const auto content = rtu_content(request);
        if (!content) return;
        const auto response = responder_.respond(content->unit, content->pdu, now - begun_);
        if (!response || waiting_.size() >= most_waiting_answers) return;
        Waiting answer;
        // A pseudo-terminal hands a request over in no time; on a wire its last bit comes later.
        const MonotonicTime request_end =
            options_.paced ? std::max(now, first_byte_ + common::characters_time(options_.format,
                                                                                 request.size()))
                           : now;
        const Duration silence =
            options_.paced ? common::frame_silence(options_.format) : Duration::zero();
        answer.start = request_end + silence + options_.turn_around + response->wait;
        answer.frame = rtu_frame(response->unit, response->pdu);
        if (response->spoil_checksum) answer.frame.back() ^= 0x55U;
        const auto place = std::upper_bound(
            waiting_.begin(), waiting_.end(), answer.start,
            [](MonotonicTime at, const Waiting& other) { return at < other.start; });
        // What is being sent goes on; nothing is put in front of it.
        const bool sending = !waiting_.empty() && waiting_.front().sent > 0;
        waiting_.insert(sending && place == waiting_.begin() ? place + 1 : place,
                        std::move(answer));
        send_what_is_due();
    }
    void send_what_is_due() {
        while (!waiting_.empty()) {
            Waiting& front = waiting_.front();
            const MonotonicTime now = std::chrono::steady_clock::now();
            if (now < front.start) return wake_at(front.start);
            const std::size_t due =
                options_.paced
                    ? std::min(front.frame.size(), bytes_due(options_.format, now - front.start))
                    : front.frame.size();
            if (due > front.sent) {
                boost::system::error_code
                    ignored;  // nobody reads: as on a wire, the bytes are gone
                stream_.write_some(asio::buffer(front.frame.data() + front.sent, due - front.sent),
                                   ignored);
                front.sent = due;
            }
            if (front.sent < front.frame.size()) {
                const MonotonicTime next =
                    front.start + common::characters_time(options_.format, front.sent + 1);
                return wake_at(std::max(next, now + least_between_writes));
            }
            waiting_.pop_front();
        }
    }
    void wake_at(MonotonicTime time) {
        pace_.expires_at(time);
        pace_.async_wait([self = shared_from_this()](auto cancelled) {
            if (!cancelled && !self->closed_) self->send_what_is_due();
        });
    }

    common::PseudoTerminal terminal_;
    RtuLineOptions options_;
    Responder responder_;
    asio::posix::stream_descriptor stream_;
    asio::steady_timer silence_;
    asio::steady_timer pace_;
    std::array<std::uint8_t, longest_rtu_frame> chunk_{};
    RtuReceiver receiver_;
    MonotonicTime begun_ = std::chrono::steady_clock::now();
    MonotonicTime first_byte_{};
    std::deque<Waiting> waiting_;  ///< by rising start
    bool closed_ = false;
};

Result<std::unique_ptr<RtuSlave>> RtuSlave::open(asio::io_context& loop, RtuLineOptions options,
                                                 Responder responder) {
    auto terminal = common::PseudoTerminal::open();
    if (!terminal) return terminal.error();
    const std::string link = options.link;
    std::error_code failed;
    const fs::file_status there = fs::symlink_status(link, failed);
    if (fs::exists(there) && !fs::is_symlink(there)) {
        return Error::stop_device(
            fmt::format("{} is there and no link: choose another path", link));
    }
    fs::remove(link, failed);
    fs::create_symlink(terminal->path(), link, failed);
    if (failed)
        return Error::stop_device(
            fmt::format("cannot make the link {}: {}", link, failed.message()));
    auto line = std::make_shared<Line>(loop, std::move(terminal.value()), std::move(options),
                                       std::move(responder));
    line->read();
    return std::unique_ptr<RtuSlave>(new RtuSlave(std::move(line), link));
}

RtuSlave::RtuSlave(std::shared_ptr<Line> line, std::string link)
    : line_(std::move(line)), link_(std::move(link)) {}

RtuSlave::~RtuSlave() {
    line_->close();
    std::error_code ignored;
    if (fs::read_symlink(link_, ignored) == line_->device()) fs::remove(link_, ignored);
}

const std::string& RtuSlave::device() const {
    return line_->device();
}

}  // namespace fieldway::modbus::simulator
