// Pool, sessions and the Paho engine against a broker that does as the test says.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/scripted_broker.h"
#include "unit/uplink/pool_fixture.h"

namespace fieldway::uplink {
namespace {

using std::chrono::seconds;
using test::PoolTest;
using test::ScriptedBroker;

/// RAM lets a record go as soon as it was drawn; another peek of it would read it from disk.
class ForgetfulQueue final : public queue::Queue {
  public:
    explicit ForgetfulQueue(queue::Queue& behind) : behind_(behind) {}
    [[nodiscard]] std::size_t reads() const { return reads_; }

    Result<Sequence> append(Message message, queue::Accepted accepted) override {
        return behind_.append(std::move(message), std::move(accepted));
    }
    std::vector<std::shared_ptr<const Record>> peek(const queue::StreamKey& key, Sequence after,
                                                    std::size_t most) override {
        auto records = behind_.peek(key, after, most);
        if (records.empty() || drawn_.insert(records.front()->sequence).second) return records;
        ++reads_;
        return {};
    }
    void release(const queue::StreamKey& key, Sequence sequence) override {
        behind_.release(key, sequence);
    }
    std::optional<queue::Buried> bury(const queue::StreamKey& key, Sequence sequence,
                                      const std::string& reason) override {
        if (!behind_.bury(key, sequence, reason)) return std::nullopt;
        return queue::Buried{};
    }
    void on_arrival(std::function<void(const queue::StreamKey&)> listener) override {
        behind_.on_arrival(std::move(listener));
    }
    [[nodiscard]] Sequence newest(const queue::StreamKey& key) const override {
        return behind_.newest(key);
    }
    [[nodiscard]] std::vector<queue::StreamKey> streams() const override {
        return behind_.streams();
    }
    [[nodiscard]] queue::StreamFigures figures(const queue::StreamKey& key) const override {
        return behind_.figures(key);
    }
    [[nodiscard]] queue::Figures figures() const override { return behind_.figures(); }

  private:
    queue::Queue& behind_;
    std::set<Sequence> drawn_;
    std::size_t reads_ = 0;
};

TEST_F(PoolTest, ATakeoverIsAStateOfItsOwn) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(), [](std::size_t, std::uint16_t) {
        return ScriptedBroker::disconnect(0x8E);
    });
    uplink_.port = broker.port();
    append("a", "1");
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return state() == "taken-over"; })) << log_text_.str();
    EXPECT_NE(log_text_.str().find("error session.taken_over"), std::string::npos);
    (void)run_until([] { return false; }, seconds(1));
    EXPECT_EQ(broker.connects(), 1U);
    EXPECT_EQ(released(), 0U);
}

TEST_F(PoolTest, RefusalsOfMessagesAreAnswersNotRetries) {
    ScriptedBroker broker(core_, ScriptedBroker::connack(),
                          [](std::size_t number, std::uint16_t packet_id) {
                              const std::array<std::uint8_t, 5> codes{0x10, 0x90, 0x87, 0x99, 0};
                              return ScriptedBroker::puback(packet_id, codes[(number - 1) % 5]);
                          });
    uplink_.port = broker.port();
    for (int i = 1; i <= 5; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return queue_.figures().total.records == 0; })) << log_text_.str();
    EXPECT_EQ(released(), 2U);
    EXPECT_EQ(queue_.figures().total.dead, 3U);
    EXPECT_EQ(broker.payloads(), (std::vector<std::string>{"1", "2", "3", "4", "5"}));
    EXPECT_EQ(broker.connects(), 1U);
}

TEST_F(PoolTest, WhatIsBuriedIsToldAlsoWhenItLeftMemoryAndIsNotReadForIt) {
    ForgetfulQueue queue(queue_);
    pool_.reset();
    pool_ = make_pool({core_, queue, *engine_, clock_, log_, 1, 100});
    ScriptedBroker broker(core_, ScriptedBroker::connack(),
                          [](std::size_t, std::uint16_t packet_id) {
                              return ScriptedBroker::puback(packet_id, 0x99);
                          });
    uplink_.port = broker.port();
    append("a", "1");
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return queue_.figures().total.dead == 1; })) << log_text_.str();
    EXPECT_EQ(test::count_of(log_text_.str(), "warning message.buried"), 1U) << log_text_.str();
    EXPECT_EQ(queue.reads(), 0U);
    pool_.reset();
}

TEST_F(PoolTest, TheBrokersReceiveMaximumIsNeverExceeded) {
    std::vector<std::uint16_t> open;
    std::size_t most = 0;
    // Answers two at a time, when two are open.
    ScriptedBroker broker(core_, ScriptedBroker::connack(0, std::string("\x21\0\x02", 3)),
                          [&](std::size_t, std::uint16_t packet_id) {
                              open.push_back(packet_id);
                              most = std::max(most, open.size());
                              std::string reply;
                              if (open.size() < 2) return reply;
                              for (const auto id : std::exchange(open, {})) {
                                  reply += ScriptedBroker::puback(id);
                              }
                              return reply;
                          });
    uplink_.port = broker.port();
    for (int i = 1; i <= 40; ++i)
        append("a", std::to_string(i));
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 40; })) << log_text_.str();
    EXPECT_EQ(most, 2U);
}

TEST_F(PoolTest, WhatTheBrokerSaysIsTooLargeIsNeverSent) {
    ScriptedBroker broker(
        core_, ScriptedBroker::connack(0, std::string("\x27\0\0\x01\0", 5)),
        [](std::size_t, std::uint16_t packet_id) { return ScriptedBroker::puback(packet_id); });
    uplink_.port = broker.port();
    append("a", std::string(300, 'x'));
    append("a", "small");
    configure({"a"});
    EXPECT_TRUE(run_until([&] { return released() == 1; })) << log_text_.str();
    EXPECT_EQ(broker.payloads(), std::vector<std::string>{"small"});
    EXPECT_EQ(queue_.figures().total.dead, 1U);
}

TEST_F(PoolTest, TheBacklogKeepsToItsRateAndWhatIsLiveIsNotHeldUpByIt) {
    constexpr double backlog_rate = 20;
    pool_.reset();
    pool_ = make_pool({core_, queue_, *engine_, clock_, log_, 1, 100, backlog_rate});
    ScriptedBroker broker(
        core_, ScriptedBroker::connack(),
        [](std::size_t, std::uint16_t packet_id) { return ScriptedBroker::puback(packet_id); });
    uplink_.port = broker.port();
    const auto append_live_first = [&](const std::string& payload) {
        Message message{"broker",          test::id("a"), "",           Lane::telemetry,
                        ContentType::json, payload,       clock_.now(), Drain::live_first};
        ASSERT_TRUE(queue_.append(std::move(message), {}));
    };
    for (int i = 1; i <= 500; ++i)
        append_live_first(std::to_string(i));
    configure({"a"});
    ASSERT_TRUE(run_until([&] { return released() >= 10; })) << log_text_.str();
    append_live_first("live");
    const auto begin = clock_.monotonic();
    ASSERT_TRUE(run_until([&] {
        const auto& got = broker.payloads();
        return std::find(got.begin(), got.end(), "live") != got.end();
    }));
    EXPECT_LT(clock_.monotonic() - begin, seconds(2));
    EXPECT_LT(released(), 100U);
    const std::uint64_t before = released();
    (void)run_until([] { return false; }, seconds(2));
    EXPECT_LE(released() - before, 3 * backlog_rate);
    EXPECT_GE(released() - before, backlog_rate);
}

}  // namespace
}  // namespace fieldway::uplink
