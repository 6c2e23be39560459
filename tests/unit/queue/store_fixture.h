// A store on a disk in memory, with time in the test's hand.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "queue/store.h"
#include "support/memory_file_system.h"

namespace fieldway::queue::test {

using fieldway::test::MemoryFileSystem;

inline const std::filesystem::path store_folder = "/queue";
inline constexpr std::uint64_t no_limit = 1ULL << 40;

inline StreamKey stream_of(const std::string& device, Lane lane = Lane::telemetry,
                           Drain drain = Drain::in_order) {
    return {"cloud", DeviceId::parse(device).value(), lane, drain};
}

inline std::shared_ptr<const Record> record_of(const StreamKey& key, Sequence sequence,
                                               std::string payload, Timestamp time = {}) {
    return std::make_shared<const Record>(
        Record{sequence,
               {key.uplink, key.device, "sub", key.lane, ContentType::json, std::move(payload),
                time, key.drain}});
}

/// What a test says of a record in one word: `7=payload`.
inline std::string word_of(const Record& record) {
    return std::to_string(record.sequence) + "=" + record.message.payload;
}

inline config::QueueOptions small_limits() {
    config::QueueOptions limits;
    limits.compress = false;
    return limits;
}

class StoreTest : public ::testing::Test {
  protected:
    StoreTest() {
        options.folder = store_folder;
        options.limits = small_limits();
        options.boot_id = "boot-1";
        options.segment_bytes = 64 * 1024;
        time.monotonic = MonotonicTime(std::chrono::hours(1));
        time.wall = WallTime(std::chrono::seconds(1'763'806'530));
    }

    void open() {
        store.reset();
        auto opened = Store::open(disk, options, time);
        ASSERT_TRUE(opened) << opened.error().text();
        store = *std::move(opened);
        recovered.emplace(store->take_recovered());
    }
    /// The power goes, and comes back.
    void crash_and_open() {
        disk.crash(random);
        open();
    }
    void kill_and_open() {
        disk.kill();
        open();
    }

    void pass(Duration by) {
        time.monotonic += by;
        time.wall += std::chrono::duration_cast<std::chrono::milliseconds>(by);
    }

    Store::CommitResult commit(const StreamKey& key, Sequence first, Sequence last,
                               const std::string& payload = "p") {
        std::vector<std::shared_ptr<const Record>> records;
        for (Sequence at = first; at <= last; ++at)
            records.push_back(record_of(key, at, payload, time));
        auto result = store->commit(records, time);
        note(result.news);
        return result;
    }
    void maintain() {
        for (int at = 0; at < 1000; ++at) {
            auto done = store->maintain(time);
            note(done.news);
            if (!done.again) return;
        }
        FAIL() << "maintain() never comes to an end";
    }
    /// Everything of the stream, chunk by chunk.
    std::vector<std::string> read_all(const StreamKey& key, Sequence after = 0,
                                      Sequence upto = ~Sequence{0},
                                      std::uint64_t most_bytes = 1000) {
        std::vector<std::string> words;
        for (int turns = 0; turns < 100'000; ++turns) {
            auto chunk = store->read(key, after, upto, most_bytes, time);
            note(chunk.news);
            for (const auto& record : chunk.records)
                words.push_back(word_of(*record));
            if (!chunk.next) return words;
            EXPECT_GT(*chunk.next, after);
            after = *chunk.next - 1;
        }
        ADD_FAILURE() << "read() never comes to an end";
        return words;
    }
    static std::vector<std::string> words(Sequence first, Sequence last,
                                          const std::string& payload = "p") {
        std::vector<std::string> all;
        for (Sequence at = first; at <= last; ++at)
            all.push_back(std::to_string(at) + "=" + payload);
        return all;
    }
    void note(const StoreNews& news) {
        findings.insert(findings.end(), news.findings.begin(), news.findings.end());
        losses.insert(losses.end(), news.losses.begin(), news.losses.end());
    }
    [[nodiscard]] std::size_t count(Finding::Kind kind) const {
        std::size_t found = 0;
        for (const Finding& finding : findings)
            found += finding.kind == kind ? 1 : 0;
        return found;
    }
    [[nodiscard]] std::size_t segment_files(const std::string& prefix = "telemetry-") const {
        std::size_t found = 0;
        for (const std::string& name : disk.names())
            found += name.find(prefix) != std::string::npos && name.ends_with(".seg") ? 1 : 0;
        return found;
    }

    MemoryFileSystem disk;
    std::mt19937_64 random{1};
    StoreOptions options;
    Timestamp time;
    std::unique_ptr<Store> store;
    std::optional<Store::Recovered> recovered;
    std::vector<Finding> findings;
    std::vector<Loss> losses;
};

}  // namespace fieldway::queue::test
