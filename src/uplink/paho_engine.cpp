// The engine on Paho: threads and lives of its clients. Paho itself is behind paho_client.h.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "uplink/arrival_limit.h"
#include "uplink/connect_forwarder.h"
#include "uplink/paho_client.h"
#include "uplink/paho_worker.h"
#include "uplink/pool.h"
#include "uplink/reasons.h"

namespace fieldway::uplink {

namespace {

class PahoConnection;

/// Of the time for a connect, when a name has many addresses.
constexpr Duration least_share = std::chrono::seconds(2);

/// What the core knows of one Paho client. A client is connected to at most one Connection's life
/// at a time; between lives it is kept for the next connect of its device, never destroyed while
/// Paho's threads run.
struct ClientRecord {
    enum class Phase : std::uint8_t { idle, connecting, connected, closing };
    std::unique_ptr<PahoClient> client;
    Phase phase = Phase::idle;
    PahoConnection* owner = nullptr;  // who hears its events
    std::uint64_t number = 0;         // names it at the forwarder
    std::size_t open = 0;             // publishes without an answer
    bool worn = false;  // holds publishes that Paho would send in the next session: not used again
};

class PahoEngine final : public Engine {
  public:
    PahoEngine(boost::asio::io_context& core, const Clock& clock, Log log)
        : core_(core), clock_(clock), log_(std::move(log)) {
        // Paho would send MQTT through the web proxy of the environment, and has no option against
        // it.
        ::unsetenv("http_proxy");
        ::unsetenv("https_proxy");
        PahoClient::prepare_library();
    }
    ~PahoEngine() override { stop(clock_.monotonic() + std::chrono::seconds(2)); }

    std::unique_ptr<Connection> make(ConnectionEvents& events) override;
    bool stop(MonotonicTime deadline) override;

    // For PahoConnection. Thread: core.
    ClientRecord* take_client(PahoClient::Kind kind, PahoConnection* owner);
    void release_client(ClientRecord* record);
    /// Makes the forwarder serve this broker where Paho may not be given its address, or where the
    /// connection's end is to be seen. False: there is no need.
    Result<bool> serve(const ConnectRequest& request);
    [[nodiscard]] const ConnectForwarder& forwarder() const { return *forwarder_; }
    [[nodiscard]] std::string forwarder_error(const ConnectRequest& request) const;
    PahoWorker& worker() { return *worker_; }

  private:
    void take(PahoEvent event);
    void deliver();
    void deliver(PahoEvent& event);

    boost::asio::io_context& core_;
    const Clock& clock_;
    Log log_;
    std::map<PahoClient*, ClientRecord> clients_;
    std::uint64_t last_number_ = 0;  // of a client
    std::unique_ptr<ConnectForwarder> forwarder_;
    std::unique_ptr<PahoWorker> worker_ = std::make_unique<PahoWorker>();
    bool stopped_ = false;

    /// Callbacks hand over here. Shared: a callback may come after the engine is gone when stop()
    /// was too short. Two locks, so that the core, woken by a callback, does not wait for it to be
    /// done with waking: with one lock each acknowledgement cost two more switches of threads.
    struct Inbox {
        std::shared_mutex life;        // guards engine; held shared for the length of a callback
        PahoEngine* engine = nullptr;  // changed by the core alone
        std::mutex mutex;              // guards what follows
        std::vector<PahoEvent> events;
        ArrivalLimit arrivals;
    };
    std::shared_ptr<Inbox> inbox_ = [this] {
        auto inbox = std::make_shared<Inbox>();
        inbox->engine = this;
        return inbox;
    }();
};

/// Thread: core.
class PahoConnection final : public Connection {
  public:
    PahoConnection(PahoEngine& engine, ConnectionEvents& events)
        : engine_(engine), events_(events) {}
    ~PahoConnection() override { close(); }

    void connect(const ConnectRequest& request) override {
        if (stopped_) return fail("the MQTT library has been stopped");
        request_ = request;
        next_address_ = 0;
        if (record_ != nullptr && record_->worn) close();
        if (const auto served = engine_.serve(request_); !served) {
            fail(served.error().text());
        } else {
            proxied_ = *served;
            if (record_ != nullptr && record_->client->kind().proxied != proxied_) close();
            try_next();
        }
    }

    void publish(PublishRequest request) override {
        if (record_ == nullptr) return;
        ++record_->open;
        engine_.worker().submit(
            [client = record_->client.get(), request = std::move(request),
             generation = generation_] { client->publish(request, generation); });
    }

    void subscribe(const std::string& filter) override {
        if (record_ == nullptr) return;
        engine_.worker().submit([client = record_->client.get(), filter, generation = generation_] {
            client->subscribe(filter, generation);
        });
    }

    void close() override {
        ++generation_;
        if (record_ != nullptr) engine_.release_client(std::exchange(record_, nullptr));
    }

