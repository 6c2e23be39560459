// Messages into a store and out again, for what it writes to its disk. Time is simulated: a commit
// stands for `PER_COMMIT / rate` seconds.
//
//     bench_store FOLDER MESSAGES PER_COMMIT zstd|none
//
// First all messages are committed, as with an uplink that is down, then read and acknowledged.
// Messages are of 200 bytes, real JSON of a hundred devices in turn. Prints one JSON object.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "queue/store.h"

using namespace fieldway;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t device_count = 100;
constexpr std::size_t stride = 17;  ///< devices take turns in an order that is no index's
constexpr std::size_t payload_bytes = 200;
constexpr double drain_rate = 2000;  ///< messages a second, the preset of backlog_rate
constexpr std::uint64_t read_bytes = 64 * 1024;

struct Line {
    queue::StreamKey key;
    Sequence next = 1;
    Sequence reserved = 0;
};

/// As an energy meter's message is; values move as a building's do.
std::string payload_of(std::size_t device, Sequence sequence, WallTime at) {
    const double phase = static_cast<double>(sequence) / 40.0 + static_cast<double>(device);
    std::string text = fmt::format(
        R"({{"timestamp":"{}","voltage_l1":{:.1f},"voltage_l2":{:.1f},"voltage_l3":{:.1f},)"
        R"("current_l1":{:.3f},"power":{:.1f},"energy":{:.2f},"frequency":{:.2f},"state":"on"}})",
        rfc3339(at), 230 + 3 * std::sin(phase), 229 + 2 * std::cos(phase),
        231 + 2 * std::sin(phase * 1.7), 4 + 2 * std::sin(phase * 0.3),
        920 + 450 * std::sin(phase * 0.3), 1000 + static_cast<double>(sequence) * 0.013,
        50 + 0.03 * std::sin(phase * 5));
    text.resize(payload_bytes, ' ');
    return text;
}

class Bench {
  public:
    Bench(const std::string& folder, std::size_t per_commit, bool compress)
        : per_commit_(per_commit), files_(make_posix_file_system()) {
        queue::StoreOptions options;
        options.folder = folder;
        options.boot_id = "bench";
        options.limits.compress = compress;
        options.limits.max_bytes = 64ULL * 1024 * 1024 * 1024;
        for (auto& lane : options.limits.lanes)
            lane.max_bytes = options.limits.max_bytes;
        now_ = SystemClock().now();
        store_ = queue::Store::open(*files_, options, time()).value();
        store_->take_recovered();
        for (std::size_t i = 0; i < device_count; ++i)
            lines_.push_back(
                {.key = {.uplink = "broker",
                         .device = DeviceId::parse(fmt::format("0CA1B2C3D4E5F6{:04}", i)).value(),
                         .lane = Lane::telemetry,
                         .drain = Drain::in_order}});
    }

    bool enqueue(std::uint64_t messages) {
        std::vector<std::shared_ptr<const Record>> records;
        for (std::uint64_t i = 0; i < messages; ++i) {
            const std::size_t device = i * stride % device_count;
            records.push_back(make_record(lines_[device], device));
            if (records.size() < per_commit_ && i + 1 < messages) continue;
            if (store_->commit(records, time()).outcome != queue::Committed::stored) return false;
            records.clear();
            pass(1s);
        }
        return true;
    }

    bool drain() {
        std::vector<Sequence> done(lines_.size(), 0);
        for (bool more = true; more;) {
            more = false;
            for (std::size_t i = 0; i < lines_.size(); ++i) {
                const auto chunk =
                    store_->read(lines_[i].key, done[i], std::numeric_limits<Sequence>::max(),
                                 read_bytes, time());
                if (chunk.records.empty()) continue;
                more = true;
                done[i] = chunk.records.back()->sequence;
                store_->acknowledge(lines_[i].key, done[i], {});
                pass(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(
                    static_cast<double>(chunk.records.size()) / drain_rate)));
            }
        }
        return store_->flush(time()) == queue::Committed::stored;
    }

    [[nodiscard]] queue::StoreFigures figures() const { return store_->figures(); }

  private:
    [[nodiscard]] const Timestamp& time() const { return now_; }

    void pass(Duration duration) {
        now_.monotonic += duration;
        now_.wall += std::chrono::duration_cast<std::chrono::milliseconds>(duration);
        while (store_->maintain(time()).again) {
        }
    }

    std::shared_ptr<const Record> make_record(Line& line, std::size_t device) {
        if (line.next > line.reserved) {
            // All together, as the queue does.
            std::vector<queue::Store::Reservation> wanted;
            for (Line& one : lines_) {
                one.reserved = one.next + 4096;
                wanted.push_back({one.key, one.reserved});
            }
            store_->reserve(wanted);
        }
        const Sequence sequence = line.next++;
        return std::make_shared<const Record>(
            Record{sequence,
                   {.uplink = line.key.uplink,
                    .device = line.key.device,
                    .subtopic = "",
                    .lane = line.key.lane,
                    .content_type = ContentType::json,
                    .payload = payload_of(device, sequence, now_.wall),
                    .time = now_,
                    .drain = line.key.drain}});
    }

    const std::size_t per_commit_;
    std::unique_ptr<FileSystem> files_;
    Timestamp now_;
    std::unique_ptr<queue::Store> store_;
    std::vector<Line> lines_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::cerr << "bench_store FOLDER MESSAGES PER_COMMIT zstd|none\n";
        return 2;
    }
    Bench bench(argv[1], std::strtoull(argv[3], nullptr, 10), std::string(argv[4]) == "zstd");
    const auto begin = std::chrono::steady_clock::now();
    if (!bench.enqueue(std::strtoull(argv[2], nullptr, 10))) return 1;
    const std::uint64_t stored_bytes = bench.figures().file_bytes;
    if (!bench.drain()) return 1;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    const auto figures = bench.figures();
    std::cout << boost::json::object{{"seconds", seconds.count()},
                                     {"file_bytes_when_full", stored_bytes},
                                     {"records_left", figures.records},
                                     {"written_by_the_store", figures.written_bytes}}
              << std::endl;
    return 0;
}
