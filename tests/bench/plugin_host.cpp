// A gateway that only counts: one plugin, its inputs, and nothing behind them. What a plugin costs
// by itself, and what it makes of its devices.
//
// Usage: bench_plugin_host PLUGIN.so SETTINGS [WRITE_EVERY_MS]. SETTINGS has an input a line, as
// input_config.h says, without what is a default of the plugin's tables. Prints {"inputs": N} once
// they have started; on each SIGUSR1 the figures since the last one (or the start):
//   good, bad             readings
//   devices               of which there was a good reading
//   period_s              seconds between good batches of a device: least, mean, most over devices
//   gap_p99_ms, _max_ms   time between two good batches of a device
//   writes, write_p50_ms, write_p99_ms, write_max_ms, writes_failed
//                         with WRITE_EVERY_MS: point 0 of the first device is written so often, one
//                         write at a time; from submit to its answer
// Ends on SIGTERM.
#include <dlfcn.h>
#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "plugin_api/abi.h"
#include "plugin_api/options.h"
#include "plugin_api/wire.h"

namespace {

namespace json = boost::json;
using fieldway::ByteView;
using fieldway::Duration;
using fieldway::MonotonicTime;
namespace wire = fieldway::wire;

constexpr std::size_t most_noted = 2'000'000;

MonotonicTime now() {
    return std::chrono::steady_clock::now();
}
double milliseconds_of(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

ByteView view(fieldway_bytes bytes) {
    return {static_cast<const std::uint8_t*>(bytes.data), bytes.size};
}

/// Over the readings of a batch without making them: how many, and whether the first is good.
void skip_value(fieldway::LittleEndianReader& in) {
    constexpr std::uint8_t sizes[] = {0, 1, 8, 8, 4, 8};
    const auto kind = in.number<std::uint8_t>();
    if (kind >= std::size(sizes)) {
        in.counted_text();
        return;
    }
    for (std::uint8_t i = 0; i < sizes[kind]; ++i)
        in.number<std::uint8_t>();
}

/// Thread: any; the plugin's threads count, the main thread tells.
class Counts {
  public:
    void take(ByteView readings) {
        const MonotonicTime at = now();
        const std::lock_guard lock(mutex_);
        fieldway::LittleEndianReader in(readings);
        for (auto devices = in.number<std::uint32_t>(); devices > 0; --devices) {
            const auto device = in.number<std::uint32_t>();
            const auto count = in.number<std::uint32_t>();
            in.counted_text();
            bool all_good = count > 0;
            for (std::uint32_t i = 0; i < count; ++i) {
                if (in.number<std::uint32_t>() == wire::undeclared_point) in.counted_text();
                const bool bad = (in.number<std::uint8_t>() & 1U) != 0;
                in.number<std::int64_t>();
                in.number<std::int64_t>();
                skip_value(in);
                ++(bad ? bad_ : good_);
                all_good = all_good && !bad;
            }
            if (all_good) note(device, at);
        }
    }

    void sent(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        open_ = number;
        sent_at_ = now();
    }
    void answered(const wire::Outcome& outcome) {
        const std::lock_guard lock(mutex_);
        if (outcome.number != open_) return;
        open_ = 0;
        if (outcome.status == wire::OutcomeStatus::done) {
            writes_.push_back(milliseconds_of(now() - sent_at_));
        } else {
            ++writes_failed_;
        }
    }
    bool is_open() {
        const std::lock_guard lock(mutex_);
        return open_ != 0;
    }

    json::object tell() {
        const std::lock_guard lock(mutex_);
        json::object told{{"good", good_}, {"bad", bad_}};
        add_periods(told);
        const auto add = [&told](const char* name, const std::vector<double>& sorted, double part) {
            if (sorted.empty()) return;
            const auto place = static_cast<std::size_t>(static_cast<double>(sorted.size()) * part);
            told[name] = sorted[std::min(place, sorted.size() - 1)];
        };
        std::sort(gaps_.begin(), gaps_.end());
        add("gap_p99_ms", gaps_, 0.99);
        add("gap_max_ms", gaps_, 1);
        if (!writes_.empty() || writes_failed_ > 0) {
            told["writes"] = writes_.size();
            told["writes_failed"] = writes_failed_;
            std::sort(writes_.begin(), writes_.end());
            add("write_p50_ms", writes_, 0.5);
            add("write_p99_ms", writes_, 0.99);
            add("write_max_ms", writes_, 1);
        }
        good_ = bad_ = writes_failed_ = 0;
        devices_.clear();
        gaps_.clear();
        writes_.clear();
        return told;
    }

  private:
    struct Device {
        MonotonicTime first{};
        MonotonicTime last{};
        std::uint64_t batches = 0;
    };

    void note(std::uint32_t number, MonotonicTime at) {
        Device& device = devices_[number];
        if (device.batches++ == 0) {
            device.first = at;
        } else if (gaps_.size() < most_noted) {
            gaps_.push_back(milliseconds_of(at - device.last));
        }
        device.last = at;
    }
    void add_periods(json::object& told) const {
        std::vector<double> periods;
        for (const auto& [number, device] : devices_) {
            if (device.batches < 2) continue;
            periods.push_back(milliseconds_of(device.last - device.first) / 1000 /
                              static_cast<double>(device.batches - 1));
        }
        told["devices"] = devices_.size();
        if (periods.empty()) return;
        double sum = 0;
        for (const double period : periods)
            sum += period;
        const auto [least, most] = std::minmax_element(periods.begin(), periods.end());
        told["period_s"] = {{"least", *least},
                            {"mean", sum / static_cast<double>(periods.size())},
                            {"most", *most}};
    }

    std::mutex mutex_;  // guards everything below
    std::uint64_t good_ = 0;
    std::uint64_t bad_ = 0;
    std::map<std::uint32_t, Device> devices_;
    std::vector<double> gaps_;
    std::uint64_t open_ = 0;  ///< the write that has no answer yet
    MonotonicTime sent_at_{};
    std::vector<double> writes_;
    std::uint64_t writes_failed_ = 0;
};

fieldway_host host_for(Counts& counts) {
    fieldway_host host{};
    host.size = sizeof(host);
    host.abi_version = FIELDWAY_ABI_VERSION;
    host.context = &counts;
    host.emit = [](void* context, std::uint64_t, fieldway_bytes readings, std::uint64_t) {
        static_cast<Counts*>(context)->take(view(readings));
        return std::int32_t{FIELDWAY_OK};
    };
    host.state = [](void*, std::uint64_t, fieldway_bytes) {};
    host.answer = [](void* context, std::uint64_t, fieldway_bytes outcome) {
        if (const auto decoded = wire::decode_outcome(view(outcome))) {
            static_cast<Counts*>(context)->answered(*decoded);
        }
    };
    host.log = [](void*, std::uint64_t, std::int32_t, fieldway_bytes sentence) {
        std::cerr << std::string_view(static_cast<const char*>(sentence.data), sentence.size)
                  << '\n';
    };
    host.monotonic_ns = [](void*) { return std::int64_t{now().time_since_epoch().count()}; };
    host.wall_ms = [](void*) {
        return std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count()};
    };
    return host;
}

void add_defaults(json::object& options, const fieldway::OptionTable& table) {
    for (const fieldway::Option& option : table) {
        if (!option.preset.is_null()) options.emplace(option.name, option.preset);
    }
}

/// The text of one input with the defaults of the tables, as the gateway hands it over.
std::string completed(const std::string& line, const fieldway::PluginTables& tables) {
    json::object input = json::parse(line).as_object();
    add_defaults(input["options"].as_object(), tables.input);
    for (json::value& device_value : input.at("devices").as_array()) {
        json::object& device = device_value.as_object();
        add_defaults(device["options"].as_object(), tables.device);
        add_defaults(device["address"].as_object(), tables.address);
        for (json::value& point : device.at("points").as_array())
            add_defaults(point.as_object()["options"].as_object(), tables.point);
    }
    return json::serialize(input);
}

void fail(void*, fieldway_bytes problems) {
    std::cerr << std::string_view(static_cast<const char*>(problems.data), problems.size) << '\n';
}

const fieldway_plugin_api* load(const char* file) {
    void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::cerr << ::dlerror() << '\n';
        return nullptr;
    }
    const auto entry = reinterpret_cast<fieldway_entry>(::dlsym(library, FIELDWAY_ENTRY_NAME));
    return entry == nullptr ? nullptr : entry(FIELDWAY_ABI_VERSION);
}

