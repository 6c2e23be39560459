// The durable queue by itself: how fast messages go in and out with a store thread beside it, and
// what a backlog costs. One line of JSON.
//
//   bench_queue FOLDER BACKLOG MESSAGES [none]
//
// FOLDER must not be there; it is removed at the end. BACKLOG messages wait already when MESSAGES
// are put in and then taken out at the head. `none`: without compression.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "base/file_system.h"
#include "queue/durable_queue.h"
#include "queue/store_thread.h"

namespace fieldway {
namespace {

namespace asio = boost::asio;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t devices = 100;
constexpr std::size_t turn = 64;    // messages between two looks at the loop, as a batch brings
constexpr std::size_t window = 16;  // as limits.in_flight
constexpr std::uint64_t memory = 32 * 1024 * 1024;

double rss_mb() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
    }
    return 0;
}

config::QueueOptions limits(bool compress) {
    config::QueueOptions options;
    options.max_memory = memory;
    options.max_bytes = 1ULL << 40;
    options.compress = compress;
    for (config::LaneOptions& lane : options.lanes)
        lane = {Duration::zero(), options.max_bytes, std::chrono::hours(24)};
    return options;
}

class Bench {
  public:
    Bench(const std::filesystem::path& folder, bool compress)
        : thread_([this](std::function<void()> work) { asio::post(core_, std::move(work)); }),
          timer_(core_),
          queue_(
              limits(compress),
              {.worker = thread_,
               .clock = clock_,
               .log = Log(LogLevel::warning, LogFormat::text),
               .post = [this](std::function<void()> work) { asio::post(core_, std::move(work)); },
               .wake_at = [this](MonotonicTime when) { wake_at(when); }}) {
        queue::StoreOptions options;
        options.folder = folder;
        options.limits = limits(compress);
        options.boot_id = "bench";
        const auto began = clock_.monotonic();
        const Timestamp now = clock_.now();
        auto opened =
            thread_.open([this, options, now] { return queue::Store::open(*files_, options, now); },
                         std::chrono::minutes(5));
        if (!opened) {
            fmt::print(stderr, "{}\n", opened.error().text());
            std::exit(1);
        }
        queue_.start(std::move(opened->recovered), opened->figures);
        open_seconds_ = Seconds(clock_.monotonic() - began).count();
        for (std::size_t i = 0; i < devices; ++i)
            ids_.push_back(DeviceId::parse(fmt::format("0CA1B2C3D4E5F{:03}", i)).value());
    }
    ~Bench() { thread_.stop(std::chrono::minutes(1)); }

    /// Messages a second until all of them are on disk.
    double put_in(std::uint64_t messages) {
        const auto began = clock_.monotonic();
        for (std::uint64_t i = 0; i < messages; ++i) {
            if (!queue_.append(message(i), {})) {
                fmt::print(stderr, "refused\n");
                std::exit(1);
            }
            if (i % turn == 0) core_.poll();
            // What a session or a slow disk would do to the input: wait for room.
            while (queue_.all_figures().memory_bytes > memory / 10 * 8)
                core_.run_one();
        }
        while (queue_.memory_alone() > 0)
            core_.run_one();
        return static_cast<double>(messages) / Seconds(clock_.monotonic() - began).count();
    }

    /// Messages a second, device by device in turn, as sessions with a window take them.
    double take_out(std::uint64_t messages) {
        const auto began = clock_.monotonic();
        std::uint64_t taken = 0;
        while (taken < messages) {
            bool any = false;
            for (const DeviceId& id : ids_) {
                const queue::StreamKey key{"akenza", id, Lane::telemetry};
                for (const auto& record : queue_.peek(key, 0, window)) {
                    queue_.release(key, record->sequence);
                    ++taken;
                    any = true;
                }
            }
            if (any) {
                core_.poll();
            } else {
                core_.run_one();
            }
        }
        return static_cast<double>(messages) / Seconds(clock_.monotonic() - began).count();
    }

    void flush() {
        bool done = false;
        queue_.flush(clock_.monotonic() + std::chrono::minutes(5), [&] { done = true; });
        while (!done)
            core_.run_one();
    }
    [[nodiscard]] double open_seconds() const { return open_seconds_; }
    [[nodiscard]] queue::QueueFigures figures() const { return queue_.all_figures(); }

  private:
    /// 200 bytes as mapping makes them: names that stay, numbers that do not.
    Message message(std::uint64_t number) {
        Message message{"akenza",        ids_[number % devices], "",
                        Lane::telemetry, ContentType::json,      "",
                        clock_.now()};
        const auto noise = number * 2654435761U;
        message.payload = fmt::format(
            R"({{"timestamp":"{}","supply_temp":{}.{},"return_temp":{}.{},"flow":{},"energy":{},)"
            R"("power":{},"valve":{},"state":"heating","alarm_low":false,"alarm_high":false}})",
            rfc3339(message.time.wall), 40 + noise % 20, noise % 10, 30 + noise % 13, noise % 7,
            noise % 9000, number, noise % 40000, noise % 100);
        message.payload.resize(200, ' ');
        return message;
    }
    void wake_at(MonotonicTime when) {
        timer_.expires_at(when);
        timer_.async_wait([this](boost::system::error_code cancelled) {
            if (!cancelled) queue_.tick();
        });
    }

    asio::io_context core_{1};
    const SystemClock clock_;
    const std::unique_ptr<FileSystem> files_ = make_posix_file_system();
    queue::StoreThread thread_;
    asio::steady_timer timer_;
    queue::DurableQueue queue_;
    std::vector<DeviceId> ids_;
    double open_seconds_ = 0;
};

int run(const std::filesystem::path& folder, std::uint64_t backlog, std::uint64_t messages,
        bool compress) {
    std::string text;
    {
        Bench bench(folder, compress);
        bench.put_in(backlog);
        const double in = bench.put_in(messages);
        const double rss = rss_mb();
        const double out = bench.take_out(messages);
        bench.flush();
        const auto figures = bench.figures();
        text = fmt::format(
            R"("backlog": {}, "messages": {}, "in_per_s": {:.0f}, "out_per_s": {:.0f}, )"
            R"("rss_mb": {:.1f}, "evicted": {}, "files_mb": {:.1f})",
            backlog, messages, in, out, rss, figures.total.evicted,
            static_cast<double>(figures.store.file_bytes) / 1024 / 1024);
    }
    Bench again(folder, compress);
    fmt::print(
        "{{{}, \"start_s\": {:.2f}, \"waiting_after_start\": {}, \"rss_after_start_mb\": "
        "{:.1f}}}\n",
        text, again.open_seconds(), again.figures().total.records, rss_mb());
    return 0;
}

}  // namespace
}  // namespace fieldway

int main(int argc, char** argv) {
    if (argc < 4 || std::filesystem::exists(argv[1])) {
        fmt::print(stderr,
                   "bench_queue FOLDER BACKLOG MESSAGES [none]; FOLDER must not be there\n");
        return 2;
    }
    const int status = fieldway::run(argv[1], std::strtoull(argv[2], nullptr, 10),
                                     std::strtoull(argv[3], nullptr, 10),
                                     argc < 5 || std::string(argv[4]) != "none");
    std::filesystem::remove_all(argv[1]);
    return status;
}
