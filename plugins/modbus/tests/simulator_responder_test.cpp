#include <algorithm>
#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "modbus/rtu_frame.h"
#include "modbus/simulator/request_receiver.h"
#include "modbus/simulator/responder.h"

namespace fieldway::modbus::simulator {
namespace {

using namespace std::chrono_literals;
using Kind = Responder::Kind;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

Responder responder_with(Kind kind, const FaultOptions& faults, std::uint64_t seed = 1) {
    PointOptions point;
    point.shows = Value(std::int64_t{7});
    auto made = Responder::make(kind, {{{1, {point}, {}}, {}}, {{2, {point}, {}}, FaultOptions{}}},
                                faults, seed);
    EXPECT_TRUE(made) << made.error().text();
    return std::move(made.value());
}

FaultOptions always(FaultKind kind) {
    FaultOptions faults;
    faults[kind].rate = 1;
    return faults;
}

Asked asked(std::uint8_t unit, std::string_view pdu = "03 0000 0001",
            Framing framing = Framing::rtu) {
    return {framing, 9, unit, hex(pdu)};
}

/// All that comes to the wire, one piece behind the other.
Bytes bytes_of(const std::optional<Response>& response) {
    Bytes bytes;
    if (!response) return bytes;
    for (const Piece& piece : response->pieces)
        bytes.insert(bytes.end(), piece.bytes.begin(), piece.bytes.end());
    return bytes;
}

TEST(Responder, AUnitThatIsNotThereIsSilentOnALineAndAGatewayExceptionBehindTcp) {
    EXPECT_FALSE(responder_with(Kind::line, {}).respond(asked(9), 0s));
    const auto response =
        responder_with(Kind::gateway, {}).respond(asked(9, "03 0000 0001", Framing::tcp), 0s);
    EXPECT_EQ(bytes_of(response), hex("0009 0000 0003 09 83 0B"));
}

TEST(Responder, ABroadcastReachesAllAndIsNotAnswered) {
    Responder line = responder_with(Kind::line, {});
    EXPECT_FALSE(line.respond(asked(0, "06 0000 0009"), 0s));
    EXPECT_EQ(bytes_of(line.respond(asked(1), 0s)), rtu_frame(1, hex("03 02 0009")));
    EXPECT_EQ(bytes_of(line.respond(asked(2), 0s)), rtu_frame(2, hex("03 02 0009")));
}

TEST(Responder, EachFaultDoesWhatItIsCalled) {
    const auto with = [](FaultKind kind, Framing framing = Framing::rtu) {
        const Kind of = framing == Framing::tcp ? Kind::gateway : Kind::line;
        return responder_with(of, always(kind)).respond(asked(1, "03 0000 0001", framing), 0s);
    };
    const Bytes right = rtu_frame(1, hex("03 02 0007"));
    EXPECT_FALSE(with(FaultKind::silent));
    EXPECT_EQ(bytes_of(with(FaultKind::exception)), rtu_frame(1, hex("83 04")));
    EXPECT_EQ(bytes_of(with(FaultKind::wrong_unit)), rtu_frame(2, hex("03 02 FFF8")));
    EXPECT_EQ(bytes_of(with(FaultKind::wrong_function)), rtu_frame(1, hex("04 02 FFF8")));
    EXPECT_EQ(bytes_of(with(FaultKind::wrong_length)), rtu_frame(1, hex("03 04 FFF8 DEAD")));
    EXPECT_FALSE(rtu_content(bytes_of(with(FaultKind::wrong_crc))));
    EXPECT_EQ(bytes_of(with(FaultKind::wrong_transaction, Framing::tcp)),
              hex("000A 0000 0005 01 03 02 FFF8"));
    EXPECT_LT(bytes_of(with(FaultKind::truncated)).size(), right.size());
    EXPECT_EQ(bytes_of(with(FaultKind::byte_loss)).size(), right.size() - 1);
    EXPECT_GT(bytes_of(with(FaultKind::noise)).size(), right.size());
    EXPECT_EQ(bytes_of(with(FaultKind::duplicated)).size(), right.size() * 2);
    EXPECT_EQ(with(FaultKind::glued)->pieces.size(), 1U);
    EXPECT_EQ(with(FaultKind::glued, Framing::tcp)->pieces.size(), 2U) << "datagrams";
    EXPECT_EQ(with(FaultKind::foreign)->pieces.front().bytes, rtu_frame(2, hex("03 02 FFF8")));
    EXPECT_EQ(with(FaultKind::other_master)->pieces.front().bytes.size(), 8 + right.size());
    EXPECT_EQ(with(FaultKind::trickle)->pieces.size(), right.size());
    EXPECT_EQ(with(FaultKind::closed)->act->kind, FaultKind::closed);
    EXPECT_EQ(with(FaultKind::delay)->pieces.front().wait, 100ms);
    EXPECT_EQ(with(FaultKind::late)->pieces.front().wait, 800ms);
}

TEST(Responder, ADelayCanBeAnythingBetweenTwo) {
    FaultOptions faults = always(FaultKind::late);
    faults[FaultKind::late].wait = 400ms;
    faults[FaultKind::late].most = 600ms;
    Responder line = responder_with(Kind::line, faults);
    std::set<Duration> waits;
    for (int i = 0; i < 100; ++i)
        waits.insert(line.respond(asked(1), 0s)->pieces.front().wait);
    EXPECT_GE(*waits.begin(), 400ms);
    EXPECT_LE(*waits.rbegin(), 600ms);
    EXPECT_GT(waits.size(), 90U);
}

TEST(Responder, AUnitsOwnFaultsReplaceThoseOfTheLine) {
    EXPECT_TRUE(responder_with(Kind::line, always(FaultKind::silent)).respond(asked(2), 0s));
}

TEST(Responder, FaultsComeAtTheirRateAndAgainWithTheSameSeed) {
    FaultOptions faults;
    faults[FaultKind::silent].rate = 0.25;
    std::vector<bool> first;
    for (int run = 0; run < 2; ++run) {
        Responder line = responder_with(Kind::line, faults, 42);
        std::vector<bool> answered;
        for (int i = 0; i < 4000; ++i)
            answered.push_back(line.respond(asked(1), 0s).has_value());
        EXPECT_NEAR(static_cast<double>(std::count(answered.begin(), answered.end(), false)), 1000,
                    100);
        if (run == 0) first = answered;
        EXPECT_EQ(answered, first);
    }
}

TEST(RtuReceiver, FindsFramesHoweverTheyAreCut) {
    const Bytes stream = hex("01 04 00 00 00 02 71 CB 01 05 00 00 FF 00 8C 3A");
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        RtuReceiver receiver;
        std::vector<ReceivedRequest> frames;
        for (const ByteView part : {ByteView(stream).first(cut), ByteView(stream).subspan(cut)}) {
            receiver.add(part);
            while (auto frame = receiver.take())
                frames.push_back(*frame);
        }
        ASSERT_EQ(frames.size(), 2U) << cut;
        EXPECT_TRUE(receiver.empty());
    }
}

TEST(RtuReceiver, NoiseIsGoneAfterASilence) {
    RtuReceiver receiver;
    receiver.add(hex("01 04 00 00 00 03 71 CB"));
    EXPECT_FALSE(receiver.take());
    EXPECT_FALSE(receiver.take_at_silence());
    receiver.add(hex("01 04 00 00 00 02 71 CB"));
    EXPECT_TRUE(receiver.take());
}

TEST(RtuReceiver, AnUnknownFunctionIsFramedByTheSilence) {
    RtuReceiver receiver;
    receiver.add(rtu_frame(1, hex("41 0E 01 00")));
    EXPECT_FALSE(receiver.take());
    EXPECT_TRUE(receiver.take_at_silence());
}

TEST(AsciiReceiver, FindsFramesHoweverTheyAreCut) {
    const Bytes frame = make_frame(Framing::ascii, 3, hex("03 0000 0001"));
    for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
        AsciiReceiver receiver;
        receiver.add(ByteView(frame).first(cut));
        EXPECT_EQ(receiver.take().has_value(), cut == frame.size());
        receiver.add(ByteView(frame).subspan(cut));
        const auto request = receiver.take();
        if (cut < frame.size()) {
            ASSERT_TRUE(request);
            EXPECT_EQ(request->size, frame.size());
        }
    }
}

TEST(RtuReceiver, EndlessNoiseDoesNotGrow) {
    RtuReceiver receiver;
    for (int i = 0; i < 10'000; ++i)
        receiver.add(Bytes(200, 0x55));
    receiver.take_at_silence();
    EXPECT_TRUE(receiver.empty());
}

TEST(Pace, NineBytesAt9600With8E1TakeTenMilliseconds) {
    const common::LineFormat format{9600, common::Parity::even, 8, 1};
    EXPECT_EQ(bytes_due(format, -1ms), 0U);
    EXPECT_EQ(bytes_due(format, 1ms), 0U);
    EXPECT_EQ(bytes_due(format, 10'313us), 9U);
}

}  // namespace
}  // namespace fieldway::modbus::simulator