/// Signals and writes, in turn, until SIGTERM.
class Loop {
  public:
    Loop(const fieldway_plugin_api& api, fieldway_input* written, Duration every, Counts& counts)
        : api_(api), written_(written), every_(every), counts_(counts) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigaddset(&set, SIGTERM);
        signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
    }

    void run() {
        MonotonicTime next = now() + every_;
        for (;;) {
            const Duration left = std::max<Duration>(next - now(), Duration::zero());
            const int wait = every_ == Duration::zero()
                                 ? -1
                                 : static_cast<int>(left / std::chrono::milliseconds(1));
            pollfd waited{signals_, POLLIN, 0};
            if (::poll(&waited, 1, wait) > 0 && !take_signal()) return;
            if (every_ > Duration::zero() && now() >= next) {
                next += every_;
                if (!counts_.is_open()) write();
            }
        }
    }

  private:
    bool take_signal() {
        signalfd_siginfo signal{};
        if (::read(signals_, &signal, sizeof(signal)) != sizeof(signal)) return true;
        if (signal.ssi_signo == SIGTERM) return false;
        std::cout << counts_.tell() << std::endl;
        return true;
    }

    void write() {
        wire::Command command;
        command.number = ++commands_;
        command.kind = wire::CommandKind::write;
        command.device = 1;
        command.points.push_back({0, {}, fieldway::Value(std::int64_t(commands_ % 1000))});
        const fieldway::Bytes bytes = wire::encode(command);
        counts_.sent(command.number);
        (void)api_.submit(written_, {bytes.data(), bytes.size()});
    }

    const fieldway_plugin_api& api_;
    fieldway_input* written_;
    const Duration every_;
    Counts& counts_;
    int signals_ = -1;
    std::uint64_t commands_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) return 2;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);  // before the plugin has threads

    const fieldway_plugin_api* api = load(argv[1]);
    if (api == nullptr) return 1;
    const auto tables = fieldway::plugin_tables_from_json(api->tables);
    if (!tables) return 1;
    Counts counts;
    const fieldway_host host = host_for(counts);
    fieldway_plugin* plugin = api->create(&host);
    std::vector<fieldway_input*> inputs;
    std::ifstream file(argv[2]);
    for (std::string line; std::getline(file, line);) {
        const std::string text = completed(line, *tables);
        fieldway_input* input =
            api->start(plugin, inputs.size() + 1, {text.data(), text.size()}, fail, nullptr);
        if (input == nullptr) return 1;
        inputs.push_back(input);
    }
    if (inputs.empty()) return 2;
    ::malloc_trim(0);  // as the gateway does some time after its start
    std::cout << json::object{{"inputs", inputs.size()}} << std::endl;
    const Duration every = std::chrono::milliseconds(argc == 4 ? std::atoi(argv[3]) : 0);
    Loop(*api, inputs.front(), every, counts).run();
    const auto deadline = now() + std::chrono::seconds(5);
    for (fieldway_input* input : inputs)
        (void)api->stop(input, deadline.time_since_epoch().count());
    api->destroy(plugin);
    return 0;
}
