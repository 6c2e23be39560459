#include "modbus/rtu_frame.h"

#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

/// Eastron's own example in its SDM120 register paper.
TEST(RtuFrame, IsMadeAndReadAsAMakerPrintsIt) {
    EXPECT_EQ(rtu_frame(1, hex("04 0000 0002")), hex("01 04 00 00 00 02 71 CB"));
    const Bytes frame = hex("01 04 04 43 66 33 34 1B 38");
    const auto content = rtu_content(frame);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->unit, 1);
    EXPECT_EQ(Bytes(content->pdu.begin(), content->pdu.end()), hex("04 04 43 66 33 34"));
}

TEST(RtuFrame, EveryFlippedBitIsFound) {
    const Bytes good = hex("01 05 00 00 FF 00 8C 3A");
    ASSERT_TRUE(rtu_content(good));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        Bytes bad = good;
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
        EXPECT_FALSE(rtu_content(bad)) << bit;
    }
}

TEST(RtuFrame, TooShortAndTooLongAreNone) {
    EXPECT_FALSE(rtu_content(hex("01 FF FF")));
    EXPECT_FALSE(rtu_content(rtu_frame(1, Bytes(254))));
    EXPECT_TRUE(rtu_content(rtu_frame(1, Bytes(253))));
}

TEST(RtuFrame, LengthsAreToldByTheFirstBytes) {
    EXPECT_EQ(rtu_request_length(hex("01 03")), 8U);
    EXPECT_EQ(rtu_request_length(hex("01 10 0000 0002 04")), 13U);
    EXPECT_EQ(rtu_request_length(hex("01 10 0000 0002")), std::nullopt);
    EXPECT_EQ(rtu_request_length(hex("01 2B")), 7U);
    EXPECT_EQ(rtu_request_length(hex("01 41")), std::nullopt);
    EXPECT_EQ(rtu_reply_length(hex("01 03 04")), 9U);
    EXPECT_EQ(rtu_reply_length(hex("01 83")), 5U);
    EXPECT_EQ(rtu_reply_length(hex("01 06")), 8U);
    EXPECT_EQ(rtu_reply_length(hex("01 2B 0E 01 01 00 00 02 00 01 41 01")), std::nullopt);
    EXPECT_EQ(rtu_reply_length(hex("01 2B 0E 01 01 00 00 02 00 01 41 01 02 42 43")), 17U);
    EXPECT_EQ(rtu_reply_length(hex("01")), std::nullopt);
}

}  // namespace
}  // namespace fieldway::modbus
