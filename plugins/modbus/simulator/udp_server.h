// Modbus UDP over a Responder. Thread: its loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "base/error.h"
#include "modbus/simulator/responder.h"

namespace fieldway::modbus::simulator {

class UdpServer {
  public:
    /// Port 0: a free one. An error names what is in the way.
    static Result<std::unique_ptr<UdpServer>> bind(boost::asio::io_context& loop,
                                                   const std::string& host, std::uint16_t port,
                                                   Duration turn_around, Responder responder);
    ~UdpServer();
    UdpServer(UdpServer&&) = delete;

    [[nodiscard]] std::uint16_t port() const;

  private:
    class Socket;
    explicit UdpServer(std::shared_ptr<Socket> socket);

    std::shared_ptr<Socket>
        socket_;  // shared: handlers of the loop keep it for the turn that they are in
};

}  // namespace fieldway::modbus::simulator
