#include "modbus/channel.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

namespace fieldway::modbus {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A server that acknowledges nothing for so long is gone, however much the kernel would repeat.
constexpr Duration least_user_timeout = std::chrono::seconds(10);
constexpr int timeouts_of_user_timeout = 4;
constexpr int keepalive_probes = 3;

template <int Name>
using TcpOption = asio::detail::socket_option::integer<IPPROTO_TCP, Name>;

template <class Unit>
int whole(Duration duration) {
    return static_cast<int>(
        std::max<std::int64_t>(1, std::chrono::duration_cast<Unit>(duration).count()));
}

error_code set_up(asio::ip::tcp::socket& socket, const LineOptions& options) {
    error_code error;
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) socket.non_blocking(true, error);
    if (error) return error;
    // Without these the connection works too: a half-open one is then found by its silence alone.
    error_code ignored;
    const Duration user_timeout =
        std::max(least_user_timeout, timeouts_of_user_timeout * options.timeout);
    socket.set_option(TcpOption<TCP_USER_TIMEOUT>(whole<std::chrono::milliseconds>(user_timeout)),
                      ignored);
    if (options.keepalive == Duration::zero()) return {};
    using std::chrono::seconds;
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    socket.set_option(TcpOption<TCP_KEEPIDLE>(whole<seconds>(options.keepalive)), ignored);
    socket.set_option(
        TcpOption<TCP_KEEPINTVL>(whole<seconds>(options.keepalive / keepalive_probes)), ignored);
    socket.set_option(TcpOption<TCP_KEEPCNT>(keepalive_probes), ignored);
    return {};
}

error_code set_up(asio::ip::udp::socket& socket, const LineOptions&) {
    error_code error;
    socket.non_blocking(true, error);
    return error;
}

template <class Protocol>
class SocketChannel final : public Channel {
  public:
    SocketChannel(asio::io_context& loop, const LineOptions& options)
        : options_(options), socket_(loop), resolver_(loop) {}

    void connect(Connected handler) override {
        error_code no_address;
        const auto address = asio::ip::make_address(options_.endpoint.host, no_address);
        if (!no_address) return connect_to({{address, options_.endpoint.port}}, std::move(handler));
        resolver_.async_resolve(
            options_.endpoint.host, std::to_string(options_.endpoint.port),
            Protocol::resolver::numeric_service,
            [this, attempt = attempt_, handler = std::move(handler)](
                error_code error, const typename Protocol::resolver::results_type& results) {
                // Found, but too late: close() was called in between.
                if (!error && attempt != attempt_) error = asio::error::operation_aborted;
                if (error) return handler(error);
                connect_to({results.begin(), results.end()}, handler);
            });
    }
    void receive(std::span<std::uint8_t> space, Received handler) override {
        socket_.async_receive(asio::buffer(space.data(), space.size()), std::move(handler));
    }
    error_code send(ByteView frame) override {
        error_code error;
        const std::size_t sent = socket_.send(asio::buffer(frame.data(), frame.size()), 0, error);
        if (!error && sent != frame.size()) error = asio::error::no_buffer_space;
        return error;
    }
    void close() override {
        error_code ignored;
        ++attempt_;
        resolver_.cancel();
        socket_.close(ignored);
    }

  private:
    using Endpoints = std::vector<typename Protocol::endpoint>;

    void connect_to(const Endpoints& endpoints, const Connected& handler) {
        // Kept alive by the handler: async_connect only borrows the list.
        auto list = std::make_shared<Endpoints>(endpoints);
        asio::async_connect(
            socket_, *list,
            [this, list, handler](error_code error, const typename Protocol::endpoint&) {
                if (!error) error = set_up(socket_, options_);
                handler(error);
            });
    }

    const LineOptions options_;
    typename Protocol::socket socket_;
    typename Protocol::resolver resolver_;
    std::uint64_t attempt_ = 0;
};

}  // namespace

std::unique_ptr<Channel> make_channel(asio::io_context& loop, const LineOptions& options) {
    if (options.endpoint.kind == Endpoint::Kind::udp) {
        return std::make_unique<SocketChannel<asio::ip::udp>>(loop, options);
    }
    return std::make_unique<SocketChannel<asio::ip::tcp>>(loop, options);
}

}  // namespace fieldway::modbus
