// The connection behind a SocketLine: channel and timer around the poller and its exchange.
// Internal.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/backoff.h"
#include "base/clock.h"
#include "modbus/channel.h"
#include "modbus/exchange.h"
#include "modbus/line_delivery.h"
#include "modbus/poller.h"
#include "modbus/socket_line.h"

namespace fieldway::modbus {

/// Thread: the loop's.
class SocketConnection : public std::enable_shared_from_this<SocketConnection> {
  public:
    static constexpr Duration first_wait = std::chrono::milliseconds(500);
    static constexpr Duration longest_wait = std::chrono::seconds(30);

    SocketConnection(SocketLoop& loop, const LineOptions& options, sdk::Host clock,
                     std::shared_ptr<LineFigures> figures);

    void join(InputKey key, sdk::Host host, const std::vector<DeviceOptions>& devices);
    void update(InputKey key, const std::vector<DeviceOptions>& devices);
    void submit(InputKey key, const wire::Command& command);
    void leave(InputKey key);
    /// For good.
    void close();

  private:
    enum class Phase : std::uint8_t {
        idle,        ///< nobody has joined
        waiting,     ///< until the next try
        connecting,  ///< until it works, or connect_timeout
        connected,
        resting,  ///< closed after idle_timeout, until something is due
        closed,
    };

    void connect();
    void connected();
    void connect_failed(const std::string& reason);
    /// The connection is of no use any more.
    void lost(const std::string& reason);
    void read();
    void received(std::size_t count);
    void rest_when_idle();
    /// Requests and replies as far as they go now; when to go on.
    MonotonicTime converse();
    void take_reply(const Reply& reply);
    /// Does whatever is to be done now, and arms the timer for what comes next.
    void pump();
    void arm(MonotonicTime at);
    void on_timer();
    void drop_channel();
    [[nodiscard]] MonotonicTime now() const { return clock_.monotonic(); }

    const LineOptions options_;
    sdk::Host clock_;
    std::shared_ptr<LineFigures> figures_;
    Random random_;
    Poller poller_;
    LineDelivery delivery_;
    PollerOutput out_;

    std::unique_ptr<Channel> channel_;
    std::unique_ptr<Exchange> exchange_;
    std::array<std::uint8_t, 512> buffer_{};
    Phase phase_ = Phase::idle;
    std::uint64_t attempt_ = 0;  ///< handlers of an earlier one are ignored
    Backoff backoff_{first_wait, longest_wait};
    MonotonicTime phase_ends_{};    ///< of waiting, connecting and resting
    MonotonicTime last_request_{};  ///< or when the connection was made
    bool told_down_ = false;        ///< the poller knows that the line is down
    bool answered_ = false;         ///< since the connection was made

    boost::asio::steady_timer timer_;
    std::optional<MonotonicTime> armed_;
};

}  // namespace fieldway::modbus
