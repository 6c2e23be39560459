#include "app/queue_station.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/file_system.h"
#include "base/text_file.h"

namespace fieldway::app {

namespace asio = boost::asio;

namespace {

// What a recovery may take: a minute, which is more than reading a full store of 1 GiB once.
constexpr Duration open_within = std::chrono::seconds(60);
constexpr std::size_t most_named = 10;  // orphans in one line of the log

queue::StoreOptions store_options(const config::GatewayConfig& config, const Clock& clock,
                                  const std::optional<queue::BootTime>& last_boot) {
    queue::StoreOptions options;
    options.last_boot = last_boot;
    options.folder = config.gateway.state_dir / "queue";
    options.limits = config.queue;
    options.boot_id = boot_id(clock.wall());
    return options;
}

}  // namespace

std::string boot_id(WallTime now) {
    constexpr std::size_t longest = 64;
    if (auto id = read_text_file("/proc/sys/kernel/random/boot_id", longest)) return *id;
    return "unknown since " + rfc3339(now);
}

QueueStation::QueueStation(asio::io_context& core, const Clock& clock, Log log,
                           const config::GatewayConfig& config,
                           std::optional<queue::BootTime> last_boot)
    : clock_(clock),
      log_(log),
      config_(config),
      last_boot_(std::move(last_boot)),
      thread_([&core](std::function<void()> work) { asio::post(core, std::move(work)); }),
      timer_(core),
      queue_(config.queue,
             {.worker = thread_,
              .clock = clock,
              .log = std::move(log),
              .post = [&core](std::function<void()> work) { asio::post(core, std::move(work)); },
              .wake_at = [this](MonotonicTime when) { wake_at(when); }}) {}

void QueueStation::wake_at(MonotonicTime when) {
    timer_.expires_after(std::max(Duration::zero(), when - clock_.monotonic()));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
        if (!cancelled && !alive.expired()) queue_.tick();
    });
}

Result<> QueueStation::open() {
    const std::shared_ptr<FileSystem> files = make_posix_file_system();  // shared: with the thread
    const Timestamp now = clock_.now();
    auto opened = thread_.open([files, options = store_options(config_, clock_, last_boot_),
                                now] { return queue::Store::open(*files, options, now); },
                               open_within);
    if (!opened) return opened.error().within("queue");
    queue_.start(std::move(opened->recovered), opened->figures);
    tell_orphans();
    queue_.expect(streams_of(config_.devices));
    return {};
}

void QueueStation::tell_orphans() const {
    const Orphans orphans = orphans_of(queue_, config_.devices);
    if (orphans.devices.empty()) return;
    std::string named;
    for (std::size_t i = 0; i < std::min(orphans.devices.size(), most_named); ++i)
        named += (i == 0 ? "" : ", ") + orphans.devices[i];
    if (orphans.devices.size() > most_named) named += ", ...";
    log_.warning(
        "queue.orphans",
        fmt::format("{} messages wait for {} devices that the configuration does not have: "
                    "{}; they are kept until they are too old, and delivered when the "
                    "device is back at its uplink",
                    orphans.records, orphans.devices.size(), named),
        {{"messages", std::to_string(orphans.records)}});
}

std::vector<queue::StreamKey> streams_of(const std::vector<config::DeviceOptions>& devices) {
    std::set<queue::StreamKey> streams;
    for (const config::DeviceOptions& device : devices) {
        for (const config::MessageOptions& message : device.messages)
            streams.insert({device.uplink, device.id, message.lane, message.drain});
        if (!device.commands.empty())
            streams.insert({device.uplink, device.id, Lane::telemetry, Drain::live_first});
    }
    return {streams.begin(), streams.end()};
}

Orphans orphans_of(const queue::Queue& queue, const std::vector<config::DeviceOptions>& devices) {
    std::set<std::pair<std::string, DeviceId>> known;
    for (const config::DeviceOptions& device : devices)
        known.emplace(device.uplink, device.id);
    Orphans orphans;
    std::set<std::string> names;
    for (const queue::StreamKey& key : queue.streams()) {
        if (known.contains({key.uplink, key.device})) continue;
        orphans.records += queue.figures(key).records;
        names.insert(key.device.text());
    }
    orphans.devices.assign(names.begin(), names.end());
    return orphans;
}

}  // namespace fieldway::app
