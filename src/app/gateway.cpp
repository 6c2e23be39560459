#include "app/gateway.h"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/bus_desk.h"
#include "app/clock_keeper.h"
#include "app/command_desk.h"
#include "app/device_table.h"
#include "app/downlink_desk.h"
#include "app/message_flow.h"
#include "app/queue_desk.h"
#include "app/queue_station.h"
#include "app/status_report.h"
#include "base/thread_guard.h"
#include "config/loader.h"
#include "control/server.h"
#include "input/host.h"
#include "uplink/pool.h"

namespace fieldway::app {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

// Of the time that stop() is given, the inputs get this share; the rest is for acknowledgements.
constexpr int input_share = 2;
// What is in memory alone and does not shrink for so long will not be emptied by waiting; this much
// is left to the sessions for their acknowledgements.
constexpr Duration no_progress = std::chrono::milliseconds(500);
constexpr Duration farewell = std::chrono::milliseconds(500);
constexpr Duration look_again = std::chrono::milliseconds(10);
// And this is left for the MQTT library to end in when acknowledgements do not come.
constexpr Duration engine_share = std::chrono::milliseconds(750);
// And this for the disk, once the last acknowledgement is there, and for its thread to end.
constexpr Duration last_flush = std::chrono::milliseconds(500);
constexpr Duration close_share = std::chrono::milliseconds(100);

std::map<std::string, std::uint64_t> message_limits(const config::GatewayConfig& config) {
    std::map<std::string, std::uint64_t> limits;
    for (const auto& uplink : config.uplinks)
        limits[uplink.name] = uplink.limits.message_bytes;
    return limits;
}

class GatewayOfStations final : public Gateway {
  public:
    GatewayOfStations(Dependencies with, config::GatewayConfig config, DeviceTable devices)
        : with_(std::move(with)),
          config_(std::move(config)),
          devices_(std::move(devices)),
          clock_({.core = with_.core, .machine = with_.clock, .log = with_.log}, config_.gateway),
          queue_(with_.core, clock_, with_.log, config_, clock_.last_boot()),
          flow_({with_.core, devices_, queue_.queue(), clock_, with_.log, message_limits(config_)}),
          engine_(uplink::make_paho_engine(with_.core, clock_, with_.log)),
          pool_(uplink::make_pool({with_.core, queue_.queue(), *engine_, clock_, with_.log,
                                   with_.seed, config_.gateway.connects_per_second,
                                   config_.queue.backlog_rate,
                                   [this](const Downlink& d) { downlinks_.arrived(d); }})),
          host_(input::make_host({.core = with_.core,
                                  .clock = clock_,
                                  .log = with_.log,
                                  .intake = flow_,
                                  .deadlines = {},
                                  .marker_folder = config_.gateway.state_dir / "plugin-starts"},
                                 with_.plugins)),
          desk_(devices_, *host_, clock_),
          bus_desk_(config_.inputs, devices_, *host_, clock_),
          downlinks_({with_.core, config_, devices_, *host_, queue_.queue(), clock_, with_.log}),
          queue_desk_(queue_.queue(), clock_),
          started_(clock_.now()) {
        flow_.on_accepted([this](std::uint64_t origin, std::uint64_t token, input::Acceptance a) {
            host_->accepted(origin, token, a);
        });
    }

    /// The host answers what is open through the desks, which stand after it.
    ~GatewayOfStations() override {
        control_.reset();
        host_.reset();
    }

    Result<> start() override;
    void stop(MonotonicTime deadline, std::function<void()> stopped) override;
    [[nodiscard]] json::object status() const override;
    [[nodiscard]] std::string summary() const override;

  private:
    Result<> open_control();
    void tell_unusable_inputs();
    void answer(const control::Request& request, control::Reply reply);
    void drain(MonotonicTime deadline, MonotonicTime progress, std::uint64_t before);
    void finish(MonotonicTime deadline);
    void tell_what_is_lost() const;
    [[nodiscard]] std::vector<input::Host::Wanted> wanted_inputs() const;
    [[nodiscard]] std::vector<uplink::SessionPlan> wanted_sessions() const;