    void on(PahoEvent& event);
    void on_dropped(std::uint64_t count) { events_.on_messages_dropped(count); }
    /// The engine has stopped: nothing is called any more.
    void orphan() {
        record_ = nullptr;
        stopped_ = true;
    }

  private:
    void try_next();
    [[nodiscard]] Ending how_it_ended(const PahoEvent& event) const;
    void fail(std::string sentence);
    void on_connect_result(ConnectResult& result);

    PahoEngine& engine_;
    ConnectionEvents& events_;
    ConnectRequest request_;
    std::size_t next_address_ = 0;
    bool proxied_ = false;  // through our forwarder
    ClientRecord* record_ = nullptr;
    std::uint64_t generation_ = 1;  // events of an earlier life are dropped
    bool stopped_ = false;
};

void PahoConnection::try_next() {
    if (request_.addresses.empty()) return fail(request_.host + " has no address");
    if (record_ == nullptr)
        record_ = engine_.take_client(
            {request_.client_id, request_.version, request_.secure, proxied_}, this);
    record_->phase = ClientRecord::Phase::connecting;
    // Through the forwarder the addresses are tried there.
    const std::string address = request_.addresses[next_address_];
    next_address_ = proxied_ ? request_.addresses.size() : next_address_ + 1;
    const std::string proxy =
        proxied_ ? engine_.forwarder().url_for(record_->number) : std::string();
    ConnectRequest request = request_;
    if (!proxied_) {  // one that swallows packets does not keep us from the next
        const auto share = request.timeout / static_cast<Duration::rep>(request.addresses.size());
        request.timeout = std::max<Duration>(least_share, share);
    }
    engine_.worker().submit(
        [client = record_->client.get(), request = std::move(request), address, proxy,
         generation = generation_] { client->connect(request, address, proxy, generation); });
}

Ending PahoConnection::how_it_ended(const PahoEvent& event) const {
    if (event.code != 0) return ending_of(event.code);
    return proxied_ && record_ != nullptr ? engine_.forwarder().ending_of(record_->number)
                                          : Ending::unknown;
}

void PahoConnection::fail(std::string sentence) {
    ConnectResult result;
    result.sentence = std::move(sentence);
    events_.on_connected(result);
}

void PahoConnection::on_connect_result(ConnectResult& result) {
    if (!result.accepted && !result.refused_by_broker) {
        if (next_address_ < request_.addresses.size()) return try_next();
        const std::string reason = proxied_ ? engine_.forwarder_error(request_) : std::string();
        if (!reason.empty()) {
            result.sentence =
                fmt::format("no connection to {}:{}: {}", request_.host, request_.port, reason);
        }
    }
    events_.on_connected(result);
}

void PahoConnection::on(PahoEvent& event) {
    if (event.generation != generation_) return;
    switch (event.kind) {
        case PahoEvent::Kind::connected:
            return on_connect_result(event.result);
        case PahoEvent::Kind::acknowledged:
            return events_.on_acknowledged(event.id, event.code);
        case PahoEvent::Kind::publish_failed:
            return events_.on_publish_failed(event.id, "it was not acknowledged");
        case PahoEvent::Kind::subscribed:
            return events_.on_subscribed(event.code);
        case PahoEvent::Kind::arrived:
            return events_.on_message(std::move(event.message));
        case PahoEvent::Kind::lost: {
            // What Paho still holds it would send in the next session beside and before what the
            // session sends again: such an object is not used again.
            const Ending ending = how_it_ended(event);
            if (ending == Ending::by_peer && event.code == 0)
                event.sentence = "the broker closed the connection without a word";
            close();
            return events_.on_lost(ending, event.code, event.sentence);
        }
        case PahoEvent::Kind::closed:
            return;
    }
}

std::unique_ptr<Connection> PahoEngine::make(ConnectionEvents& events) {
    return std::make_unique<PahoConnection>(*this, events);
}

ClientRecord* PahoEngine::take_client(PahoClient::Kind kind, PahoConnection* owner) {
    for (auto& [key, record] : clients_) {
        if (record.owner == nullptr && record.phase == ClientRecord::Phase::idle && !record.worn &&
            key->kind() == kind) {
            record.owner = owner;
            return &record;
        }
    }
    auto client = std::make_unique<PahoClient>(std::move(kind), [inbox = inbox_](PahoEvent event) {
        const std::shared_lock lock(inbox->life);
        if (inbox->engine != nullptr) inbox->engine->take(std::move(event));
    });
    PahoClient* const key = client.get();
    ClientRecord& record = clients_[key];
    record.client = std::move(client);
    record.number = ++last_number_;
    record.owner = owner;
    return &record;
}

void PahoEngine::release_client(ClientRecord* record) {
    record->owner = nullptr;
    if (record->phase == ClientRecord::Phase::connected) {
        record->phase = ClientRecord::Phase::closing;
        worker_->submit([client = record->client.get()] { client->disconnect(0); });
    } else if (record->phase == ClientRecord::Phase::idle) {
        record->worn = record->open > 0;
    }
}

ConnectTarget target_of(const ConnectRequest& request) {
    return {host_in_uri(request.host), request.port};
}

Result<bool> PahoEngine::serve(const ConnectRequest& request) {
    boost::system::error_code no_number;
    (void)boost::asio::ip::make_address(request.host, no_number);
    if (!request.watch_ending && (!request.secure || !no_number)) return false;
    if (!forwarder_) {
        auto started = ConnectForwarder::start();
        if (!started) return started.error();
        forwarder_ = std::move(*started);
    }
    forwarder_->serve(target_of(request), request.addresses);
    return true;
}

std::string PahoEngine::forwarder_error(const ConnectRequest& request) const {
    return forwarder_ ? forwarder_->last_error(target_of(request)) : std::string();
}

/// Called on Paho's threads, with the inbox's life held.
void PahoEngine::take(PahoEvent event) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_->mutex);
        first = inbox_->events.empty();
        if (event.kind != PahoEvent::Kind::arrived ||
            inbox_->arrivals.allows(event.client, event.message.payload.size())) {
            inbox_->events.push_back(std::move(event));
        }
    }
    if (!first) return;  // whoever was first has woken the core
    boost::asio::post(core_, [inbox = inbox_] {
        if (inbox->engine != nullptr) inbox->engine->deliver();
    });
}

