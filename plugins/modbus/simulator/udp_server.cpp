#include "modbus/simulator/udp_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "modbus/tcp_codec.h"

namespace fieldway::modbus::simulator {

namespace asio = boost::asio;
using asio::ip::udp;

class UdpServer::Socket : public std::enable_shared_from_this<Socket> {
  public:
    Socket(udp::socket socket, Duration turn_around, Responder responder)
        : socket_(std::move(socket)), turn_around_(turn_around), responder_(std::move(responder)) {}

    [[nodiscard]] std::uint16_t port() const {
        boost::system::error_code error;
        return socket_.local_endpoint(error).port();
    }
    void close() {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
    void receive() {
        socket_.async_receive_from(asio::buffer(chunk_), from_,
                                   [self = shared_from_this()](auto error, std::size_t size) {
                                       if (error == asio::error::operation_aborted) return;
                                       if (!error) self->take(size);
                                       self->receive();
                                   });
    }

  private:
    /// A datagram that is no request is nothing.
    void take(std::size_t size) {
        TcpDecoder decoder;
        const auto space = decoder.space();
        std::copy_n(chunk_.begin(), size, space.begin());
        decoder.commit(size);
        const auto frame = decoder.next();
        if (!frame || !*frame || (*frame)->pdu.size() + mbap_size != size) return;
        const Asked asked{Framing::tcp, (*frame)->transaction, (*frame)->unit,
                          Bytes((*frame)->pdu.begin(), (*frame)->pdu.end())};
        const auto response = responder_.respond(asked, std::chrono::steady_clock::now() - begun_);
        if (!response) return;
        Duration wait = turn_around_;
        for (const Piece& piece : response->pieces) {
            wait += piece.wait;
            send_after(wait, piece.bytes);
        }
    }
    void send_after(Duration wait, const Bytes& bytes) {
        auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), wait);
        timer->async_wait([self = shared_from_this(), timer, bytes, to = from_](auto error) {
            if (error) return;
            boost::system::error_code ignored;  // nobody listens: as on a network, it is gone
            self->socket_.send_to(asio::buffer(bytes), to, 0, ignored);
        });
    }

    udp::socket socket_;
    Duration turn_around_;
    Responder responder_;
    udp::endpoint from_;
    std::array<std::uint8_t, longest_tcp_frame> chunk_{};
    MonotonicTime begun_ = std::chrono::steady_clock::now();
};

Result<std::unique_ptr<UdpServer>> UdpServer::bind(asio::io_context& loop, const std::string& host,
                                                   std::uint16_t port, Duration turn_around,
                                                   Responder responder) {
    const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(numeric, error);
    if (error) {
        return Error::stop_device(
            fmt::format("{} is no address to listen on: give it in numbers, as 127.0.0.1", host));
    }
    udp::socket socket(loop);
    const udp::endpoint endpoint(address, port);
    socket.open(endpoint.protocol(), error);
    if (!error) socket.bind(endpoint, error);
    if (error) {
        return Error::stop_device(
            fmt::format("cannot listen on {}:{} ({}): choose another port, or 0 for a free one",
                        host, port, error.message()));
    }
    auto made = std::make_shared<Socket>(std::move(socket), turn_around, std::move(responder));
    made->receive();
    return std::unique_ptr<UdpServer>(new UdpServer(std::move(made)));
}

UdpServer::UdpServer(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}

UdpServer::~UdpServer() {
    socket_->close();
}

std::uint16_t UdpServer::port() const {
    return socket_->port();
}

}  // namespace fieldway::modbus::simulator
