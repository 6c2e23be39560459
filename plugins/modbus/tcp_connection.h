// The connection behind a TcpLine: sockets and timers around the poller. Internal.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/backoff.h"
#include "base/clock.h"
#include "modbus/line_delivery.h"
#include "modbus/poller.h"
#include "modbus/tcp_codec.h"
#include "modbus/tcp_line.h"

namespace fieldway::modbus {

/// Thread: the loop's.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
  public:
    static constexpr Duration first_wait = std::chrono::milliseconds(500);
    static constexpr Duration longest_wait = std::chrono::seconds(30);

    TcpConnection(SocketLoop& loop, const LineOptions& options, sdk::Host clock,
                  std::shared_ptr<TcpFigures> figures);

    void join(InputKey key, sdk::Host host, const std::vector<DeviceOptions>& devices);
    void update(InputKey key, const std::vector<DeviceOptions>& devices);
    void submit(InputKey key, const wire::Command& command);
    void leave(InputKey key);
    /// For good.
    void close();

  private:
    using Tcp = boost::asio::ip::tcp;
    enum class Phase : std::uint8_t { idle, waiting, connecting, connected, closed };

    void connect();
    void connect_to(const std::vector<Tcp::endpoint>& endpoints);
    void connected();
    void connect_failed(const std::string& reason);
    /// The connection is of no use any more.
    void lost(const std::string& reason);
    void read();
    void received(std::size_t count);
    void take_frame(const TcpFrame& frame, Timestamp now);
    void send(const Step& step);
    void answer_is_overdue();
    /// Does whatever is to be done now, and arms the timer for what comes next.
    void pump();
    void arm(MonotonicTime at);
    void on_timer();
    void drop_socket();
    [[nodiscard]] MonotonicTime now() const { return clock_.monotonic(); }

    const LineOptions options_;
    sdk::Host clock_;
    std::shared_ptr<TcpFigures> figures_;
    Random random_;
    Poller poller_;
    LineDelivery delivery_;
    PollerOutput out_;

    Tcp::socket socket_;
    Tcp::resolver resolver_;
    Phase phase_ = Phase::idle;
    std::uint64_t attempt_ = 0;  ///< handlers of an earlier one are ignored
    Backoff backoff_{first_wait, longest_wait};
    MonotonicTime phase_ends_{};  ///< of waiting and connecting
    bool told_down_ = false;      ///< the poller knows that the line is down
    bool answered_ = false;       ///< since the connection was made

    TcpDecoder decoder_;
    TransactionNumbers numbers_;
    Bytes frame_;
    Request asked_;
    std::uint16_t transaction_ = 0;
    MonotonicTime deadline_{};  ///< of the request in flight
    std::string mismatch_;      ///< why what came so far was no answer to it

    boost::asio::steady_timer timer_;
    std::optional<MonotonicTime> armed_;
};

}  // namespace fieldway::modbus
