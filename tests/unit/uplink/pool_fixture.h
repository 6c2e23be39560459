// Everything a pool of sessions needs, on the test's own thread, with Paho as the engine.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "queue/memory_queue.h"
#include "support/temp_folder.h"
#include "uplink/pool.h"

namespace fieldway::test {

inline DeviceId id(const std::string& text) {
    return DeviceId::parse(text).value();
}

using uplink::Engine;
using uplink::Pool;
using uplink::SessionPlan;

class PoolTest : public testing::Test {
  protected:
    PoolTest() : log_(make_log()), engine_(uplink::make_paho_engine(core_, clock_, log_)) {
        ::signal(SIGPIPE, SIG_IGN);  // as the program does: docs/decisions/0004-paho.md
        make_pool_with({});
        uplink_.name = "broker";
        uplink_.host = "127.0.0.1";
        uplink_.topics.uplink = "site/{device}/{subtopic}";
        uplink_.limits.messages_per_second = 0;
        uplink_.limits.connects_per_second = 100;
    }
    ~PoolTest() override {
        pool_.reset();
        engine_->stop(clock_.monotonic() + std::chrono::seconds(5));
    }

    void make_pool_with(
        std::function<Result<std::vector<std::string>>(const std::string&)> look_up) {
        uplink::PoolDependencies needs{core_, queue_, *engine_, clock_, log_, 1, 100};
        needs.look_up = std::move(look_up);
        pool_ = uplink::make_pool(std::move(needs));
    }
    Log make_log() {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text_);
        sink->set_pattern("%l %v");
        return Log(std::make_shared<spdlog::logger>("test", std::move(sink)), LogFormat::text);
    }
    void append(const std::string& device, const std::string& payload, std::string subtopic = "") {
        Message message{"broker",          id(device), std::move(subtopic), Lane::telemetry,
                        ContentType::json, payload,    clock_.now()};
        ASSERT_TRUE(queue_.append(std::move(message), {}));
    }
    bool run_until(const std::function<bool()>& happened,
                   std::chrono::seconds most = std::chrono::seconds(30)) {
        const auto end = clock_.monotonic() + most;
        while (!happened() && clock_.monotonic() < end) {
            core_.restart();
            core_.run_one_for(std::chrono::milliseconds(20));
        }
        return happened();
    }
    void configure(const std::vector<std::string>& devices) {
        std::vector<SessionPlan> plans;
        for (const std::string& device : devices)
            plans.push_back({id(device), "broker"});
        pool_->configure({uplink_}, plans);
    }
    [[nodiscard]] std::uint64_t released() const { return queue_.figures().total.released; }
    [[nodiscard]] std::string state(std::size_t session = 0) const {
        return pool_->status().at(session).state;
    }

    SystemClock clock_;
    boost::asio::io_context core_;
    std::ostringstream log_text_;
    Log log_;
    queue::MemoryQueue queue_{config::QueueOptions(), [this](std::function<void()> job) {
                                  boost::asio::post(core_, std::move(job));
                              }};
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Pool> pool_;
    config::UplinkOptions uplink_;
    TempFolder folder_;
};

inline std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

}  // namespace fieldway::test
