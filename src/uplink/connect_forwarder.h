// A CONNECT proxy of our own on the loopback interface. Paho takes the name that
// it verifies and sends as SNI only from the URI, and looks up what is in the URI under its global
// lock. Through a proxy it looks nothing up and still verifies the name
// (docs/decisions/0004-paho.md). And it sees how the broker ends a connection, which Paho does not
// tell. Bytes pass unread; TLS is between Paho and the broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/error.h"
#include "uplink/engine.h"

namespace fieldway::uplink {

struct ConnectTarget {
    std::string host;
    std::uint16_t port = 0;
    friend auto operator<=>(const ConnectTarget&, const ConnectTarget&) = default;
};

/// The number of the client that asks, as it stands in a head's Proxy-Authorization
/// (ConnectForwarder
/// ::url_for); 0 when there is none. Pure.
std::uint64_t parse_connect_client(std::string_view head);

/// Host and port of `CONNECT host:port HTTP/1.1` and its header lines, or nothing when it is
/// anything else. Pure.
std::optional<ConnectTarget> parse_connect_head(std::string_view head);

/// Thread: any; it has one of its own. Serves the brokers it was told of and nothing else, to
/// whoever reaches loopback.
class ConnectForwarder {
  public:
    static constexpr std::size_t most_tunnels = 4096;

    /// Listens on a free port of 127.0.0.1. A tunnel that is not there after `patience` is given
    /// up; the broker's addresses share half of that, so that one that swallows packets does not
    /// keep us from the next.
    static Result<std::unique_ptr<ConnectForwarder>> start(
        std::chrono::milliseconds patience = std::chrono::seconds(20));
    ~ConnectForwarder();
    ConnectForwarder(const ConnectForwarder&) = delete;
    ConnectForwarder& operator=(const ConnectForwarder&) = delete;

    /// From now on this broker is served, by these numeric addresses in turn.
    void serve(const ConnectTarget& target, std::vector<std::string> addresses);
    /// Why the last tunnel to this broker could not be made; empty when it could.
    [[nodiscard]] std::string last_error(const ConnectTarget& target) const;
    /// What Paho takes as its proxy. `client` is a number of the caller's, above 0: with it
    /// ending_of() tells how its latest tunnel ended, if the broker ended it.
    [[nodiscard]] std::string url_for(std::uint64_t client) const;
    [[nodiscard]] Ending ending_of(std::uint64_t client) const;

  private:
    friend class Tunnel;
    struct Broker {
        std::vector<std::string> addresses;
        std::string error;
    };

    explicit ConnectForwarder(std::chrono::milliseconds patience);
    void accept();
    [[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint> endpoints_of(
        const ConnectTarget& target) const;
    void note(const ConnectTarget& target, std::string error);
    void note_ending(std::uint64_t client, Ending ending);

    const std::chrono::milliseconds patience_;
    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;                          // after a failed accept
    std::string address_;                                      // that it listens on
    std::shared_ptr<int> tunnels_ = std::make_shared<int>(0);  // its use count is what is open
    mutable std::mutex mutex_;                                 // guards what follows
    std::map<ConnectTarget, Broker> brokers_;                  // bounded by the configured uplinks
    std::map<std::uint64_t, Ending> endings_;                  // bounded by the engine's clients
    std::thread thread_;
};

}  // namespace fieldway::uplink
