#include "base/bytes.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway {
namespace {

TEST(Hex, ReadsPairsWithSpaceBetween) {
    EXPECT_EQ(bytes_from_hex("0A 1b\nFF"), (Bytes{0x0A, 0x1B, 0xFF}));
    EXPECT_EQ(bytes_from_hex(""), Bytes{});
    for (const char* text : {"0", "0 A", "0g", "0x0A", "00 1"}) {
        EXPECT_EQ(bytes_from_hex(text), std::nullopt) << text;
    }
}

TEST(Hex, ReadsWhatItPrints) {
    EXPECT_TRUE(rc::check("hex round trip", [] {
        const auto bytes = *rc::gen::arbitrary<Bytes>();
        RC_ASSERT(bytes_from_hex(to_hex(bytes)) == bytes);
    }));
}

TEST(ByteWriter, PutsTheOrderThatItIsNamedFor) {
    Bytes out;
    BigEndianWriter(out).number(std::uint16_t{0x0102});
    LittleEndianWriter(out).number(std::uint32_t{0x03040506});
    EXPECT_EQ(to_hex(out), "010206050403");
}

TEST(ByteReader, ReadsWhatTheWriterWrote) {
    EXPECT_TRUE(rc::check("numbers and counted bytes", [] {
        const auto whole = *rc::gen::arbitrary<std::int64_t>();
        const auto real = *rc::gen::arbitrary<double>();
        const auto text = *rc::gen::arbitrary<std::string>();
        Bytes out;
        BigEndianWriter writer(out);
        writer.number(whole);
        writer.counted(text);
        writer.number(real);
        BigEndianReader reader(out);
        RC_ASSERT(reader.number<std::int64_t>() == whole);
        RC_ASSERT(reader.counted_text() == text);
        RC_ASSERT(reader.number<double>() == real);
        RC_ASSERT(reader.ok() && reader.left() == 0);
    }));
}

TEST(ByteReader, PastTheEndEverythingIsZeroAndNotOk) {
    const Bytes bytes{1, 2, 3};
    LittleEndianReader reader(bytes);
    EXPECT_EQ(reader.number<std::uint32_t>(), 0U);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.number<std::uint8_t>(), 0U) << "also where bytes are left";
}

TEST(ByteReader, ALengthThatLiesGivesNothing) {
    const Bytes bytes{0xFF, 0xFF, 0xFF, 0xFF, 'a'};
    LittleEndianReader reader(bytes);
    EXPECT_EQ(reader.counted_text(), "");
    EXPECT_FALSE(reader.ok());
}

TEST(Base64, AsInTheRfc) {  // RFC 4648 clause 10
    for (const auto& [plain, coded] : {std::pair{"", ""},
                                       {"f", "Zg=="},
                                       {"fo", "Zm8="},
                                       {"foo", "Zm9v"},
                                       {"foob", "Zm9vYg=="},
                                       {"fooba", "Zm9vYmE="},
                                       {"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(to_base64(as_bytes(plain)), coded) << plain;
    }
    EXPECT_EQ(to_base64(Bytes{0xFB, 0xFF, 0xFE}), "+//+");
}

}  // namespace
}  // namespace fieldway
