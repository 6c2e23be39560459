// A memory queue whose posted functions run when the test says so.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "queue/memory_queue.h"

namespace fieldway::queue::test {

inline StreamKey key_of(const std::string& device, Lane lane = Lane::telemetry) {
    return {"cloud", DeviceId::parse(device).value(), lane};
}

inline Message message_of(const std::string& device, std::string payload,
                          Lane lane = Lane::telemetry) {
    return {
        "cloud", DeviceId::parse(device).value(), "", lane, ContentType::json, std::move(payload),
        {}};
}

struct PostedQueue {
    explicit PostedQueue(config::QueueOptions options)
        : queue(options, [this](std::function<void()> f) { posted.push_back(std::move(f)); }) {}

    /// Runs all that is posted, also what that posts.
    void run() {
        while (!posted.empty()) {
            const auto f = std::move(posted.front());
            posted.pop_front();
            f();
        }
    }

    std::deque<std::function<void()>> posted;
    MemoryQueue queue;
};

}  // namespace fieldway::queue::test
