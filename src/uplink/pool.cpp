#include "uplink/pool.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/thread_guard.h"
#include "uplink/background.h"
#include "uplink/backlog_gate.h"
#include "uplink/lookouts.h"
#include "uplink/pacer.h"
#include "uplink/resolver.h"
#include "uplink/session.h"

namespace fieldway::uplink {

namespace {

/// How long a session that the configuration no longer has may wait for its acknowledgements.
constexpr Duration farewell = std::chrono::seconds(5);

/// So many names may be without an answer before other names wait for them.
constexpr std::size_t name_threads = 4;
constexpr std::size_t file_threads = 1;

/// So many messages of the backlog leave before others have their turn on the core.
constexpr std::size_t most_passes_a_turn = 64;

/// Thread: core.
class SessionPool final : public Pool {
  public:
    explicit SessionPool(PoolDependencies dependencies)
        : core_(dependencies.core),
          clock_(dependencies.clock),
          seed_(dependencies.seed),
          names_(dependencies.core, name_threads),
          files_(dependencies.core, file_threads),
          resolver_(names_, dependencies.clock,
                    dependencies.look_up ? dependencies.look_up : look_up),
          pacer_(dependencies.connects_per_second),
          pacer_timer_(dependencies.core),
          gate_(dependencies.backlog_rate),
          gate_timer_(dependencies.core),
          around_{dependencies.core,
                  dependencies.queue,
                  dependencies.engine,
                  dependencies.clock,
                  dependencies.log,
                  files_,
                  resolver_,
                  [this](std::uint64_t ticket) { enter(ticket); },
                  [this](std::uint64_t ticket) { pacer_.leave(ticket); },
                  [this](const BacklogGate::Pass& pass, std::size_t bytes) {
                      return ask_gate(pass, bytes);
                  },
                  [this](std::uint64_t ticket) { gate_.leave(ticket); },
                  [this](std::uint64_t ticket, SessionState state) { changed(ticket, state); },
                  std::move(dependencies.downlink)} {
        dependencies.queue.on_arrival([this](const queue::StreamKey& key) { arrived(key); });
    }
    ~SessionPool() override { around_.queue.on_arrival({}); }

    void configure(const std::vector<config::UplinkOptions>& uplinks,
                   const std::vector<SessionPlan>& plans) override;
    void clock_changed() override;
    [[nodiscard]] std::vector<SessionStatus> status() const override;
    void stop(MonotonicTime deadline, std::function<void()> stopped) override;

  private:
    using Tickets = std::map<SessionPlan, std::uint64_t>;

    void arrived(const queue::StreamKey& key);
    void changed(std::uint64_t ticket, SessionState state);
    void enter(std::uint64_t ticket);
    void pace();
    bool ask_gate(const BacklogGate::Pass& pass, std::size_t bytes);
    void arm_gate();
    void open_gate();
    /// Takes the session out of service; it says good-bye in its own time.
    Tickets::iterator dismiss(Tickets::iterator entry, MonotonicTime deadline);
    void forget(std::uint64_t ticket);

