// One MQTTAsync object of Paho C. paho_client.cpp is the only file that includes Paho's headers
// (docs/decisions/0004-paho.md says why the C API, and what each oddity is for).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "uplink/engine.h"

namespace fieldway::uplink {

class PahoClient;

/// What Paho's callbacks tell. `generation` is the one that connect() or publish() was called with.
struct PahoEvent {
    enum class Kind : std::uint8_t {
        connected,       ///< `result` says how
        acknowledged,    ///< `id`, `code`
        publish_failed,  ///< `id`: not acknowledged, and Paho will not send it again
        subscribed,      ///< `code`: the QoS that was granted, or the refusal
        arrived,         ///< `message`
        lost,            ///< `code` of the server's DISCONNECT, or 0
        closed,          ///< what disconnect() asked for is done
    };
    Kind kind = Kind::lost;
    PahoClient* client = nullptr;
    std::uint64_t generation = 0;
    std::uint64_t id = 0;
    std::uint8_t code = 0;
    ConnectResult result;
    std::string sentence;
    IncomingMessage message;
};

/// Called on Paho's threads under Paho's lock, and on the worker thread: it must only hand over.
using PahoSink = std::function<void(PahoEvent)>;

std::string host_in_uri(const std::string& host);

/// Thread: the engine's worker for every method; each may wait for Paho's lock.
class PahoClient {
  public:
    /// What stays as it is for the life of the object: Paho keeps TLS and a proxy once they were
    /// set.
    struct Kind {
        std::string client_id;
        config::MqttVersion version = config::MqttVersion::v5;
        bool secure = false;
        bool proxied = false;
        friend bool operator==(const Kind&, const Kind&) = default;
    };
    /// Before the first client is made. OpenSSL prepares itself when TLS is first used: Paho would
    /// do all of it for every client, with TLS or without, at 1.4 MB.
    static void prepare_library();

    PahoClient(Kind kind, PahoSink sink);
    /// Only when it is neither connected nor connecting.
    ~PahoClient();
    PahoClient(const PahoClient&) = delete;
    PahoClient& operator=(const PahoClient&) = delete;

    /// `address` is numeric; `proxy` is empty or the URL of our CONNECT forwarder, then Paho is
    /// given the host's name.
    void connect(const ConnectRequest& request, const std::string& address,
                 const std::string& proxy, std::uint64_t generation);
    void publish(const PublishRequest& request, std::uint64_t generation);
    void subscribe(const std::string& filter, std::uint64_t generation);
    /// Answered by `closed`, also when it was not connected.
    void disconnect(std::uint64_t generation);
    [[nodiscard]] bool is_connected() const;

    [[nodiscard]] const Kind& kind() const { return kind_; }

  private:
    struct Callbacks;  // what Paho calls
    friend struct Callbacks;
    /// What a pending operation's callback gets as its context; they are kept and reused.
    struct Slot {
        PahoClient* client = nullptr;
        std::uint64_t generation = 0;
        std::uint64_t id = 0;
    };

    Slot* take_slot(std::uint64_t generation, std::uint64_t id);
    Slot give_back(Slot* slot);
    void tell(PahoEvent event);
    void connect_failed(std::uint64_t generation, int code, const char* message);
    void note_tls_error(std::string_view line);

    const Kind kind_;
    const PahoSink sink_;
    void* handle_ = nullptr;
    int create_code_ = 0;
    std::atomic<std::uint64_t> generation_{0};  // of the present connection

    std::mutex mutex_;  // guards what follows
    std::deque<Slot> slots_;
    std::vector<Slot*> free_slots_;
    std::string tls_error_;
    std::string shown_address_;
    std::string host_;
};

}  // namespace fieldway::uplink
