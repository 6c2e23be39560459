// How fast the durable store takes messages and gives them back, and what it needs for it:
//   bench_queue_store FOLDER [--waiting N] [--devices N] [--batch N] [--compress]
// Commits N records of 200 bytes, opens the store again, commits and reads 200,000 more.
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "queue/store.h"

namespace {

using namespace fieldway;
using namespace fieldway::queue;

constexpr std::size_t payload_bytes = 200;

struct Wanted {
    std::filesystem::path folder;
    std::uint64_t waiting = 0;
    std::uint64_t devices = 10;
    std::uint64_t batch = 1000;
    bool compress = false;
};

double seconds_since(MonotonicTime start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string resident() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS") || line.starts_with("VmHWM")) return line;
    }
    return "";
}

/// JSON as a meter sends it, 200 bytes of it.
std::string payload(Sequence sequence) {
    std::string text = fmt::format(
        R"({{"timestamp":"2026-01-01T00:00:{:02}.{:03}Z","voltage":{}.{},"current":{}.{})",
        sequence % 60, sequence % 1000, 220 + sequence % 20, sequence % 10, sequence % 32,
        sequence * 7919 % 100);
    for (int at = 0; text.size() + 20 < payload_bytes; ++at)
        text += fmt::format(R"(,"p{}":{})", at, (sequence * 31 + static_cast<unsigned>(at)) % 9973);
    text.resize(payload_bytes - 1, ' ');
    return text + "}";
}

class Bench {
  public:
    explicit Bench(Wanted wanted) : wanted_(std::move(wanted)), files_(make_posix_file_system()) {
        for (std::uint64_t at = 0; at < wanted_.devices; ++at) {
            keys_.push_back({"cloud", DeviceId::parse(fmt::format("device-{:06}", at)).value(),
                             Lane::telemetry, Drain::in_order});
            next_.push_back(1);
        }
    }

    void open() {
        store_.reset();
        StoreOptions options;
        options.folder = wanted_.folder;
        options.limits.max_bytes = options.limits.lanes[1].max_bytes = 64ULL << 30;
        options.limits.compress = wanted_.compress;
        options.boot_id = "bench";
        const auto start = std::chrono::steady_clock::now();
        store_ = Store::open(*files_, options, now()).value();
        const auto recovered = store_->take_recovered();
        std::uint64_t records = 0;
        for (const StoredStream& stream : recovered.streams)
            records += stream.records;
        std::cout << fmt::format("open: {:.2f} s, {} records wait, {}\n", seconds_since(start),
                                 records, resident());
    }

    void commit(std::uint64_t count) {
        std::vector<std::shared_ptr<const Record>> records;
        double spent = 0;
        for (std::uint64_t done = 0; done < count; done += wanted_.batch) {
            records.clear();
            for (std::uint64_t at = 0; at < wanted_.batch; ++at) {
                const std::uint64_t device = (done + at) % wanted_.devices;
                const Sequence sequence = next_[device]++;
                records.push_back(std::make_shared<const Record>(
                    Record{sequence,
                           {"cloud", keys_[device].device, "", Lane::telemetry, ContentType::json,
                            payload(sequence), now(), Drain::in_order}}));
            }
            const auto start = std::chrono::steady_clock::now();
            if (store_->commit(records, now()).outcome != Committed::stored) std::abort();
            spent += seconds_since(start);
        }
        std::cout << fmt::format("commit: {:.0f} a second, {}\n",
                                 static_cast<double>(count) / spent, resident());
    }

    void drain(std::uint64_t count) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<Sequence> after(keys_.size(), 0);
        std::uint64_t got = 0;
        for (bool more = true; more && got < count;) {
            more = false;
            for (std::size_t at = 0; at < keys_.size(); ++at) {
                const auto chunk =
                    store_->read(keys_[at], after[at], ~Sequence{0}, 64 * 1024, now());
                got += chunk.records.size();
                if (chunk.records.empty()) continue;
                more = true;
                after[at] = chunk.records.back()->sequence;
                store_->acknowledge(keys_[at], after[at], {});
            }
            if (store_->maintain(now()).again) continue;
        }
        const double spent = seconds_since(start);
        std::cout << fmt::format("read and acknowledge: {} records, {:.0f} a second, {}\n", got,
                                 static_cast<double>(got) / spent, resident());
        const StoreFigures figures = store_->figures();
        std::cout << fmt::format("{} records, {} bytes of files, {} written since it was opened\n",
                                 figures.records, figures.file_bytes, figures.written_bytes);
    }

  private:
    static Timestamp now() { return SystemClock().now(); }

    const Wanted wanted_;
    const std::unique_ptr<FileSystem> files_;
    std::unique_ptr<Store> store_;
    std::vector<StreamKey> keys_;
    std::vector<Sequence> next_;
};

}  // namespace

int main(int argc, char** argv) {
    Wanted wanted;
    for (int at = 1; at < argc; ++at) {
        const std::string word = argv[at];
        const bool more = at + 1 < argc;
        if (word == "--compress") {
            wanted.compress = true;
        } else if (word == "--waiting" && more) {
            wanted.waiting = std::stoull(argv[++at]);
        } else if (word == "--devices" && more) {
            wanted.devices = std::stoull(argv[++at]);
        } else if (word == "--batch" && more) {
            wanted.batch = std::stoull(argv[++at]);
        } else {
            wanted.folder = word;
        }
    }
    if (wanted.folder.empty()) {
        std::cerr << "bench_queue_store FOLDER [--waiting N] [--devices N] [--batch N] "
                     "[--compress]\n";
        return 2;
    }
    constexpr std::uint64_t measured = 200'000;
    Bench bench(wanted);
    bench.open();
    if (wanted.waiting > 0) bench.commit(wanted.waiting);
    bench.open();
    bench.commit(measured);
    bench.drain(measured);
    return 0;
}