    Dependencies with_;
    ThreadGuard guard_;
    config::GatewayConfig config_;
    DeviceTable devices_;
    ClockKeeper clock_;
    QueueStation queue_;
    MessageFlow flow_;
    std::unique_ptr<uplink::Engine> engine_;
    std::unique_ptr<uplink::Pool> pool_;
    std::unique_ptr<input::Host> host_;
    CommandDesk desk_;
    BusDesk bus_desk_;
    DownlinkDesk downlinks_;
    QueueDesk queue_desk_;
    std::unique_ptr<control::Server> control_;
    Timestamp started_;
    // Of the stop:
    boost::asio::steady_timer drain_timer_{with_.core};
    bool stored_ = false;
    bool sessions_ended_ = false;
    std::function<void()> stopped_;
};

std::vector<input::Host::Wanted> GatewayOfStations::wanted_inputs() const {
    std::vector<input::Host::Wanted> wanted;
    for (const config::InputOptions& input : config_.inputs) {
        if (with_.unusable_inputs.contains(input.name)) continue;
        wanted.push_back(
            {input.plugin, config::settings_of(config_, input, [this](const DeviceId& id) {
                 return devices_.number_of(id);
             })});
    }
    return wanted;
}

std::vector<uplink::SessionPlan> GatewayOfStations::wanted_sessions() const {
    std::vector<uplink::SessionPlan> wanted;
    for (const Device& device : devices_.all()) {
        wanted.push_back({device.id, device.uplink});
    }
    return wanted;
}

Result<> GatewayOfStations::open_control() {
    auto control = control::Server::listen(
        with_.core, config_.gateway.control_socket,
        [this](const control::Request& request, control::Reply reply) {
            answer(request, std::move(reply));
        },
        with_.log);
    if (control) {
        control_ = std::move(*control);
    } else if (control.error().consequence() == Consequence::stop_program) {
        return control.error();
    } else {
        with_.log.error("control.closed",
                        control.error().text() + "; until then the gateway runs without it");
    }
    return {};
}

void GatewayOfStations::tell_unusable_inputs() {
    for (const auto& [input, why] : with_.unusable_inputs) {
        with_.log.error("input.state", "input " + input + " is failed: " + why,
                        {{"input", input}, {"state", "failed"}});
        input::StateChange failed;
        failed.input = input;
        failed.state = "failed";
        failed.reason = why;
        flow_.on_state(failed);
    }
}

Result<> GatewayOfStations::start() {
    guard_.adopt();
    if (auto opened = open_control(); !opened) return opened;
    if (auto opened = queue_.open(); !opened) {
        control_.reset();
        return opened;
    }
    tell_unusable_inputs();
    downlinks_.start();
    clock_.on_change([this] { pool_->clock_changed(); });
    clock_.start();
    pool_->configure(config_.uplinks, wanted_sessions());
    host_->configure(wanted_inputs());
    flow_.start();
    return {};
}

void GatewayOfStations::stop(MonotonicTime deadline, std::function<void()> stopped) {
    guard_.check();
    control_.reset();
    clock_.stop();
    const MonotonicTime now = clock_.monotonic();
    const MonotonicTime inputs_deadline = now + (deadline - now) / input_share;
    stopped_ = std::move(stopped);
    host_->stop(inputs_deadline, [this, deadline] {
        flow_.stop();
        // The disk stores what is left while sessions say good-bye.
        queue_.queue().flush(deadline - engine_share - last_flush, [this, deadline] {
            stored_ = true;
            finish(deadline);
        });
        drain(deadline, clock_.monotonic(), queue_.queue().memory_alone());
    });
}

/// Sessions end with what is in flight. What is in memory alone gets its turn first, as long as the
/// broker takes it: nothing of it is left in no time when the disk works.
void GatewayOfStations::drain(MonotonicTime deadline, MonotonicTime progress,
                              std::uint64_t before) {
    const MonotonicTime now = clock_.monotonic();
    const std::uint64_t left = queue_.queue().memory_alone() + (downlinks_.idle() ? 0 : 1);
    if (left != before) progress = now;
    if (left == 0 || now - progress >= no_progress ||
        now + farewell + last_flush + engine_share >= deadline) {
        pool_->stop(deadline - last_flush - engine_share, [this, deadline] {
            sessions_ended_ = true;
            finish(deadline);
        });
        return;
    }
    drain_timer_.expires_after(look_again);
    drain_timer_.async_wait([this, deadline, progress, left](boost::system::error_code gone) {
        if (!gone) drain(deadline, progress, left);
    });
}

/// The acknowledgements that came since the flush are stored as well.
void GatewayOfStations::finish(MonotonicTime deadline) {
    if (!stored_ || !sessions_ended_) return;
    queue_.queue().flush(deadline - engine_share, [this, deadline] {
        tell_what_is_lost();
        if (!queue_.close(close_share)) {
            with_.log.warning("gateway.stop", "the disk does not answer, and is left alone");
        }
        if (!engine_->stop(deadline)) {
            with_.log.warning("gateway.stop", "the MQTT library did not end in time");
        }
        stopped_();
    });
}

void GatewayOfStations::tell_what_is_lost() const {
    const std::uint64_t records = queue_.queue().memory_alone();
    if (records == 0) return;
    with_.log.warning("queue.lost",
                      std::to_string(records) +
                          " messages are lost: the broker did not take them in time and the disk "
                          "did not either",
                      {{"messages", std::to_string(records)}});
}

void GatewayOfStations::answer(const control::Request& request, control::Reply reply) {
    const json::object& arguments = request.arguments;
    const json::value* device = arguments.if_contains("device");
    const std::string id = device != nullptr && device->is_string()
                               ? std::string(device->get_string())
                               : std::string();
    if (request.verb == "status") {
        reply(json::value(status()));
    } else if (request.verb == "read") {
        std::vector<std::string> points;
        if (const json::value* names = arguments.if_contains("points");
            names && names->is_array()) {
            for (const json::value& name : names->get_array()) {
                if (name.is_string()) points.emplace_back(name.get_string());
            }
        }
        desk_.read(id, points, std::move(reply));
    } else if (request.verb == "write") {
        const json::value* values = arguments.if_contains("values");
        desk_.write(id, values && values->is_object() ? values->get_object() : json::object(),
                    std::move(reply));
    } else if (request.verb == "probe") {
        const json::value* wanted = arguments.if_contains("request");
        bus_desk_.probe(wanted && wanted->is_object() ? wanted->get_object() : json::object(),
                        std::move(reply));
    } else if (request.verb == "queue") {
        queue_desk_.answer(arguments, std::move(reply));
    } else {
        reply(Error::drop_item("this gateway does not know the verb " + request.verb +
                               "; it knows status, read, write, probe and queue"));
    }
}

json::object GatewayOfStations::status() const {
    guard_.check();
    return status_report({config_, devices_, flow_.inputs(), host_->figures(), pool_->status(),
                          queue_.queue().all_figures(), started_, clock_.now(),
                          [this](const DeviceId& id) { return downlinks_.figures(id); },
                          clock_.clock_state(), clock_.reason()});
}

std::string GatewayOfStations::summary() const {
    const auto sessions = pool_->status();
    const auto up = std::count_if(sessions.begin(), sessions.end(),
                                  [](const auto& session) { return session.state == "up"; });
    std::size_t devices_up = 0;
    for (const Device& device : devices_.all())
        devices_up += device.state == "up" ? 1 : 0;
    return std::to_string(devices_up) + " of " + std::to_string(devices_.all().size()) +
           " devices answer, " + std::to_string(up) + " of " + std::to_string(sessions.size()) +
           " sessions up, " + std::to_string(queue_.queue().figures().total.records) +
           " messages queued";
}

}  // namespace

Result<std::unique_ptr<Gateway>> make_gateway(Gateway::Dependencies dependencies,
                                              config::GatewayConfig config) {
    auto devices = DeviceTable::make(config.devices, dependencies.clock.wall());
    if (!devices) return devices.error();
    return std::unique_ptr<Gateway>(std::make_unique<GatewayOfStations>(
        std::move(dependencies), std::move(config), std::move(*devices)));
}

}  // namespace fieldway::app
