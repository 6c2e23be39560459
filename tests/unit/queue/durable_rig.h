// A durable queue on a store and a worker that act when the test says so.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hand_worker.h"
#include "queue/durable_queue.h"
#include "queue_fixture.h"
#include "support/manual_clock.h"
#include "support/scripted_store.h"

namespace fieldway::queue::test {

using fieldway::test::ManualClock;
using fieldway::test::ScriptedDisk;
using fieldway::test::ScriptedStore;

inline config::QueueOptions with_durability(Duration telemetry,
                                            std::uint64_t max_memory = 1024 * 1024) {
    config::QueueOptions options;
    options.max_memory = max_memory;
    for (const Lane lane : {Lane::telemetry, Lane::bulk})
        options.lanes[static_cast<std::size_t>(lane)].durability = telemetry;
    return options;
}

struct DurableRig {
    explicit DurableRig(const config::QueueOptions& options, ScriptedDisk& its_disk)
        : disk(its_disk), store(disk), worker(store, posted) {
        queue.emplace(options,
                      DurableQueue::Surroundings{
                          worker, clock, Log(),
                          [this](std::function<void()> f) { posted.push_back(std::move(f)); },
                          [this](MonotonicTime when) { wake = when; }});
        queue->start(store.take_recovered(), store.figures());
    }

    /// What is posted, without the store thread.
    void run_core() {
        while (!posted.empty()) {
            const auto f = std::move(posted.front());
            posted.pop_front();
            f();
        }
    }
    /// Core and store thread until nothing is left to do now.
    void settle() {
        do {
            run_core();
        } while (worker.run_one() || !posted.empty());
    }
    /// Time goes on, the store thread as well unless `disk_hangs`.
    void pass(Duration by, bool disk_hangs = false) {
        const MonotonicTime end = clock.monotonic() + by;
        while (wake && *wake <= end) {
            clock.advance(std::max(Duration::zero(), *wake - clock.monotonic()));
            wake.reset();
            queue->tick();
            if (disk_hangs) {
                run_core();
            } else {
                settle();
            }
        }
        clock.advance(end - clock.monotonic());
    }
    Sequence append(const std::string& device, const std::string& payload,
                    Lane lane = Lane::telemetry) {
        return queue->append(message_of(device, payload, lane), {}).value();
    }
    /// What a session would get, reads included.
    std::vector<std::string> peeked(const StreamKey& key, Sequence after = 0,
                                    std::size_t most = 1000) {
        std::vector<std::string> payloads;
        while (payloads.size() < most) {
            auto records = queue->peek(key, after, most - payloads.size());
            settle();
            if (records.empty()) records = queue->peek(key, after, most - payloads.size());
            if (records.empty()) break;
            for (const auto& record : records) {
                payloads.push_back(record->message.payload);
                after = record->sequence;
            }
            settle();
        }
        return payloads;
    }

    ScriptedDisk& disk;
    ManualClock clock;
    std::deque<std::function<void()>> posted;
    ScriptedStore store;
    HandWorker worker;
    std::optional<MonotonicTime> wake;
    std::optional<DurableQueue> queue;
};

}  // namespace fieldway::queue::test