void PahoEngine::deliver() {
    std::vector<PahoEvent> events;
    ArrivalLimit arrivals;
    {
        const std::lock_guard lock(inbox_->mutex);
        events.swap(inbox_->events);
        std::swap(arrivals, inbox_->arrivals);
    }
    for (PahoEvent& event : events)
        deliver(event);
    for (const auto& [client, count] : arrivals.drops()) {
        const auto found = clients_.find(client);
        if (found == clients_.end() || found->second.owner == nullptr) continue;
        found->second.owner->on_dropped(count);
    }
}

void PahoEngine::deliver(PahoEvent& event) {
    const auto found = clients_.find(event.client);
    if (found == clients_.end()) return;
    ClientRecord& record = found->second;
    switch (event.kind) {
        case PahoEvent::Kind::connected:
            record.phase =
                event.result.accepted ? ClientRecord::Phase::connected : ClientRecord::Phase::idle;
            // Closed by us while it connected.
            if (record.owner == nullptr) release_client(&record);
            break;
        case PahoEvent::Kind::acknowledged:
        case PahoEvent::Kind::publish_failed:
            if (record.open > 0) --record.open;
            break;
        default:  // of no interest to the object's life
            break;
        case PahoEvent::Kind::lost:
        case PahoEvent::Kind::closed:
            // A DISCONNECT from the server leaves Paho connected until we disconnect too. And an
            // object that is being disconnected is free when that is done, not before: the end of
            // the old connection would be taken for the end of the next.
            if (event.kind == PahoEvent::Kind::lost &&
                (event.code != 0 || record.phase == ClientRecord::Phase::closing)) {
                break;
            }
            record.phase = ClientRecord::Phase::idle;
            if (record.owner == nullptr) record.worn = record.open > 0;
            break;
    }
    if (record.owner != nullptr) record.owner->on(event);
}

bool PahoEngine::stop(MonotonicTime deadline) {
    if (std::exchange(stopped_, true)) return true;
    for (auto& entry : clients_) {
        if (entry.second.owner != nullptr) entry.second.owner->orphan();
        if (entry.second.owner != nullptr || entry.second.phase == ClientRecord::Phase::connected) {
            worker_->submit([client = entry.second.client.get()] { client->disconnect(0); });
        }
    }
    auto clients = std::make_shared<std::map<PahoClient*, ClientRecord>>(std::move(clients_));
    clients_.clear();
    const bool done = worker_->submit_and_wait(deadline, [clients] {
        // Paho's threads do the disconnecting; a client is destroyed when they are done with it.
        for (auto& entry : *clients) {
            for (int i = 0; i < 100 && entry.first->is_connected(); ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
            entry.second.client.reset();
        }
    });
    {
        const std::unique_lock inbox_lock(inbox_->life);
        inbox_->engine = nullptr;
    }
    if (done) {
        worker_->stop();
    } else {
        log_.warning("engine.abandoned", "the MQTT library did not end in time and is left behind");
        worker_->abandon();
        (void)worker_.release();  // its thread uses it until the process ends
    }
    return done;
}

}  // namespace

std::unique_ptr<Engine> make_paho_engine(boost::asio::io_context& core, const Clock& clock,
                                         Log log) {
    return std::make_unique<PahoEngine>(core, clock, std::move(log));
}

}  // namespace fieldway::uplink
