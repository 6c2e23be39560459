// Exchanges with time in the test's hand: faults 37 to 40.
#include "modbus/line_exchange.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/rtu_frame.h"
#include "support/manual_clock.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}
Bytes frame(std::uint8_t unit, std::string_view pdu) {
    return rtu_frame(unit, hex(pdu));
}
Request read_of(std::uint8_t unit, std::uint16_t address, std::uint16_t count = 1) {
    Request request;
    request.unit = unit;
    request.address = address;
    request.count = count;
    return request;
}
Request write_of(std::uint16_t value, std::uint8_t unit = 1) {
    Request request = read_of(unit, 80);
    request.function = Function::write_single_register;
    request.value = value;
    return request;
}

class Line {
  public:
    explicit Line(Endpoint::Kind kind, std::optional<bool> echo = false) {
        options_.endpoint.kind = kind;
        options_.baud = 9600;
        options_.echo = echo;
        options_.turn_around = 100ms;
        exchange_ = make_exchange(options_, 1, figures_);
        exchange_->reset(clock_.monotonic());
        clock_.advance(1s);
    }
    /// What was sent; empty when the line was not silent by now.
    std::string ask(const Request& request, Duration timeout = 500ms) {
        exchange_->begin(request, timeout, clock_.monotonic());
        return sent();
    }
    std::string sent() {
        const auto bytes = exchange_->frame_to_send(clock_.monotonic());
        return bytes ? to_hex(*bytes) : std::string();
    }
    Result<> hear(const Bytes& bytes, Duration after = 10ms) {
        clock_.advance(after);
        return exchange_->received(bytes, clock_.now());
    }
    std::optional<Reply> poll() { return exchange_->poll(clock_.now()); }
    /// The reply, however long it takes.
    Reply reply() {
        for (int turn = 0; turn < 100; ++turn) {
            if (auto made = poll()) return *made;
            clock_.advance(std::max<Duration>(exchange_->wake() - clock_.monotonic(), 0ms));
            (void)sent();
        }
        ADD_FAILURE() << "no end";
        return {};
    }
    std::string data() {
        const Reply made = reply();
        return made.kind == Reply::Kind::answer ? to_hex(made.data) : "none: " + made.reason;
    }

    LineOptions options_;
    LineFigures figures_;
    test::ManualClock clock_;
    std::unique_ptr<Exchange> exchange_;
};

TEST(RtuExchange, SendsOnceTheLineIsSilent) {
    Line line(Endpoint::Kind::rtu);
    (void)line.hear(hex("00"));
    EXPECT_EQ(line.ask(read_of(1, 0)), "");
    line.clock_.advance(4ms);
    EXPECT_EQ(line.sent(), "") << "3.5 characters at 9600 are 4.01 ms";
    line.clock_.advance(11us);
    EXPECT_EQ(line.sent(), "010300000001840a");
    EXPECT_EQ(line.sent(), "") << "once";
}

TEST(RtuExchange, TakesTheAnswerAndNothingBeforeIt) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(frame(2, "03 02 FFFF"));
    (void)line.hear(frame(1, "04 02 FFFF"));
    (void)line.hear(frame(1, "03 04 FFFF FFFF"));
    (void)line.hear(frame(0, "03 02 FFFF"));
    EXPECT_FALSE(line.poll());
    (void)line.hear(frame(1, "03 02 00D7"));
    EXPECT_EQ(line.data(), "00d7");
    EXPECT_EQ(line.exchange_->take_late().size(), 4U);
}

TEST(RtuExchange, TakesAnAnswerInPiecesAndWithNoiseAroundIt) {
    Line line(Endpoint::Kind::rtu);
    const Bytes answer = frame(1, "03 02 00D7");
    for (std::size_t cut = 1; cut < answer.size(); ++cut) {
        (void)line.ask(read_of(1, 0));
        (void)line.hear(hex("00"));
        (void)line.hear(Bytes(answer.begin(), answer.begin() + static_cast<std::ptrdiff_t>(cut)));
        EXPECT_FALSE(line.poll());
        (void)line.hear(Bytes(answer.begin() + static_cast<std::ptrdiff_t>(cut), answer.end()));
        (void)line.hear(hex("FF"), 0ms);
        EXPECT_EQ(line.data(), "00d7") << cut;
        line.clock_.advance(100ms);
    }
}

