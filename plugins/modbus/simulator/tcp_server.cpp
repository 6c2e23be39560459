#include "modbus/simulator/tcp_server.h"

#include <array>
#include <deque>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace fieldway::modbus::simulator {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// MBAP: transaction, protocol (0), length of what follows, unit. Modbus Messaging on
// TCP/IP 1.0b, 3.1.3.
constexpr std::size_t prefix_size = 6;
constexpr std::size_t least_length = 2;   // unit and function
constexpr std::size_t most_length = 254;  // unit and a PDU of 253
constexpr Duration wait_after_refused_accept =
    std::chrono::milliseconds(100);  // no descriptor is free

}  // namespace

struct TcpServer::Shared {
    explicit Shared(Responder all) : responder(std::move(all)) {}
    Responder responder;
    MonotonicTime begun = std::chrono::steady_clock::now();
    std::size_t connections = 0;
};

class TcpServer::Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
        : socket_(std::move(socket)), shared_(std::move(shared)) {
        ++shared_->connections;
        boost::system::error_code ignored;
        socket_.set_option(tcp::no_delay(true), ignored);
    }
    ~Connection() { --shared_->connections; }
    Connection(Connection&&) = delete;

    void read() {
        asio::async_read(socket_, asio::buffer(prefix_),
                         [self = shared_from_this()](auto error, std::size_t) {
                             if (!error) self->read_rest();
                         });
    }

  private:
    void read_rest() {
        const std::size_t length = static_cast<std::size_t>((prefix_[4] << 8U) | prefix_[5]);
        if (prefix_[2] != 0 || prefix_[3] != 0 || length < least_length || length > most_length)
            return;  // closes
        rest_.resize(length);
        asio::async_read(socket_, asio::buffer(rest_),
                         [self = shared_from_this()](auto error, std::size_t) {
                             if (error) return;
                             self->answer();
                             if (self->waiting_ <= most_waiting_answers) self->read();
                         });
    }
    void answer() {
        const Duration time = std::chrono::steady_clock::now() - shared_->begun;
        auto response = shared_->responder.respond(rest_[0], ByteView(rest_).subspan(1), time);
        if (!response) return;
        const std::size_t length = response->pdu.size() + 1;
        Bytes frame = {prefix_[0],
                       prefix_[1],
                       0,
                       0,
                       static_cast<std::uint8_t>(length >> 8U),
                       static_cast<std::uint8_t>(length & 0xFFU),
                       response->unit};
        if (response->spoil_transaction) ++frame[1];
        frame.insert(frame.end(), response->pdu.begin(), response->pdu.end());
        ++waiting_;
        if (response->wait == Duration::zero()) {
            send(std::move(frame));
            return;
        }
        auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), response->wait);
        timer->async_wait(
            [self = shared_from_this(), timer, frame = std::move(frame)](auto error) mutable {
                if (!error) self->send(std::move(frame));
            });
    }
    void send(Bytes frame) {
        out_.push_back(std::move(frame));
        if (out_.size() == 1) write();
    }
    void write() {
        asio::async_write(socket_, asio::buffer(out_.front()),
                          [self = shared_from_this()](auto error, std::size_t) {
                              if (error) return;
                              self->out_.pop_front();
                              --self->waiting_;
                              if (!self->out_.empty()) self->write();
                          });
    }

    tcp::socket socket_;
    std::shared_ptr<Shared> shared_;
    std::array<std::uint8_t, prefix_size> prefix_{};
    Bytes rest_;
    std::deque<Bytes> out_;
    std::size_t waiting_ = 0;  ///< answers that were not sent yet
};

Result<std::unique_ptr<TcpServer>> TcpServer::listen(asio::io_context& loop,
                                                     const std::string& host, std::uint16_t port,
                                                     Responder responder) {
    const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(numeric, error);
    if (error)
        return Error::stop_device(
            fmt::format("{} is no address to listen on: give it in numbers, as 127.0.0.1", host));
    tcp::acceptor acceptor(loop);
    const tcp::endpoint endpoint(address, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return Error::stop_device(
            fmt::format("cannot listen on {}:{} ({}): choose another port, or 0 for a free one",
                        host, port, error.message()));
    }
    std::unique_ptr<TcpServer> server(new TcpServer(std::move(acceptor), std::move(responder)));
    server->accept();
    return server;
}

TcpServer::TcpServer(tcp::acceptor acceptor, Responder responder)
    : acceptor_(std::move(acceptor)), shared_(std::make_shared<Shared>(std::move(responder))) {}

TcpServer::~TcpServer() = default;

std::uint16_t TcpServer::port() const {
    boost::system::error_code error;
    return acceptor_.local_endpoint(error).port();
}

void TcpServer::accept() {
    acceptor_.async_accept([this](auto error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            auto timer = std::make_shared<asio::steady_timer>(acceptor_.get_executor(),
                                                              wait_after_refused_accept);
            timer->async_wait([this, timer](auto cancelled) {
                if (!cancelled) accept();
            });
            return;
        }
        if (shared_->connections < most_connections) {
            std::make_shared<Connection>(std::move(socket), shared_)->read();
        }
        accept();
    });
}

}  // namespace fieldway::modbus::simulator
