// The TCP driver against servers that misbehave: faults 37, 38, 40, and glued, cut and broken
// streams. Each register holds its own address plus 1000, so that a value of another request shows.
#include "modbus/socket_line.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <gtest/gtest.h>

#include "scripted_server.h"
#include "support/recording_plugin_host.h"

namespace fieldway::modbus {
namespace {

using fieldway::test::RecordingPluginHost;
using fieldway::test::Told;
using std::chrono::milliseconds;
using test::Play;
using test::ScriptedServer;

/// The right answer to a read.
Bytes answer_to(const Bytes& request) {
    const unsigned address = request[8] * 256U + request[9];
    const unsigned count = request[10] * 256U + request[11];
    Bytes answer{request[0], request[1], 0,
                 0,          0,          static_cast<std::uint8_t>(3 + 2 * count),
                 request[6], request[7], static_cast<std::uint8_t>(2 * count)};
    BigEndianWriter writer(answer);
    for (unsigned i = 0; i < count; ++i) {
        writer.number(static_cast<std::uint16_t>(address + i + 1000));
    }
    return answer;
}

Play right(const Bytes& request) {
    return {{answer_to(request)}, false};
}

/// An input with one device of two registers far apart, so that two requests of the same shape
/// alternate.
class SocketLineTest : public testing::Test {
  protected:
    static std::vector<DeviceOptions> devices() {
        DeviceOptions device;
        device.number = 7;
        device.unit = 1;
        for (const std::uint16_t address : {std::uint16_t{10}, std::uint16_t{500}}) {
            PointOptions point;
            point.number = static_cast<std::uint32_t>(device.points.size());
            point.name = "r" + std::to_string(address);
            point.every = milliseconds(1);
            point.address = address;
            point.writable = true;
            device.points.push_back(point);
        }
        return {device};
    }

    void start(ScriptedServer::Script script, Duration timeout = milliseconds(500)) {
        server_.emplace(std::move(script));
        LineOptions options;
        options.endpoint.host = "127.0.0.1";
        options.endpoint.port = server_->port();
        options.timeout = timeout;
        options.connect_timeout = std::chrono::seconds(5);
        line_.emplace(loop_, options, host_.sdk());
        line_->join(1, host_.sdk(), devices());
    }
    bool good(std::size_t count) {
        return host_.comes_true([count](const Told& told) { return told.count(false) >= count; });
    }
    std::size_t wrong_values() {
        std::size_t wrong = 0;
        const Told told = host_.told();
        for (const auto& batch : told.readings) {
            for (const auto& reading : batch.readings) {
                const Value expected(std::uint64_t{reading.point == 0 ? 1010U : 1500U});
                wrong += !reading.bad && reading.value != expected;
            }
        }
        return wrong;
    }
    void TearDown() override {
        if (line_) {
            EXPECT_TRUE(line_->leave(1, SystemClock().monotonic() + std::chrono::seconds(5)));
        }
        EXPECT_EQ(wrong_values(), 0U);
        line_.reset();
    }

    // Of the scripts, on the server's thread.
    int turn_ = 0;
    std::size_t cut_ = 0;
    Bytes kept_;