TEST(RtuExchange, EndsADamagedAnswerAtTheNextSilence) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0));
    Bytes damaged = frame(1, "03 02 00D7");
    damaged[3] ^= 4U;
    (void)line.hear(damaged, 20ms);
    const auto begun = line.clock_.monotonic();
    const Reply reply = line.reply();
    EXPECT_EQ(reply.kind, Reply::Kind::bad_answer);
    EXPECT_FALSE(reply.late_possible) << "it came: nothing is to be expected any more";
    EXPECT_LT(line.clock_.monotonic() - begun, 10ms);
}

TEST(RtuExchange, TakesTheGoodCopyBehindADamagedOne) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0));
    Bytes both = frame(1, "03 02 00D7");
    both[3] ^= 4U;
    const Bytes good = frame(1, "03 02 00D7");
    both.insert(both.end(), good.begin(), good.end());
    (void)line.hear(both);
    EXPECT_EQ(line.data(), "00d7");
}

TEST(RtuExchange, ACutAnswerMayStillComeWhole) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(hex("01 03 02 00"));
    const Reply reply = line.reply();
    EXPECT_EQ(reply.kind, Reply::Kind::bad_answer);
    EXPECT_TRUE(reply.late_possible);
}

TEST(RtuExchange, BoundsTheTimeOfASlaveThatTrickles) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0, 125));
    const auto begun = line.clock_.monotonic();
    (void)line.hear(hex("01 03 FA"));
    while (!line.poll())
        (void)line.hear(hex("00"), 40ms);
    // 500 ms, and 263 characters of 1.15 ms at 9600: request, and answer of 125 registers.
    EXPECT_LT(line.clock_.monotonic() - begun, 850ms);
}

TEST(RtuExchange, TakesEchoesOffAndLearnsThatTheyCome) {
    Line line(Endpoint::Kind::rtu, std::nullopt);
    const Bytes echo = hex(line.ask(read_of(1, 0)));
    (void)line.hear(echo);
    (void)line.hear(frame(1, "03 02 00D7"));
    EXPECT_EQ(line.data(), "00d7");
    line.clock_.advance(10ms);
    const Bytes written = hex(line.ask(write_of(7)));
    (void)line.hear(written);
    EXPECT_FALSE(line.poll()) << "that was the echo";
    (void)line.hear(written);
    EXPECT_EQ(line.data(), "0007");
    EXPECT_EQ(line.figures_.echoes, 2U);
}

TEST(RtuExchange, ReadsBeforeAWriteWhoseEchoCouldBeItsAnswer) {
    Line line(Endpoint::Kind::rtu, std::nullopt);
    EXPECT_EQ(line.ask(write_of(7)).substr(0, 12), "010300500001") << "what is to be written";
    (void)line.hear(frame(1, "83 02"));
    EXPECT_FALSE(line.poll());
    line.clock_.advance(10ms);
    const Bytes written = hex(line.sent());
    ASSERT_EQ(written.at(1), 6);
    (void)line.hear(written);
    EXPECT_EQ(line.data(), "0007") << "no echo was there, so this is the answer";
}

TEST(RtuExchange, SaysWhatWasOnTheLineWhenTheReadBeforeAWriteIsNotAnswered) {
    Line line(Endpoint::Kind::rtu, std::nullopt);
    (void)line.ask(write_of(7));
    const Reply reply = line.reply();
    EXPECT_EQ(reply.kind, Reply::Kind::timeout);
    ASSERT_TRUE(reply.sent);
    EXPECT_EQ(reply.sent->function, Function::read_holding_registers);
}

/// fault 40
TEST(RtuExchange, TakesNoAnswerThatMayBeAnotherMasters) {
    Line line(Endpoint::Kind::rtu);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(frame(1, "03 0100 0001"));
    (void)line.hear(frame(1, "03 02 BAD0"));
    EXPECT_THAT(line.data(), HasSubstr("another master"));
    (void)line.hear(frame(1, "03 0100 0001"), 1s);
    line.clock_.advance(5ms);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(frame(1, "03 02 BAD0"));
    EXPECT_THAT(line.data(), HasSubstr("none")) << "asked before us, answered after";
    line.clock_.advance(1s);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(frame(2, "03 0100 0001"));
    (void)line.hear(frame(2, "03 02 BAD0"));
    (void)line.hear(frame(1, "03 02 00D7"));
    EXPECT_EQ(line.data(), "00d7") << "another unit's is let by";
}

