// Pool, sessions and the Paho engine against a real mosquitto.
#include "uplink/pool.h"

#include <sstream>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "queue/memory_queue.h"
#include "support/mosquitto.h"

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;
using test::Mosquitto;

DeviceId id(const std::string& text) {
    return DeviceId::parse(text).value();
}

/// Everything a pool needs, on this thread.
class PoolTest : public testing::Test {
  protected:
    PoolTest() : log_(make_log()), engine_(make_paho_engine(core_, clock_, log_)) {
        pool_ = make_pool({core_, queue_, *engine_, clock_, log_, 1, 100});
        uplink_.name = "broker";
        uplink_.host = "127.0.0.1";
        uplink_.topics.uplink = "site/{device}/{subtopic}";
        uplink_.limits.messages_per_second = 0;
        uplink_.limits.connects_per_second = 100;
    }
    ~PoolTest() override {
        pool_.reset();
        engine_->stop(clock_.monotonic() + seconds(5));
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
    bool run_until(const std::function<bool()>& happened, seconds most = seconds(30)) {
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
    test::TempFolder folder_;
};

std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i <= to; ++i)
        text += std::to_string(i) + "\n";
    return text;
}

TEST_F(PoolTest, DeliversAThousandMessagesInOrder) {
    Mosquitto broker;
    uplink_.port = broker.port();
    auto subscriber = broker.subscribe({"-t", "site/a", "-q", "1"}, folder_.path() / "got");
    for (int i = 1; i <= 1000; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() == 1000; })) << log_text_.str();
    EXPECT_TRUE(test::wait_for(
        [&] { return test::read_file(folder_.path() / "got") == numbers(1, 1000); }));
    EXPECT_EQ(log_text_.str(), "info session.up: device a is connected to broker 127.0.0.1:" +
                                   std::to_string(broker.port()) + "  device=a  uplink=broker\n");
}

}  // namespace
}  // namespace fieldway::uplink
