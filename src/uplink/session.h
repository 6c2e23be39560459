// One device's session: carries out what its machine decides, with the queue on one side and the
// engine on the other.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.h"
#include "config/gateway_config.h"
#include "queue/queue.h"
#include "uplink/background.h"
#include "uplink/backlog_gate.h"
#include "uplink/credentials.h"
#include "uplink/engine.h"
#include "uplink/pool.h"
#include "uplink/resolver.h"
#include "uplink/session_machine.h"

namespace fieldway::uplink {

/// What all sessions share; owned by the pool, which outlives them.
struct SessionSurroundings {
    boost::asio::io_context& core;
    queue::Queue& queue;
    Engine& engine;
    const Clock& clock;
    Log log;
    Background& files;
    Resolver& resolver;
    /// Asks for a place in the line of connects; may_connect() is called when it is this session's
    /// turn.
    std::function<void(std::uint64_t ticket)> enter_line;
    std::function<void(std::uint64_t ticket)> leave_line;
    /// Asks the backlog's gate. True: granted at once; otherwise granted() is called.
    std::function<bool(const BacklogGate::Pass& pass, std::size_t bytes)> ask_gate;
    std::function<void(std::uint64_t ticket)> leave_gate;
    /// The session is in another state.
    std::function<void(std::uint64_t ticket, SessionState state)> changed;
    /// Empty: nobody takes downlinks.
    std::function<void(Downlink downlink)> downlink;
};

/// Thread: core.
class Session final : public ConnectionEvents {
  public:
    /// `ticket` names the session in the line of connects; `seed` is of its jitter.
    Session(SessionSurroundings& around, const config::UplinkOptions& uplink, DeviceId device,
            std::uint64_t ticket, std::uint64_t seed);
    ~Session() override;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    void start();
    void may_connect();
    void arrived(Stream stream);
    void granted(Stream stream);
    /// As the machine has them.
    void look_out();
    void broker_is_back();
    /// The clock is settled, was set, or is believed no more.
    void clock_changed();
    /// `stopped` is called once on the core thread, at the deadline at the latest.
    void stop(MonotonicTime deadline, std::function<void()> stopped);
    [[nodiscard]] SessionStatus status() const;
    [[nodiscard]] const config::UplinkOptions& uplink() const { return uplink_; }

    void on_connected(const ConnectResult& result) override;
    void on_acknowledged(std::uint64_t id, std::uint8_t reason) override;
    void on_publish_failed(std::uint64_t id, const std::string& sentence) override;
    void on_subscribed(std::uint8_t code) override;
    void on_message(IncomingMessage message) override;
    void on_messages_dropped(std::uint64_t count) override;
    void on_lost(Ending ending, std::uint8_t reason, const std::string& sentence) override;

  private:
    void run(Actions actions);
    void perform(const action::Connect& connect);
    void perform(const action::Close&);
    void perform(const action::Prepare&);
    void perform(const action::Abandon&);
    void perform(const action::Replace& replace);
    void perform(const action::Subscribe&);
    void perform(const action::Downlinks& downlinks);
    void perform(const action::Draw& draw);
    void perform(const action::Ask& ask);
    void perform(const action::Leave&);
    void perform(const action::Publish& publish);
    void perform(const action::Release& release);
    void perform(const action::Bury& bury);
    void perform(const action::Change& change);
    bool renewal_hides(const action::Change& change);
    void log_change(SessionState from, const action::Change& change) const;

    void enter_line();
    void with_addresses(MonotonicTime turn, const Result<Addresses>& addresses);
    void fetch_secret();
    void with_secret(const Result<Secret>& secret);
    void connect(bool watch_ending);
    void connect_failed(const Error& error);
    [[nodiscard]] std::string hindered_by_clock() const;
    [[nodiscard]] bool doubts_clock() const;
    std::shared_ptr<const std::string> payload_of(const std::shared_ptr<const Record>& record);
    [[nodiscard]] ConnectResult blame_clock(ConnectResult result) const;
    ConnectResult try_other_key(ConnectResult result);
    void arm_timer();
    [[nodiscard]] queue::StreamKey key_of(Stream stream) const;
    [[nodiscard]] Sequences newest() const;
    [[nodiscard]] std::string broker() const;
    [[nodiscard]] MonotonicTime now() const { return around_.clock.monotonic(); }

    SessionSurroundings& around_;
    const config::UplinkOptions uplink_;
    const DeviceId device_;
    const std::uint64_t ticket_;
    SessionMachine machine_;
    std::unique_ptr<Connection> connection_;
    boost::asio::steady_timer timer_;
    std::deque<Action> todo_;
    bool running_ = false;
    std::uint64_t attempt_ = 0;         // counts tries: what belongs to an earlier one is dropped
    bool watch_ending_ = false;         // of the connection that is being made
    bool preparing_ = false;            // the try is for a connection that takes another's place
    bool prepared_ = false;             // it has addresses, and waits for a turn again
    bool waited_for_clock_ = false;     // a message was not sent since its time is not known
    Secret next_secret_;                // of the connection that is being made
    Addresses addresses_;               // likewise
    std::string secret_;                // of the present connection; never shown
    WallTime token_expires_{};          // likewise
    std::string filter_;                // what it subscribed to; may hold the secret
    WhichKey key_ = WhichKey::present;  // signs the next token
    std::shared_ptr<const Record> drawn_;
    std::shared_ptr<const std::string> payload_;  // of what was drawn
    std::function<void()> stopped_;
    std::shared_ptr<int> alive_ =
        std::make_shared<int>(0);  // replies look whether we are still here

    SessionState state_ = SessionState::stopped;
    std::string reason_;
    WallTime since_{};
    std::uint64_t published_ = 0;
    std::uint64_t acknowledged_ = 0;
    DownlinkFigures downlinks_;
    bool drop_told_ = false;  // one line when downlinks begin to be dropped, on a connection
};

/// Bytes of a PUBLISH with QoS 1 (MQTT 5 clause 3.3), an upper bound for 3.1.1.
std::size_t publish_packet_bytes(std::size_t topic, std::size_t payload, std::size_t content_type);

}  // namespace fieldway::uplink
