#include "app/message_flow.h"

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "queue/memory_queue.h"
#include "support/manual_clock.h"
#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

/// Readings go in as from an input; the test plays the broker by releasing records.
class MessageFlowTest : public testing::Test {
  protected:
    MessageFlowTest() {
        flow_.on_accepted([this](std::uint64_t origin, std::uint64_t token, input::Acceptance a) {
            accepted_.emplace_back(origin, token, a);
        });
    }

    input::Arrival arrival(std::uint64_t token, DeviceNumber device = 1) {
        const Timestamp now = clock_.now();
        return {"hall",
                {{device,
                  {{0, "", std::int64_t{215}, false, now}, {1, "", std::uint64_t{7}, false, now}},
                  ""}},
                token,
                4};
    }
    std::vector<std::shared_ptr<const Record>> queued() { return queue_.peek(key_, 0, 100); }
    void release(Sequence sequence) {
        queue_.release(key_, sequence);
        core_.poll();
        core_.restart();
    }

    using Accepted = std::tuple<std::uint64_t, std::uint64_t, input::Acceptance>;
    boost::asio::io_context core_;
    test::ManualClock clock_;
    DeviceTable devices_ = test_table({test_device("0CA1"), test_device("0CA2")});
    queue::MemoryQueue queue_{config::QueueOptions{}, [this](std::function<void()> work) {
                                  boost::asio::post(core_, std::move(work));
                              }};
    MessageFlow flow_{{core_, devices_, queue_, clock_, Log(), {{"broker", 200}}}};
    std::vector<Accepted> accepted_;
    const queue::StreamKey key_{"broker", DeviceId::parse("0CA1").value(), Lane::telemetry};
};

TEST_F(MessageFlowTest, ReadingsBecomeARecordOfTheirDevice) {
    flow_.on_readings(arrival(0));
    ASSERT_EQ(queued().size(), 1U);
    EXPECT_EQ(queued()[0]->message.payload,
              R"({"timestamp":"2025-11-22T10:15:30.250Z","temp":21.5,"level":7})");
}

TEST_F(MessageFlowTest, ATokenIsAnsweredWhenTheBrokerHasTheMessageAndNotBefore) {
    flow_.on_readings(arrival(9));
    EXPECT_TRUE(accepted_.empty());
    release(queued()[0]->sequence);
    EXPECT_EQ(accepted_, (std::vector<Accepted>{{4, 9, input::Acceptance::durable}}));
}

TEST_F(MessageFlowTest, ATokenWithoutMessagesIsAnsweredAtOnce) {
    input::Arrival only_one_point = arrival(9);
    only_one_point.readings[0].readings.pop_back();  // the message waits for the other point
    flow_.on_readings(std::move(only_one_point));
    EXPECT_EQ(accepted_, (std::vector<Accepted>{{4, 9, input::Acceptance::durable}}));
}

TEST_F(MessageFlowTest, ATokenOverSeveralDevicesTakesTheWorstOutcome) {
    input::Arrival both = arrival(9);
    Readings large = both.readings[0];
    large.device = 2;
    large.readings[1].value = std::string(300, 'x');  // beyond the uplink's 200 bytes
    both.readings.push_back(large);
    flow_.on_readings(std::move(both));
    release(queued()[0]->sequence);
    EXPECT_EQ(accepted_, (std::vector<Accepted>{{4, 9, input::Acceptance::refused}}));
}

TEST_F(MessageFlowTest, AMessageOverTheUplinksLimitIsCountedAndNotQueued) {
    input::Arrival large = arrival(0);
    large.readings[0].readings[1].value = std::string(300, 'x');
    flow_.on_readings(std::move(large));
    EXPECT_TRUE(queued().empty());
    EXPECT_EQ(devices_.find(1)->refused_messages, 1U);
}

TEST_F(MessageFlowTest, ReadingsOfADeviceThatIsNotThereAreDropped) {
    flow_.on_readings(arrival(0, 77));
    EXPECT_TRUE(queued().empty());
}

TEST_F(MessageFlowTest, AStateIsKeptForStatus) {
    flow_.on_state({"hall", false, 0, "up", "", {}});
    flow_.on_state({"hall", true, 1, "down", "no answer for 3 requests", {}});
    EXPECT_EQ(flow_.inputs().at("hall").state, "up");
    EXPECT_EQ(devices_.find(1)->state, "down");
    EXPECT_EQ(devices_.find(1)->reason, "no answer for 3 requests");
    EXPECT_EQ(devices_.find(2)->state, "starting");
}

TEST_F(MessageFlowTest, NewDetailsOfAStateDoNotMakeItNew) {
    flow_.on_state({"hall", false, 0, "up", "", {}});
    const WallTime since = flow_.inputs().at("hall").since;
    clock_.advance(std::chrono::minutes(1));
    flow_.on_state({"hall", false, 0, "up", "", {{"load", 0.5}}});
    EXPECT_EQ(flow_.inputs().at("hall").since, since);
    EXPECT_EQ(flow_.inputs().at("hall").details.at("load").as_double(), 0.5);
    flow_.on_state({"hall", false, 0, "down", "no such port", {}});
    EXPECT_GT(flow_.inputs().at("hall").since, since);
}

TEST_F(MessageFlowTest, TheDevicesOfAFailedInputAreDown) {
    flow_.on_state({"cellar", false, 0, "failed", "no such plugin", {}});
    EXPECT_EQ(devices_.find(1)->state, "starting") << "the input of others";
    flow_.on_state({"hall", false, 0, "failed", "no such plugin", {}});
    EXPECT_EQ(devices_.find(1)->state, "down");
    EXPECT_EQ(devices_.find(2)->reason, "its input hall has failed");
}

TEST_F(MessageFlowTest, AnAnswerThatComesAfterItHasGoneReachesNobody) {
    {
        MessageFlow gone({core_, devices_, queue_, clock_, Log(), {{"broker", 200}}});
        gone.on_accepted([this](auto...) { accepted_.emplace_back(); });
        gone.on_readings(arrival(9));
    }
    release(queued()[0]->sequence);
    EXPECT_TRUE(accepted_.empty());
}

TEST_F(MessageFlowTest, AfterStopNothingIsMade) {
    flow_.stop();
    flow_.on_readings(arrival(0));
    EXPECT_TRUE(queued().empty());
}

}  // namespace
}  // namespace fieldway::app
