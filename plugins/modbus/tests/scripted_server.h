// A Modbus TCP server that answers as a test says, byte by byte.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "base/bytes.h"

namespace fieldway::modbus::test {

/// What to do with one request: send these pieces, each by a write of its own; then perhaps close.
struct Play {
    std::vector<Bytes> pieces;
    bool close = false;
};

/// Thread: the test's; the server works on one of its own, one connection at a time.
class ScriptedServer {
  public:
    using Script = std::function<Play(const Bytes& request)>;

    explicit ScriptedServer(Script script)
        : script_(std::move(script)),
          acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}),
          port_(acceptor_.local_endpoint().port()),
          thread_([this] { serve(); }) {}
    ~ScriptedServer() {
        stopping_ = true;
        // Wakes accept(); the client of the test has gone by now.
        boost::asio::io_context context;
        boost::asio::ip::tcp::socket wake(context);
        boost::system::error_code ignored;
        wake.connect({boost::asio::ip::address_v4::loopback(), port_}, ignored);
        thread_.join();
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    void serve() {
        while (!stopping_) {
            boost::system::error_code error;
            boost::asio::ip::tcp::socket socket(context_);
            acceptor_.accept(socket, error);
            if (error || stopping_) return;
            socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
            converse(socket);
        }
    }
    void converse(boost::asio::ip::tcp::socket& socket) {
        for (;;) {
            Bytes request(12);
            boost::system::error_code error;
            boost::asio::read(socket, boost::asio::buffer(request), error);
            if (error) return;
            const Play play = script_(request);
            for (const Bytes& piece : play.pieces) {
                boost::asio::write(socket, boost::asio::buffer(piece), error);
            }
            if (play.close || error) return;
        }
    }

    Script script_;
    std::atomic<bool> stopping_{false};
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::thread thread_;
};

}  // namespace fieldway::modbus::test
