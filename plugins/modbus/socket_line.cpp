#include "modbus/socket_line.h"

#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "modbus/socket_connection.h"

namespace fieldway::modbus {

SocketLine::SocketLine(SocketLoop& loop, const LineOptions& options, sdk::Host clock)
    : options_(options),
      loop_(loop),
      figures_(std::make_shared<LineFigures>()),
      connection_(std::make_shared<SocketConnection>(loop, options, clock, figures_)) {}

SocketLine::~SocketLine() {
    boost::asio::post(loop_.context(), [connection = connection_] { connection->close(); });
}

void SocketLine::join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, host, devices = std::move(devices)] {
                          connection->join(key, host, devices);
                      });
}

void SocketLine::update(InputKey key, std::vector<DeviceOptions> devices) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, devices = std::move(devices)] {
                          connection->update(key, devices);
                      });
}

void SocketLine::submit(InputKey key, wire::Command command) {
    boost::asio::post(loop_.context(),
                      [connection = connection_, key, command = std::move(command)] {
                          connection->submit(key, command);
                      });
}

bool SocketLine::leave(InputKey key, MonotonicTime deadline) {
    auto left = std::make_shared<std::promise<void>>();  // shared: the deadline may pass first
    std::future<void> done = left->get_future();
    boost::asio::post(loop_.context(), [connection = connection_, key, left] {
        connection->leave(key);
        left->set_value();
    });
    return done.wait_until(deadline) == std::future_status::ready;
}

}  // namespace fieldway::modbus