    RecordingPluginHost host_;
    std::optional<ScriptedServer> server_;
    SocketLoop loop_;
    std::optional<SocketLine> line_;
};

TEST_F(SocketLineTest, ReadsBackToBackOverOneConnection) {
    start(right);
    EXPECT_TRUE(good(200));
    EXPECT_EQ(line_->figures().connects, 1U);
}

TEST_F(SocketLineTest, DiscardsALateAnswerAndKeepsTheSocket) {
    start(
        [this](const Bytes& request) -> Play {
            if (++turn_ % 3 == 1) {
                kept_ = answer_to(request);  // comes with the next answer, before it
                return {};
            }
            if (turn_ % 3 == 2) return {{kept_, answer_to(request)}, false};
            return right(request);
        },
        milliseconds(20));
    EXPECT_TRUE(good(30));
    EXPECT_EQ(line_->figures().connects, 1U);
    EXPECT_GE(line_->figures().late, 10U);
}

TEST_F(SocketLineTest, TakesNothingOfAnotherTransactionUnitFunctionOrLength) {
    start([this](const Bytes& request) -> Play {
        Bytes wrong = answer_to(request);
        wrong.back() ^= 0xFFU;
        switch (++turn_ % 5) {
            case 0:
                wrong[1] ^= 0x80U;
                break;
            case 1:
                wrong[6] = 2;
                break;
            case 2:
                wrong[7] = 4;
                break;
            case 3:  // one register more
                wrong[5] = 7;
                wrong[8] = 4;
                wrong.insert(wrong.end(), {9, 9});
                break;
            default:  // one byte less, told truly
                wrong[5] = 4;
                wrong[8] = 1;
                wrong.pop_back();
        }
        return {{wrong, answer_to(request)}, false};
    });
    EXPECT_TRUE(good(50));
    EXPECT_GE(line_->figures().mismatched, 30U);
    EXPECT_GE(line_->figures().foreign, 5U);
    EXPECT_EQ(line_->figures().connects, 1U);
}

TEST_F(SocketLineTest, PutsAnswersTogetherThatAreCutAtAnyByte) {
    start([this](const Bytes& request) -> Play {
        const Bytes answer = answer_to(request);
        cut_ = (cut_ + 1) % answer.size();
        const auto at = answer.begin() + static_cast<std::ptrdiff_t>(cut_);
        return {{Bytes(answer.begin(), at), Bytes(at, answer.end())}, false};
    });
    EXPECT_TRUE(good(50));
}

TEST_F(SocketLineTest, TakesTheSecondOfGluedFramesForNothingElse) {
    start([](const Bytes& request) -> Play {
        Bytes glued = answer_to(request);
        const Bytes once(glued);
        glued.insert(glued.end(), once.begin(), once.end());
        return {{glued}, false};
    });
    EXPECT_TRUE(good(50));
    EXPECT_GE(line_->figures().foreign, 40U);
}

TEST_F(SocketLineTest, SurvivesACloseInTheMiddleOfAnAnswer) {
    start([this](const Bytes& request) -> Play {
        if (++turn_ % 4 != 0) return right(request);
        const Bytes answer = answer_to(request);
        return {{Bytes(answer.begin(), answer.begin() + turn_ % 11)}, true};
    });
    EXPECT_TRUE(good(60));
    EXPECT_GE(line_->figures().connects, 5U);
}

TEST_F(SocketLineTest, ClosesAConnectionThatSpeaksAnotherProtocol) {
    start([this](const Bytes& request) -> Play {
        if (++turn_ % 5 != 0) return right(request);
        return {{Bytes{'H', 'T', 'T', 'P', '/', '1', '.', '1'}}, false};
    });
    EXPECT_TRUE(good(20));
    EXPECT_GE(line_->figures().garbage, 2U);
}

TEST_F(SocketLineTest, GivesTheReasonOfAnException) {
    start([](const Bytes& request) -> Play {
        return {{Bytes{request[0], request[1], 0, 0, 0, 3, request[6], 0x83, 2}}, false};
    });
    EXPECT_TRUE(host_.comes_true([](const Told& told) { return told.count(true) >= 2; }));
    const Told told = host_.told();
    EXPECT_EQ(told.readings.at(0).reason, "r10: exception 02, illegal data address");
}

TEST_F(SocketLineTest, SaysOnceThatNothingAnswersAndMakesTheConnectionAnew) {
    start([](const Bytes&) -> Play { return {}; }, milliseconds(2));
    EXPECT_TRUE(host_.comes_true([](const Told& told) { return told.count(true) >= 100; }));
    EXPECT_TRUE(host_.comes_true([this](const Told&) { return line_->figures().requests > 1; }));
    const Told told = host_.told();
    EXPECT_EQ(told.states.size(), 1U) << "up";
    EXPECT_EQ(told.device_states.size(), 1U) << "down";
    EXPECT_EQ(told.device_states.back().reason, "no answer in 2ms");
}

TEST_F(SocketLineTest, SaysOnceThatNobodyListens) {
    std::uint16_t port = 0;
    {
        const ScriptedServer gone(right);
        port = gone.port();
    }
    LineOptions options;
    options.endpoint.host = "127.0.0.1";
    options.endpoint.port = port;
    options.timeout = milliseconds(500);
    options.connect_timeout = std::chrono::seconds(5);
    line_.emplace(loop_, options, host_.sdk());
    line_->join(1, host_.sdk(), devices());
    EXPECT_TRUE(host_.comes_true([](const Told& told) { return told.count(true) >= 100; }));
    const Told told = host_.told();
    EXPECT_EQ(told.device_states.size(), 1U);
    EXPECT_EQ(told.states.size(), 1U);
    EXPECT_TRUE(told.states[0].reason.ends_with("Connection refused")) << told.states[0].reason;
}

TEST_F(SocketLineTest, WritesAndConfirms) {
    start([](const Bytes& request) -> Play {
        if (request[7] == 6) return {{request}, false};  // the echo
        return right(request);
    });
    wire::Command command;
    command.number = 99;
    command.kind = wire::CommandKind::write;
    command.device = 7;
    command.points = {{1, {}, Value(std::uint64_t{1500 % 256})}};
    line_->submit(1, command);
    EXPECT_TRUE(host_.comes_true([](const Told& told) { return !told.outcomes.empty(); }));
    const Told told = host_.told();
    EXPECT_EQ(told.outcomes[0].number, 99U);
    EXPECT_EQ(told.outcomes[0].reason, "r500: 220 was written, 1500 is read back");
}

TEST_F(SocketLineTest, KeepsReadingsWhileTheGatewayIsFull) {
    host_.set_full(true);
    start(right);
    EXPECT_TRUE(host_.comes_true([](const Told& told) { return told.refusals >= 3; }));
    host_.set_full(false);
    EXPECT_TRUE(good(50));
}

TEST_F(SocketLineTest, TwoInputsShareOneConnection) {
    RecordingPluginHost other;
    start(right);
    auto more = devices();
    more[0].number = 8;
    more[0].unit = 2;
    line_->join(2, other.sdk(), more);
    EXPECT_TRUE(good(20));
    EXPECT_TRUE(other.comes_true([](const Told& told) { return told.count(false) >= 20; }));
    EXPECT_EQ(line_->figures().connects, 1U);
    EXPECT_TRUE(line_->leave(2, SystemClock().monotonic() + std::chrono::seconds(5)));
    EXPECT_TRUE(good(60)) << "the first goes on";
}

}  // namespace
}  // namespace fieldway::modbus
