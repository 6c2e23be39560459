#include <gtest/gtest.h>

#include "modbus/rtu_frame.h"
#include "modbus/simulator/responder.h"
#include "modbus/simulator/rtu_receiver.h"

namespace fieldway::modbus::simulator {
namespace {

using namespace std::chrono_literals;
using Transport = Responder::Transport;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

Responder responder_with(Transport transport, const FaultOptions& faults, std::uint64_t seed = 1) {
    PointOptions point;
    point.shows = Value(std::int64_t{7});
    auto made = Responder::make(transport, {{{1, {point}}, {}}, {{2, {point}}, FaultOptions{}}},
                                faults, seed);
    EXPECT_TRUE(made) << made.error().text();
    return std::move(made.value());
}

FaultOptions always(FaultKind kind) {
    FaultOptions faults;
    faults[kind].rate = 1;
    return faults;
}

const Bytes read_one = hex("03 0000 0001");

TEST(Responder, AUnitThatIsNotThereIsSilentOnALineAndAGatewayExceptionBehindTcp) {
    EXPECT_FALSE(responder_with(Transport::rtu, {}).respond(9, read_one, 0s));
    const auto response = responder_with(Transport::tcp, {}).respond(9, read_one, 0s);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->pdu, hex("83 0B"));
}

TEST(Responder, ABroadcastReachesAllAndIsNotAnswered) {
    Responder line = responder_with(Transport::rtu, {});
    EXPECT_FALSE(line.respond(0, hex("06 0000 0009"), 0s));
    EXPECT_EQ(line.respond(1, read_one, 0s)->pdu, hex("03 02 0009"));
    EXPECT_EQ(line.respond(2, read_one, 0s)->pdu, hex("03 02 0009"));
}

TEST(Responder, EachFaultDoesWhatItIsCalled) {
    EXPECT_FALSE(
        responder_with(Transport::rtu, always(FaultKind::silent)).respond(1, read_one, 0s));
    EXPECT_EQ(
        responder_with(Transport::rtu, always(FaultKind::exception)).respond(1, read_one, 0s)->pdu,
        hex("83 04"));
    EXPECT_EQ(responder_with(Transport::rtu, always(FaultKind::wrong_unit))
                  .respond(1, read_one, 0s)
                  ->unit,
              2);
    EXPECT_TRUE(responder_with(Transport::rtu, always(FaultKind::wrong_crc))
                    .respond(1, read_one, 0s)
                    ->spoil_checksum);
    EXPECT_TRUE(responder_with(Transport::tcp, always(FaultKind::wrong_transaction))
                    .respond(1, read_one, 0s)
                    ->spoil_transaction);
    EXPECT_EQ(
        responder_with(Transport::rtu, always(FaultKind::delay)).respond(1, read_one, 0s)->wait,
        100ms);
    EXPECT_EQ(
        responder_with(Transport::rtu, always(FaultKind::late)).respond(1, read_one, 0s)->wait,
        800ms);
}

TEST(Responder, AUnitsOwnFaultsReplaceThoseOfTheLine) {
    EXPECT_TRUE(responder_with(Transport::rtu, always(FaultKind::silent)).respond(2, read_one, 0s));
}

TEST(Responder, FaultsComeAtTheirRateAndAgainWithTheSameSeed) {
    FaultOptions faults;
    faults[FaultKind::silent].rate = 0.25;
    std::vector<bool> first;
    for (int run = 0; run < 2; ++run) {
        Responder line = responder_with(Transport::rtu, faults, 42);
        std::vector<bool> answered;
        for (int i = 0; i < 4000; ++i)
            answered.push_back(line.respond(1, read_one, 0s).has_value());
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
        std::vector<Bytes> frames;
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
