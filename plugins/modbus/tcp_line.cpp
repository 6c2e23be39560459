#include "modbus/tcp_line.h"

#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "modbus/tcp_connection.h"

namespace fieldway::modbus {

TcpLine::TcpLine(SocketLoop& loop, const LineOptions& options, sdk::Host clock)
    : options_(options),
      loop_(loop),
      figures_(std::make_shared<TcpFigures>()),
      connection_(std::make_shared<TcpConnection>(loop, options, clock, figures_)) {}

TcpLine::~TcpLine() {
    boost::asio::post(loop_.context(), [connection = connection_] { connection->close(); });
}

void TcpLine::join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, host, devices = std::move(devices)] {
                          connection->join(key, host, devices);
                      });
}

void TcpLine::update(InputKey key, std::vector<DeviceOptions> devices) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, devices = std::move(devices)] {
                          connection->update(key, devices);
                      });
}

void TcpLine::submit(InputKey key, wire::Command command) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, command = std::move(command)] {
                          connection->submit(key, command);
                      });
}

bool TcpLine::leave(InputKey key, MonotonicTime deadline) {
    auto left = std::make_shared<std::promise<void>>();  // shared: the deadline may pass first
    std::future<void> done = left->get_future();
    boost::asio::post(loop_.context(), [connection = connection_, key, left] {
        connection->leave(key);
        left->set_value();
    });
    return done.wait_until(deadline) == std::future_status::ready;
}

}  // namespace fieldway::modbus
