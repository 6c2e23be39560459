#include "modbus/tcp_codec.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

const Request two_registers{1, Function::read_holding_registers, 0x6B, 2};

void feed(TcpDecoder& decoder, ByteView bytes) {
    const auto space = decoder.space();
    ASSERT_LE(bytes.size(), space.size());
    std::copy(bytes.begin(), bytes.end(), space.begin());
    decoder.commit(bytes.size());
}

Reply matched(const Request& request, const char* hex, Bytes& keep) {
    keep = *bytes_from_hex(hex);
    return match_pdu(request, keep);
}

TEST(TcpCodec, EncodesARequestAsTheStandardShowsIt) {
    Bytes out;
    encode_request(out, 0x1501, two_registers);
    EXPECT_EQ(to_hex(out),
              "150100000006"
              "01"
              "03"
              "006b"
              "0002");
    encode_request(out, 2, {17, Function::write_single_register, 1, 1, 3});
    EXPECT_EQ(to_hex(out),
              "000200000006"
              "11"
              "06"
              "0001"
              "0003");
}

TEST(TcpCodec, FindsGluedFramesHoweverTheyAreCut) {
    const Bytes stream =
        *bytes_from_hex("0001 0000 0007 01 03 04 0001 0002  0002 0000 0003 02 83 02");
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        TcpDecoder decoder;
        std::vector<std::string> frames;
        for (const ByteView part : {ByteView(stream).first(cut), ByteView(stream).subspan(cut)}) {
            feed(decoder, part);
            for (auto frame = decoder.next().value(); frame; frame = decoder.next().value()) {
                frames.push_back(std::to_string(frame->transaction) + "/" +
                                 std::to_string(frame->unit) + "/" + to_hex(frame->pdu));
            }
        }
        EXPECT_EQ(frames, (std::vector<std::string>{"1/1/030400010002", "2/2/8302"})) << cut;
    }
}

TEST(TcpCodec, CallsAStreamGarbageAsSoonAsItShows) {
    for (const char* hex : {"0001 0001", "0001 0000 0001", "0001 0000 00ff", "4854 5450"}) {
        TcpDecoder decoder;
        feed(decoder, *bytes_from_hex(hex));
        EXPECT_FALSE(decoder.next()) << hex;
    }
}

TEST(TcpCodec, TakesTheAnswerThatMatches) {
    Bytes keep;
    const Reply reply = matched(two_registers, "03 04 0001 0002", keep);
    EXPECT_EQ(reply.kind, Reply::Kind::answer);
    EXPECT_EQ(to_hex(reply.data), "00010002");
    const Request bits{1, Function::read_coils, 0, 9, 0};
    EXPECT_EQ(matched(bits, "01 02 ff01", keep).kind, Reply::Kind::answer);
}

TEST(TcpCodec, TakesAnExceptionOfTheFunctionAsked) {
    Bytes keep;
    const Reply reply = matched(two_registers, "83 02", keep);
    EXPECT_EQ(reply.kind, Reply::Kind::exception);
    EXPECT_EQ(reply.exception, 2);
    EXPECT_EQ(matched(two_registers, "84 02", keep).kind, Reply::Kind::bad_answer);
    EXPECT_EQ(matched(two_registers, "83", keep).kind, Reply::Kind::bad_answer);
}

TEST(TcpCodec, NeverTakesAnAnswerOfAnotherShape) {
    Bytes keep;
    for (const char* hex : {"03", "03 04", "03 02 0001", "03 04 0001", "03 02 0001 0002",
                            "03 04 0001 0002 00", "03 06 0001 0002 0003", "04 04 0001 0002"}) {
        EXPECT_EQ(matched(two_registers, hex, keep).kind, Reply::Kind::bad_answer) << hex;
    }
    const Request write{1, Function::write_single_register, 5, 1, 9};
    EXPECT_EQ(matched(write, "06 0005 0009", keep).kind, Reply::Kind::answer);
    EXPECT_EQ(matched(write, "06 0006 0009", keep).kind, Reply::Kind::bad_answer);
    EXPECT_EQ(matched(write, "06 0005 0009 00", keep).kind, Reply::Kind::bad_answer);
}

TEST(TransactionNumbers, SkipTheAbandonedUntilTheirAnswerCame) {
    TransactionNumbers numbers(0xFFFE);
    EXPECT_EQ(numbers.next(), 0xFFFE);
    EXPECT_EQ(numbers.next(), 0xFFFF);
    EXPECT_EQ(numbers.next(), 0);
    numbers.abandon(1);
    EXPECT_EQ(numbers.next(), 2);
    EXPECT_FALSE(numbers.late(2)) << "that one is awaited";
    EXPECT_TRUE(numbers.late(1));
    EXPECT_FALSE(numbers.late(1)) << "only once";
}

TEST(TransactionNumbers, ForgetTheOldestBeyondTheLimit) {
    TransactionNumbers numbers(0);
    for (std::uint16_t i = 0; i <= TransactionNumbers::most_abandoned; ++i)
        numbers.abandon(i);
    EXPECT_FALSE(numbers.late(0));
    EXPECT_TRUE(numbers.late(1));
}

}  // namespace
}  // namespace fieldway::modbus
