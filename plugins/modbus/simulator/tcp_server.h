// Modbus TCP, or RTU over TCP, over a Responder. Thread: its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/error.h"
#include "modbus/frame_scanner.h"
#include "modbus/simulator/responder.h"

namespace fieldway::modbus::simulator {

struct TcpServerOptions {
    std::string host;
    std::uint16_t port = 0;  ///< 0: a free one
    Framing framing = Framing::tcp;
    std::uint32_t connections = 1000;  ///< at once; another one is hung up on
    Duration turn_around{};
};

/// One listening port; its connections share the units behind it.
class TcpServer {
  public:
    /// Pieces that wait for their time, a connection; beyond it the connection is closed.
    static constexpr std::size_t most_waiting_pieces = 1024;

    /// An error names what is in the way.
    static Result<std::unique_ptr<TcpServer>> listen(boost::asio::io_context& loop,
                                                     const TcpServerOptions& options,
                                                     Responder responder);
    ~TcpServer();
    TcpServer(TcpServer&&) = delete;

    [[nodiscard]] std::uint16_t port() const;

  private:
    class Connection;
    struct Shared;
    TcpServer(boost::asio::ip::tcp::acceptor acceptor, const TcpServerOptions& options,
              Responder responder);
    void accept();

    boost::asio::ip::tcp::acceptor acceptor_;
    std::shared_ptr<Shared>
        shared_;  // shared: a connection may outlive the server by the turn of the loop it is in
};

}  // namespace fieldway::modbus::simulator
