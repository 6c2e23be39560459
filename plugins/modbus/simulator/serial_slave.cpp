#include "modbus/simulator/serial_slave.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "common/pseudo_terminal.h"
#include "common/serial_timing.h"
#include "modbus/simulator/request_receiver.h"

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

class SerialSlave::Line : public std::enable_shared_from_this<Line> {
  public:
    Line(asio::io_context& loop, SerialLineOptions options, Responder responder)
        : options_(std::move(options)),
          responder_(std::move(responder)),
          receiver_(make_receiver(options_.framing)),
          stream_(loop),
          silence_(loop),
          pace_(loop),
          replug_(loop) {}

    [[nodiscard]] const std::string& device() const { return terminal_->path(); }
    Result<> plug_in() {
        auto terminal = common::PseudoTerminal::open();
        if (!terminal) return terminal.error();
        if (auto linked = make_link(terminal->path()); !linked) return linked;
        terminal_.emplace(std::move(terminal.value()));
        stream_.assign(::dup(terminal_->far()));
        read();
        return {};
    }
    void close() {
        closed_ = true;
        replug_.cancel();
        unplug();
    }

  private:
    struct Waiting {
        MonotonicTime start;  ///< of its first bit
        Bytes bytes;
        std::size_t sent = 0;
    };

    Result<> make_link(const std::string& device) {
        std::error_code failed;
        const fs::file_status there = fs::symlink_status(options_.link, failed);
        if (fs::exists(there) && !fs::is_symlink(there)) {
            return Error::stop_device(
                fmt::format("{} is there and no link: choose another path", options_.link));
        }
        fs::remove(options_.link, failed);
        fs::create_symlink(device, options_.link, failed);
        if (!failed) return {};
        return Error::stop_device(
            fmt::format("cannot make the link {}: {}", options_.link, failed.message()));
    }
    void unplug() {
        silence_.cancel();
        pace_.cancel();
        waiting_.clear();
        receiver_ = make_receiver(options_.framing);
        boost::system::error_code ignored;
        stream_.close(ignored);
        if (!terminal_) return;
        std::error_code gone;
        if (fs::read_symlink(options_.link, gone) == device()) fs::remove(options_.link, gone);
        terminal_->unplug();
    }
    void unplug_for(Duration time) {
        unplug();
        replug_.expires_after(time);
        replug_.async_wait([self = shared_from_this()](auto cancelled) {
            if (!cancelled && !self->closed_) (void)self->plug_in();
        });
    }

    void read() {
        stream_.async_read_some(asio::buffer(chunk_),
                                [self = shared_from_this()](auto error, std::size_t size) {
                                    if (error) return;
                                    self->received(ByteView(self->chunk_).first(size));
                                    if (self->stream_.is_open()) self->read();
                                });
    }
    void received(ByteView bytes) {
        const MonotonicTime now = std::chrono::steady_clock::now();
        if (options_.echo) write(bytes);
        if (receiver_->empty()) first_byte_ = now;
        receiver_->add(bytes);
        while (const auto request = receiver_->take())
            answer(*request, now);
        if (receiver_->empty()) return;
        silence_.expires_after(common::frame_silence(options_.format) + timer_slack);
        silence_.async_wait([self = shared_from_this()](auto cancelled) {
            if (cancelled || self->closed_) return;
            if (const auto request = self->receiver_->take_at_silence()) {
                self->answer(*request, std::chrono::steady_clock::now());
            }
        });
    }
    void answer(const ReceivedRequest& request, MonotonicTime now) {
        const auto response =
            responder_.respond({options_.framing, 0, request.unit, request.pdu}, now - begun_);
        if (!response) return;
        if (response->act && response->act->kind == FaultKind::unplugged) {
            return unplug_for(response->act->wait);
        }
        // A pseudo-terminal hands a request over in no time; on a wire its last bit comes later.
        MonotonicTime start = now;
        if (options_.paced) {
            start = std::max(now,
                             first_byte_ + common::characters_time(options_.format, request.size)) +
                    common::frame_silence(options_.format);
        }
        start += options_.turn_around;
        for (const Piece& piece : response->pieces) {
            start += piece.wait;
            enqueue({start, piece.bytes, 0});
            if (options_.paced) {
                start += common::characters_time(options_.format, piece.bytes.size());
            }
        }
        send_what_is_due();
    }
    void enqueue(Waiting piece) {
        if (waiting_.size() >= most_waiting_pieces) return;
        const auto place = std::upper_bound(
            waiting_.begin(), waiting_.end(), piece.start,
            [](MonotonicTime at, const Waiting& other) { return at < other.start; });
        // What is being sent goes on; nothing is put in front of it.
        const bool sending = !waiting_.empty() && waiting_.front().sent > 0;
        waiting_.insert(sending && place == waiting_.begin() ? place + 1 : place, std::move(piece));
    }
    /// Nobody reads: as on a wire, the bytes are gone.
    void write(ByteView bytes) {
        boost::system::error_code ignored;
        stream_.write_some(asio::buffer(bytes.data(), bytes.size()), ignored);
    }
    void send_what_is_due() {
        while (!waiting_.empty()) {
            Waiting& front = waiting_.front();
            const MonotonicTime now = std::chrono::steady_clock::now();
            if (now < front.start) return wake_at(front.start);
            const std::size_t due =
                options_.paced
                    ? std::min(front.bytes.size(), bytes_due(options_.format, now - front.start))
                    : front.bytes.size();
            if (due > front.sent) {
                write(ByteView(front.bytes).subspan(front.sent, due - front.sent));
                front.sent = due;
            }
            if (front.sent < front.bytes.size()) {
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

    SerialLineOptions options_;
    Responder responder_;
    std::optional<common::PseudoTerminal> terminal_;
    std::unique_ptr<RequestReceiver> receiver_;
    asio::posix::stream_descriptor stream_;
    asio::steady_timer silence_;
    asio::steady_timer pace_;
    asio::steady_timer replug_;
    std::array<std::uint8_t, FrameScanner::most_added> chunk_{};
    MonotonicTime begun_ = std::chrono::steady_clock::now();
    MonotonicTime first_byte_{};
    std::deque<Waiting> waiting_;  ///< by rising start
    bool closed_ = false;
};

Result<std::unique_ptr<SerialSlave>> SerialSlave::open(asio::io_context& loop,
                                                       SerialLineOptions options,
                                                       Responder responder) {
    auto line = std::make_shared<Line>(loop, std::move(options), std::move(responder));
    if (auto plugged = line->plug_in(); !plugged) return plugged.error();
    return std::unique_ptr<SerialSlave>(new SerialSlave(std::move(line)));
}

SerialSlave::SerialSlave(std::shared_ptr<Line> line) : line_(std::move(line)) {}

SerialSlave::~SerialSlave() {
    line_->close();
}

const std::string& SerialSlave::device() const {
    return line_->device();
}

}  // namespace fieldway::modbus::simulator
