// The narrow interface to an MQTT client library: one Connection is one device's session on the
// wire.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/gateway_config.h"

namespace fieldway::uplink {

struct ConnectRequest {
    std::string host;  ///< verified and sent as SNI
    std::uint16_t port = 1883;
    std::vector<std::string>
        addresses;  ///< numeric, resolved by us before: no engine looks a name up
    bool secure = false;
    config::TlsOptions tls;
    std::string client_id;
    std::string username;  ///< empty: none
    std::string password;  ///< secret
    config::MqttVersion version = config::MqttVersion::v5;
    Duration keepalive = std::chrono::seconds(60);
    Duration session_expiry{};  ///< zero: a clean session, which is all that Paho is used for
    Duration timeout = std::chrono::seconds(20);
    /// It matters how the connection will end: `on_lost` tells a closing by the broker from a
    /// reset, also where that costs something, and nothing open is sent again by the engine.
    bool watch_ending = false;
};

/// How a connection ended that we did not close.
enum class Ending : std::uint8_t {
    unknown,         ///< the engine cannot tell, or a network error
    reset,           ///< a TCP reset
    by_peer,         ///< the broker closed it in good order: a DISCONNECT, or the end of its bytes
    another_reason,  ///< it said why, and no message can be the reason: it shuts down ...
};

struct PublishRequest {
    std::uint64_t id = 0;  ///< ours; comes back with the acknowledgement
    std::string topic;     ///< may hold a secret
    std::shared_ptr<const std::string> payload;
    std::string content_type;  ///< MQTT 5 only; "" sends none
    bool retain = false;
};

/// A PUBLISH from the broker.
struct IncomingMessage {
    std::string topic;    ///< may hold a secret
    std::string payload;  ///< empty where it has more bytes than Downlink::most_bytes
    std::size_t bytes = 0;
    std::string correlation;  ///< MQTT 5 correlation data
    bool again = false;       ///< DUP
    bool retained = false;
};

struct ConnectResult {
    bool accepted = false;
    bool refused_by_broker = false;  ///< a CONNACK said no; otherwise the network or TLS did
    std::uint8_t reason = 0;         ///< CONNACK code as sent: 5 or 3.1.1 by the version asked for
    std::string sentence;            ///< what happened, without secrets
    bool session_present = false;
    bool resends_open_publishes = false;  ///< open publishes stay open: the engine resends them
    std::uint16_t receive_maximum = 65535;
    std::uint32_t maximum_packet_size = 0;  ///< 0: none told
};

/// Events of one connection. Thread: core; an engine posts them there.
class ConnectionEvents {
  public:
    virtual ~ConnectionEvents() = default;
    virtual void on_connected(const ConnectResult& result) = 0;
    /// PUBACK. reason 0 for success and always 0 under 3.1.1; 0x80 and above are refusals (MQTT 5
    /// clause 3.4.2.1).
    virtual void on_acknowledged(std::uint64_t id, std::uint8_t reason) = 0;
    /// The publish was not acknowledged and the engine will not send it again.
    virtual void on_publish_failed(std::uint64_t id, const std::string& sentence) = 0;
    /// SUBACK: the QoS that was granted, or 0x80 and above (MQTT 5 clause 3.9.3).
    virtual void on_subscribed(std::uint8_t code) = 0;
    virtual void on_message(IncomingMessage message) = 0;
    /// So many messages came faster than they were taken, and are lost.
    virtual void on_messages_dropped(std::uint64_t count) = 0;
    /// The connection is gone: `reason` is the code of a DISCONNECT from the server, 0 when there
    /// was none.
    virtual void on_lost(Ending ending, std::uint8_t reason, const std::string& sentence) = 0;
};

/// Thread: core, every method; none blocks.
class Connection {
  public:
    virtual ~Connection() = default;
    /// Only when not connected or connecting. Answered by on_connected once.
    virtual void connect(const ConnectRequest& request) = 0;
    virtual void publish(PublishRequest request) = 0;
    /// At QoS 1, when connected. Answered by on_subscribed, unless the connection is lost before.
    virtual void subscribe(const std::string& filter) = 0;
    /// A DISCONNECT is sent when connected; no further events except none.
    virtual void close() = 0;
};

/// Makes connections. `stop` ends all threads of the library by the deadline.
class Engine {
  public:
    virtual ~Engine() = default;
    virtual std::unique_ptr<Connection> make(ConnectionEvents& events) = 0;
    virtual bool stop(MonotonicTime deadline) = 0;
};

}  // namespace fieldway::uplink
