#include "modbus/probe/asking_line.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/quantity_text.h"
#include "common/wake_event.h"
#include "modbus/channel.h"
#include "modbus/line_exchange.h"
#include "modbus/serial_bus.h"

namespace fieldway::modbus {
namespace {

using boost::system::error_code;

class SerialAsking final : public AskingLine {
  public:
    SerialAsking(const LineOptions& options, const Clock& clock)
        : bus_(options, never_.descriptor(), clock, figures_) {}

    Result<> open() override { return bus_.open(); }
    [[nodiscard]] bool is_open() const override { return bus_.is_open(); }
    Reply ask(const Request& request, Duration timeout) override {
        Reply reply = bus_.ask(request, timeout);
        if (reply.kind == Reply::Kind::lost) bus_.close();
        return reply;
    }
    std::vector<LateAnswer> take_late() override { return bus_.take_late(); }

  private:
    common::WakeEvent never_;  ///< nobody stops it: a caller asks for as long as it waits
    LineFigures figures_;
    SerialBus bus_;
};

/// The loop runs while the caller waits, and only then.
class SocketAsking final : public AskingLine {
  public:
    SocketAsking(const LineOptions& options, const Clock& clock)
        : options_(options),
          clock_(clock),
          exchange_(make_exchange(options, static_cast<std::uint16_t>(std::random_device()()),
                                  figures_)) {}
    ~SocketAsking() override { close(); }
    SocketAsking(SocketAsking&&) = delete;

    Result<> open() override {
        close();
        channel_ = make_channel(loop_, options_);
        bool finished = false;
        error_code failed;
        channel_->connect([&](error_code error) {
            finished = true;
            failed = error;
        });
        const MonotonicTime until = clock_.monotonic() + options_.connect_timeout;
        while (!finished && clock_.monotonic() < until)
            run_until(until);
        if (finished && !failed) {
            open_ = true;
            exchange_->reset(clock_.monotonic());
            receive();
            return {};
        }
        const std::string reason =
            finished ? failed.message()
                     : "nobody answered within " + fieldway::to_text(options_.connect_timeout);
        close();  // while the handler's variables are still there
        return Error::retry(
            fmt::format("no connection to {}: {}", to_text(options_.endpoint), reason));
    }
    [[nodiscard]] bool is_open() const override { return open_; }

    Reply ask(const Request& request, Duration timeout) override {
        exchange_->begin(request, timeout, clock_.monotonic());
        for (;;) {
            if (!open_) return lost();
            if (const auto frame = exchange_->frame_to_send(clock_.monotonic())) {
                if (const error_code error = channel_->send(*frame)) {
                    lose("sending failed: " + error.message());
                    continue;
                }
            }
            if (auto reply = exchange_->poll(clock_.now())) return std::move(*reply);
            run_until(exchange_->wake());
        }
    }
    std::vector<LateAnswer> take_late() override { return exchange_->take_late(); }

  private:
    /// Until something happened, or for a second at most.
    void run_until(MonotonicTime until) {
        const MonotonicTime soon = clock_.monotonic() + std::chrono::seconds(1);
        loop_.restart();
        loop_.run_one_until(std::min(until, soon));
    }

    void receive() {
        channel_->receive(buffer_, [this](error_code error, std::size_t count) {
            if (!open_) return;
            if (error) {
                return lose(error == boost::asio::error::eof
                                ? "the server closed the connection"
                                : "the connection broke: " + error.message());
            }
            const Result<> taken =
                exchange_->received(ByteView(buffer_.data(), count), clock_.now());
            if (!taken) return lose(taken.error().sentence());
            receive();
        });
    }

    void lose(std::string reason) {
        reason_ = std::move(reason);
        open_ = false;
        channel_->close();
    }

    Reply lost() {
        close();
        exchange_->reset(clock_.monotonic());
        Reply reply;
        reply.kind = Reply::Kind::lost;
        reply.reason = reason_;
        reply.time = clock_.now();
        return reply;
    }

    void close() {
        open_ = false;
        if (!channel_) return;
        channel_->close();
        // Handlers that waited are called once more, and need the channel until then.
        loop_.restart();
        loop_.poll();
        channel_.reset();
    }

    const LineOptions options_;
    const Clock& clock_;
    LineFigures figures_;
    boost::asio::io_context loop_{1};
    std::unique_ptr<Channel> channel_;
    std::unique_ptr<Exchange> exchange_;
    std::array<std::uint8_t, 512> buffer_{};
    bool open_ = false;
    std::string reason_;
};

}  // namespace

std::unique_ptr<AskingLine> make_asking_line(const LineOptions& options, const Clock& clock) {
    if (is_serial(options.endpoint.kind)) return std::make_unique<SerialAsking>(options, clock);
    return std::make_unique<SocketAsking>(options, clock);
}

}  // namespace fieldway::modbus
