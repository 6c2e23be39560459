#include "mqtt/packet.h"

#include <string>

#include <gtest/gtest.h>

namespace fieldway::mqtt {
namespace {

Frame frame_of(const Bytes& bytes) {
    const auto frame = first_frame(bytes, 1024);
    EXPECT_TRUE(frame && *frame) << to_hex(bytes);
    return frame && *frame ? **frame : Frame{};
}

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

TEST(MqttPacket, AConnectIsThatOfTheStandard) {
    Connect packet;
    packet.client_id = "dev";
    packet.username = "u";
    packet.password = "pw";
    packet.keepalive_seconds = 60;
    EXPECT_EQ(to_hex(encode(packet)),
              to_hex(hex("10 17 0004 4d515454 05 c2 003c 00 0003 646576 0001 75 0002 7077")));
    packet.version = Version::v3_1_1;
    packet.username.clear();
    packet.password.clear();
    EXPECT_EQ(to_hex(encode(packet)), to_hex(hex("10 0f 0004 4d515454 04 02 003c 0003 646576")));
}

TEST(MqttPacket, ALongConnectHasALengthOfTwoBytes) {
    Connect packet;
    packet.client_id = std::string(200, 'x');
    const Bytes bytes = encode(packet);
    EXPECT_EQ(to_hex(ByteView(bytes).first(3)), "10d501");  // 213
    EXPECT_EQ(bytes.size(), 3U + 213U);
}

TEST(MqttPacket, ASubscribeCarriesItsFilterAndQos) {
    EXPECT_EQ(to_hex(encode(Subscribe{Version::v5, 10, "a/#", 1})),
              to_hex(hex("82 09 000a 00 0003 612f23 01")));
    EXPECT_EQ(to_hex(encode(Subscribe{Version::v3_1_1, 10, "a/#", 1})),
              to_hex(hex("82 08 000a 0003 612f23 01")));
    EXPECT_EQ(to_hex(encode_disconnect(Version::v5)), "e000");
}

TEST(MqttPacket, AFrameIsTakenWhenItIsWhole) {
    const Bytes stream = hex("20 03 00 00 00 d0 00");
    for (std::size_t size = 0; size < 5; ++size) {
        const auto none = first_frame(ByteView(stream).first(size), 1024);
        ASSERT_TRUE(none);
        EXPECT_FALSE(*none) << size;
    }
    const Frame first = frame_of(stream);
    EXPECT_EQ(first.type, PacketType::connack);
    EXPECT_EQ(first.size, 5U);
    const Bytes rest(stream.begin() + 5, stream.end());
    EXPECT_EQ(frame_of(rest).type, PacketType::pingresp);
}

TEST(MqttPacket, ALengthWithoutEndAndOneAboveTheLimitAreRefused) {
    EXPECT_FALSE(first_frame(hex("20 ff ff ff ff 01"), 1024));
    EXPECT_FALSE(first_frame(hex("30 80 10"), 1024));  // 2048 bytes
    EXPECT_TRUE(first_frame(hex("30 80 10"), 4096));
}

TEST(MqttPacket, AConnackTellsTheBrokersLimits) {
    const auto answer = decode_connack(
        frame_of(hex("20 14 01 00 11 21 0014 27 00010000 13 001e 1f 0003 6f6b21")), Version::v5);
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_TRUE(answer->session_present);
    EXPECT_EQ(answer->reason, 0);
    EXPECT_EQ(answer->receive_maximum, 20);
    EXPECT_EQ(answer->maximum_packet_size, 65536U);
    EXPECT_EQ(answer->server_keepalive_seconds, 30);
    EXPECT_EQ(answer->reason_string, "ok!");
}

TEST(MqttPacket, AConnackOfAnOldBrokerHasNoProperties) {
    const auto refused = decode_connack(frame_of(hex("20 02 00 01")), Version::v5);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->reason, 1);
    EXPECT_EQ(decode_connack(frame_of(hex("20 02 00 05")), Version::v3_1_1)->reason, 5);
}

TEST(MqttPacket, AMalformedConnackIsSaid) {
    const std::pair<const char*, const char*> cases[] = {
        {"20 01 00", "cut short"},
        {"20 03 02 00 00", "reserved flags"},
        {"20 03 00 00 05", "longer than its packet"},
        {"20 05 00 00 02 7f 00", "unknown identifier 0x7f"},
        {"20 05 00 00 02 21 00", "0x21 is cut short"},
        {"20 09 00 00 06 21 0001 21 0002", "0x21 stands twice"},
    };
    for (const auto& [bytes, sentence] : cases) {
        const auto answer = decode_connack(frame_of(hex(bytes)), Version::v5);
        ASSERT_FALSE(answer) << bytes;
        EXPECT_NE(answer.error().text().find(sentence), std::string::npos) << answer.error().text();
    }
}

TEST(MqttPacket, ASubackHasAReasonForEachFilter) {
    const auto granted = decode_suback(frame_of(hex("90 04 000a 00 01")), Version::v5);
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->packet_id, 10);
    EXPECT_EQ(granted->reasons, (std::vector<std::uint8_t>{1}));
    EXPECT_EQ(decode_suback(frame_of(hex("90 03 000a 80")), Version::v3_1_1)->reasons[0], 0x80);
    EXPECT_FALSE(decode_suback(frame_of(hex("90 03 000a 00")), Version::v5));
    EXPECT_FALSE(decode_suback(frame_of(hex("90 01 00")), Version::v3_1_1));
}

}  // namespace
}  // namespace fieldway::mqtt
