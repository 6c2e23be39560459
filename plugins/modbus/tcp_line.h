// Modbus TCP: one connection to one host and port, shared by all units and inputs behind it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "modbus/line.h"
#include "modbus/socket_loop.h"
#include "plugin_api/sdk.h"

namespace fieldway::modbus {

/// Counted since the line was made. Thread: any.
struct TcpFigures {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> late{0};     ///< answers after their time, discarded
    std::atomic<std::uint64_t> foreign{0};  ///< answers to nothing that was asked, discarded
    std::atomic<std::uint64_t> mismatched{
        0};  ///< of the right transaction, but another unit, function or length
    std::atomic<std::uint64_t> connects{0};
    std::atomic<std::uint64_t> garbage{
        0};  ///< connections closed since what came was no Modbus TCP
};

/// After so many requests in a row without any answer the connection may be open on our side alone:
/// it is made anew.
inline constexpr unsigned silent_requests_until_reconnect = 4;

class TcpConnection;

/// Thread: the plugin's control thread; the connection lives on the loop.
class TcpLine final : public Line {
  public:
    /// The clock is any host of the plugin: it outlives every line.
    TcpLine(SocketLoop& loop, const LineOptions& options, sdk::Host clock);
    ~TcpLine() override;

    [[nodiscard]] const LineOptions& options() const override { return options_; }
    void join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) override;
    void update(InputKey key, std::vector<DeviceOptions> devices) override;
    void submit(InputKey key, wire::Command command) override;
    bool leave(InputKey key, MonotonicTime deadline) override;

    [[nodiscard]] const TcpFigures& figures() const { return *figures_; }

  private:
    LineOptions options_;
    SocketLoop& loop_;
    std::shared_ptr<TcpFigures> figures_;        // shared with the connection, which may end later
    std::shared_ptr<TcpConnection> connection_;  // shared with its handlers on the loop
};

}  // namespace fieldway::modbus
