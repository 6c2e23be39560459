#include "modbus/simulator/tcp_server.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "modbus/simulator/request_receiver.h"
#include "modbus/tcp_codec.h"

namespace fieldway::modbus::simulator {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr Duration wait_after_refused_accept =
    std::chrono::milliseconds(100);  // no descriptor is free

}  // namespace

struct TcpServer::Shared {
    Shared(const TcpServerOptions& given, Responder all)
        : options(given), responder(std::move(all)) {}
    TcpServerOptions options;
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
        socket_.async_read_some(asio::buffer(chunk_),
                                [self = shared_from_this()](auto error, std::size_t size) {
                                    if (error || !self->take(ByteView(self->chunk_).first(size)))
                                        return;  // closes
                                    if (self->waiting_ <= most_waiting_pieces) self->read();
                                });
    }

  private:
    /// False: what came is no Modbus.
    bool take(ByteView bytes) {
        if (shared_->options.framing == Framing::tcp) return take_numbered(bytes);
        receiver_.add(bytes);
        while (const auto request = receiver_.take())
            answer({Framing::rtu, 0, request->unit, request->pdu});
        return open_;
    }
    bool take_numbered(ByteView bytes) {
        while (!bytes.empty()) {
            const auto space = decoder_.space();
            const std::size_t count = std::min(space.size(), bytes.size());
            std::copy_n(bytes.begin(), count, space.begin());
            decoder_.commit(count);
            bytes = bytes.subspan(count);
            for (;;) {
                const auto frame = decoder_.next();
                if (!frame) return false;
                if (!*frame) break;
                answer({Framing::tcp, (*frame)->transaction, (*frame)->unit,
                        Bytes((*frame)->pdu.begin(), (*frame)->pdu.end())});
            }
        }
        return open_;
    }
    void answer(const Asked& asked) {
        if (stuck_ || !open_) return;
        const Duration time = std::chrono::steady_clock::now() - shared_->begun;
        const auto response = shared_->responder.respond(asked, time);
        if (!response) return;
        if (response->act) {
            stuck_ = response->act->kind == FaultKind::stuck;
            open_ = stuck_;
            return;
        }
        Duration wait = shared_->options.turn_around;
        for (const Piece& piece : response->pieces) {
            wait += piece.wait;
            send_after(wait, piece.bytes);
        }
    }
    void send_after(Duration wait, const Bytes& bytes) {
        ++waiting_;
        if (wait == Duration::zero()) return send(bytes);
        auto timer = std::make_shared<asio::steady_timer>(socket_.get_executor(), wait);
        timer->async_wait([self = shared_from_this(), timer, bytes](auto error) {
            if (!error) self->send(bytes);
        });
    }
    void send(Bytes bytes) {
        out_.push_back(std::move(bytes));
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
    std::array<std::uint8_t, FrameScanner::most_added> chunk_{};
    TcpDecoder decoder_;
    RtuReceiver receiver_;
    std::deque<Bytes> out_;
    std::size_t waiting_ = 0;  ///< pieces that were not sent yet
    bool stuck_ = false;
    bool open_ = true;
};

Result<std::unique_ptr<TcpServer>> TcpServer::listen(asio::io_context& loop,
                                                     const TcpServerOptions& options,
                                                     Responder responder) {
    const std::string& host = options.host;
    const std::string numeric = host == "localhost" ? "127.0.0.1" : host;
    boost::system::error_code error;
    const auto address = asio::ip::make_address(numeric, error);
    if (error)
        return Error::stop_device(
            fmt::format("{} is no address to listen on: give it in numbers, as 127.0.0.1", host));
    tcp::acceptor acceptor(loop);
    const tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return Error::stop_device(
            fmt::format("cannot listen on {}:{} ({}): choose another port, or 0 for a free one",
                        host, options.port, error.message()));
    }
    std::unique_ptr<TcpServer> server(
        new TcpServer(std::move(acceptor), options, std::move(responder)));
    server->accept();
    return server;
}

TcpServer::TcpServer(tcp::acceptor acceptor, const TcpServerOptions& options, Responder responder)
    : acceptor_(std::move(acceptor)),
      shared_(std::make_shared<Shared>(options, std::move(responder))) {}

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
        if (shared_->connections < shared_->options.connections) {
            std::make_shared<Connection>(std::move(socket), shared_)->read();
        }
        accept();
    });
}

}  // namespace fieldway::modbus::simulator