TEST(RtuExchange, WaitsForTheDevicesAfterABroadcast) {
    Line line(Endpoint::Kind::rtu, std::nullopt);
    const Bytes written = hex(line.ask(write_of(7, 0)));
    EXPECT_EQ(written.at(0), 0);
    const auto begun = line.clock_.monotonic();
    (void)line.hear(written);
    const Reply reply = line.reply();
    EXPECT_EQ(reply.kind, Reply::Kind::answer);
    EXPECT_TRUE(reply.data.empty());
    EXPECT_GE(line.clock_.monotonic() - begun, 100ms);
    EXPECT_EQ(line.figures_.echoes, 1U) << "and the line is known to echo";
}

TEST(RtuExchange, GivesUpOnALineThatIsNeverSilent) {
    Line line(Endpoint::Kind::rtu);
    (void)line.hear(hex("55"));
    (void)line.ask(read_of(1, 0));
    std::optional<Reply> reply;
    for (int i = 0; i < 10'000 && !reply; ++i) {
        (void)line.hear(hex("55"), 1ms);
        reply = line.poll();
    }
    ASSERT_TRUE(reply);
    EXPECT_THAT(reply->reason, HasSubstr("never silent"));
    EXPECT_EQ(line.figures_.requests, 0U);
}

TEST(AsciiExchange, AsksAndIsAnswered) {
    Line line(Endpoint::Kind::ascii);
    EXPECT_EQ(*bytes_from_hex(line.ask(read_of(1, 0))).value().begin(), ':');
    const Bytes answer = make_frame(Framing::ascii, 1, hex("03 02 00D7"));
    (void)line.hear(make_frame(Framing::ascii, 1, hex("03 04 00D7 0000")));
    (void)line.hear(answer);
    EXPECT_EQ(line.data(), "00d7");
    line.clock_.advance(10ms);
    (void)line.ask(read_of(1, 0));
    Bytes damaged = answer;
    damaged[7] = '1';
    (void)line.hear(damaged);
    EXPECT_THAT(line.data(), HasSubstr("damaged"));
}

TEST(TcpExchange, KnowsALateAnswerByItsNumber) {
    Line line(Endpoint::Kind::tcp);
    EXPECT_EQ(line.ask(read_of(1, 0)), "000100000006010300000001");
    EXPECT_EQ(line.reply().kind, Reply::Kind::timeout);
    EXPECT_EQ(line.ask(read_of(1, 5)), "000200000006010300050001");
    EXPECT_TRUE(line.hear(hex("0001 0000 0005 01 03 02 BAD0 0002 0000 0005 01 03 02 00D7")));
    EXPECT_EQ(line.data(), "00d7");
    EXPECT_EQ(line.figures_.late, 1U);
}

TEST(TcpExchange, CallsOtherProtocolsGarbage) {
    Line line(Endpoint::Kind::tcp);
    (void)line.ask(read_of(1, 0));
    EXPECT_FALSE(line.hear(hex("485454502F312E31")));
}

TEST(TcpExchange, TakesOtherNumbersWhereTheServerHasThem) {
    Line line(Endpoint::Kind::tcp);
    line.options_.match_transaction = false;
    line.exchange_ = make_exchange(line.options_, 1, line.figures_);
    (void)line.ask(read_of(1, 0));
    (void)line.hear(hex("0000 0000 0005 02 03 02 BAD0"));
    (void)line.hear(hex("0000 0000 0005 01 03 02 00D7"));
    EXPECT_EQ(line.data(), "00d7");
}

TEST(UdpExchange, TakesEachDatagramByItself) {
    Line line(Endpoint::Kind::udp);
    (void)line.ask(read_of(1, 0));
    EXPECT_TRUE(line.hear(hex("0001 0000 0005 01 03")));
    EXPECT_TRUE(line.hear(hex("02 00D7")));
    EXPECT_TRUE(line.hear(hex("0001 0000 0005 01 03 02 00D7 00")));
    EXPECT_FALSE(line.poll()) << "no datagram of these is a frame";
    EXPECT_TRUE(line.hear(hex("0001 0000 0005 01 03 02 00D7")));
    EXPECT_EQ(line.data(), "00d7");
    EXPECT_EQ(line.figures_.garbage, 3U);
}

}  // namespace
}  // namespace fieldway::modbus