    ThreadGuard guard_;
    boost::asio::io_context& core_;
    const Clock& clock_;
    const std::uint64_t seed_;
    Background names_;
    Background files_;  // apart: a silent name server does not keep secrets from being read
    Resolver resolver_;
    ConnectPacer pacer_;
    boost::asio::steady_timer pacer_timer_;
    BacklogGate gate_;
    boost::asio::steady_timer gate_timer_;
    bool gate_armed_ = false;
    SessionSurroundings around_;
    std::uint64_t next_ticket_ = 1;
    Lookouts lookouts_;
    Tickets tickets_;                                             // in service
    std::map<std::uint64_t, std::unique_ptr<Session>> sessions_;  // also those that say good-bye
    std::function<void()> stopped_;
    std::shared_ptr<int> alive_ =
        std::make_shared<int>(0);  // handlers look whether we are still here
};

void SessionPool::configure(const std::vector<config::UplinkOptions>& uplinks,
                            const std::vector<SessionPlan>& plans) {
    guard_.adopt();
    const auto options_of = [&](const std::string& name) {
        return std::find_if(uplinks.begin(), uplinks.end(),
                            [&](const config::UplinkOptions& u) { return u.name == name; });
    };
    for (auto entry = tickets_.begin(); entry != tickets_.end();) {
        const auto uplink = options_of(entry->first.uplink);
        const bool planned = std::find(plans.begin(), plans.end(), entry->first) != plans.end();
        const bool same =
            uplink != uplinks.end() && sessions_.at(entry->second)->uplink() == *uplink;
        entry = planned && same ? std::next(entry) : dismiss(entry, clock_.monotonic() + farewell);
    }
    for (const SessionPlan& plan : plans) {
        const auto uplink = options_of(plan.uplink);
        if (uplink == uplinks.end() || tickets_.contains(plan)) continue;
        const std::uint64_t ticket = next_ticket_++;
        tickets_.emplace(plan, ticket);
        auto session =
            std::make_unique<Session>(around_, *uplink, plan.device, ticket, seed_ + ticket);
        Session& started = *session;
        sessions_.emplace(ticket, std::move(session));
        started.start();
    }
}

SessionPool::Tickets::iterator SessionPool::dismiss(Tickets::iterator entry,
                                                    MonotonicTime deadline) {
    const std::uint64_t ticket = entry->second;
    const auto next = tickets_.erase(entry);
    sessions_.at(ticket)->stop(deadline, [this, alive = std::weak_ptr(alive_), ticket] {
        if (!alive.expired()) forget(ticket);
    });
    return next;
}

void SessionPool::forget(std::uint64_t ticket) {
    sessions_.erase(ticket);
    if (sessions_.empty() && stopped_) std::exchange(stopped_, {})();
}

void SessionPool::arrived(const queue::StreamKey& key) {
    guard_.check();
    const auto entry = tickets_.find(SessionPlan{key.device, key.uplink});
    if (entry != tickets_.end()) sessions_.at(entry->second)->arrived({key.lane, key.drain});
}

void SessionPool::changed(std::uint64_t ticket, SessionState state) {
    const auto found = sessions_.find(ticket);
    if (found == sessions_.end()) return;
    const Lookouts::Orders orders = lookouts_.changed(found->second->uplink().name, ticket, state);
    if (orders.look_out) sessions_.at(*orders.look_out)->look_out();
    for (const Lookouts::Ticket waiting : orders.back)
        sessions_.at(waiting)->broker_is_back();
}

void SessionPool::enter(std::uint64_t ticket) {
    const config::UplinkOptions& uplink = sessions_.at(ticket)->uplink();
    pacer_.enter(uplink.name, uplink.limits.connects_per_second, ticket);
    pace();
}

void SessionPool::pace() {
    // Let through from the loop, not from inside the session that enters the line.
    const auto next = pacer_.next();
    if (!next) return;
    pacer_timer_.expires_after(std::max(Duration::zero(), *next - clock_.monotonic()));
    pacer_timer_.async_wait(
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
            if (cancelled || alive.expired()) return;
            for (const ConnectPacer::Ticket ticket : pacer_.due(clock_.monotonic())) {
                const auto session = sessions_.find(ticket);
                if (session != sessions_.end()) session->second->may_connect();
            }
            pace();
        });
}

bool SessionPool::ask_gate(const BacklogGate::Pass& pass, std::size_t bytes) {
    if (gate_.ask(clock_.monotonic(), pass, bytes)) return true;
    arm_gate();
    return false;
}

void SessionPool::arm_gate() {
    const auto next = gate_.next();
    if (!next || gate_armed_) return;
    gate_armed_ = true;
    gate_timer_.expires_after(std::max(Duration::zero(), *next - clock_.monotonic()));
    gate_timer_.async_wait(
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
            if (!cancelled && !alive.expired()) open_gate();
        });
}

void SessionPool::open_gate() {
    gate_armed_ = false;
    for (std::size_t i = 0; i < most_passes_a_turn; ++i) {
        const auto pass = gate_.due(clock_.monotonic());
        if (!pass) break;
        const auto session = sessions_.find(pass->ticket);
        if (session != sessions_.end()) session->second->granted(pass->stream);
    }
    arm_gate();
}

void SessionPool::clock_changed() {
    guard_.check();
    for (const auto& [ticket, session] : sessions_)
        session->clock_changed();
}

std::vector<SessionStatus> SessionPool::status() const {
    guard_.check();
    std::vector<SessionStatus> all;
    for (const auto& [plan, ticket] : tickets_)
        all.push_back(sessions_.at(ticket)->status());
    return all;
}

void SessionPool::stop(MonotonicTime deadline, std::function<void()> stopped) {
    guard_.check();
    stopped_ = std::move(stopped);
    for (auto entry = tickets_.begin(); entry != tickets_.end();)
        entry = dismiss(entry, deadline);
    if (sessions_.empty() && stopped_) boost::asio::post(core_, std::exchange(stopped_, {}));
}

}  // namespace

std::unique_ptr<Pool> make_pool(PoolDependencies dependencies) {
    return std::make_unique<SessionPool>(std::move(dependencies));
}

}  // namespace fieldway::uplink
