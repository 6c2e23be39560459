// Modbus over sockets (TCP, UDP, RTU over TCP): one connection to one host and port, shared by all
// units and inputs behind it.
#pragma once

#include <memory>

#include "modbus/exchange.h"
#include "modbus/line.h"
#include "modbus/socket_loop.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

/// After so many requests in a row without any answer the connection may be open on our side alone:
/// it is made anew.
inline constexpr unsigned silent_requests_until_reconnect = 4;

class SocketConnection;

/// Thread: the plugin's control thread; the connection lives on the loop.
class SocketLine final : public Line {
  public:
    /// The clock is any host of the plugin: it outlives every line.
    SocketLine(SocketLoop& loop, const LineOptions& options, sdk::Host clock);
    ~SocketLine() override;

    [[nodiscard]] const LineOptions& options() const override { return options_; }
    void join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) override;
    void update(InputKey key, std::vector<DeviceOptions> devices) override;
    void submit(InputKey key, wire::Command command) override;
    bool leave(InputKey key, MonotonicTime deadline) override;

    [[nodiscard]] const LineFigures& figures() const { return *figures_; }

  private:
    LineOptions options_;
    SocketLoop& loop_;
    std::shared_ptr<LineFigures> figures_;  // shared with the connection, which may end later
    std::shared_ptr<SocketConnection> connection_;  // shared with its handlers on the loop
};

}  // namespace fieldway::modbus
