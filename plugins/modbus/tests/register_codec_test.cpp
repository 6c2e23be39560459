#include "modbus/register_codec.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

Value decoded(const Layout& layout, const char* hex) {
    const auto value = decode(layout, *bytes_from_hex(hex));
    return value ? *value : Value(std::string("error: ") + value.error().sentence());
}

std::string encoded(const Layout& layout, const Value& value) {
    const auto bytes = encode(layout, value);
    return bytes ? to_hex(*bytes) : bytes.error().sentence();
}

constexpr PartOrder big = PartOrder::big;
constexpr PartOrder little = PartOrder::little;

TEST(RegisterCodec, ReadsIntegersOfEachWidthWithTheirSign) {
    EXPECT_EQ(decoded({RegisterType::int16}, "ffc7"), Value(std::int64_t{-57}));
    EXPECT_EQ(decoded({RegisterType::uint16}, "ffc7"), Value(std::uint64_t{65479}));
    EXPECT_EQ(decoded({RegisterType::int32}, "fffffffe"), Value(std::int64_t{-2}));
    EXPECT_EQ(decoded({RegisterType::uint32}, "00010002"), Value(std::uint64_t{65538}));
    EXPECT_EQ(decoded({RegisterType::int64}, "8000000000000000"),
              Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(decoded({RegisterType::uint64}, "ffffffffffffffff"),
              Value(std::numeric_limits<std::uint64_t>::max()));
}

TEST(RegisterCodec, ReadsEachWordAndByteOrder) {
    const Value value(std::uint64_t{0x01020304});
    EXPECT_EQ(decoded({RegisterType::uint32, big, big}, "01 02 03 04"), value);
    EXPECT_EQ(decoded({RegisterType::uint32, little, big}, "03 04 01 02"), value);
    EXPECT_EQ(decoded({RegisterType::uint32, big, little}, "02 01 04 03"), value);
    EXPECT_EQ(decoded({RegisterType::uint32, little, little}, "04 03 02 01"), value);
    EXPECT_EQ(decoded({RegisterType::uint64, little, big}, "0708 0506 0304 0102"),
              Value(std::uint64_t{0x0102030405060708}));
}

TEST(RegisterCodec, KeepsTheTypeOfAFloat) {
    EXPECT_EQ(decoded({RegisterType::float32}, "3dcccccd"), Value(0.1F));
    EXPECT_EQ(decoded({RegisterType::float32, little, big}, "cccd3dcc"), Value(0.1F));
    EXPECT_EQ(decoded({RegisterType::float64}, "3fb999999999999a"), Value(0.1));
}

TEST(RegisterCodec, HasNoValueForNaN) {
    EXPECT_EQ(decoded({RegisterType::float32}, "7fc00000"), Value(NoValue{}));
    EXPECT_EQ(decoded({RegisterType::float32}, "ffffffff"), Value(NoValue{}));
    EXPECT_EQ(decoded({RegisterType::float64}, "7ff8000000000000"), Value(NoValue{}));
}

TEST(RegisterCodec, ReadsDecimalDigits) {
    EXPECT_EQ(decoded({RegisterType::bcd16}, "1234"), Value(std::uint64_t{1234}));
    EXPECT_EQ(decoded({RegisterType::bcd32, little, big}, "5678 1234"),
              Value(std::uint64_t{12345678}));
}

TEST(RegisterCodec, NeverMakesANumberOfABadDigit) {
    const auto value = decode({RegisterType::bcd16}, *bytes_from_hex("12a4"));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().sentence(), "0x12a4 is no BCD number: A is no decimal digit");
    EXPECT_EQ(value.error().consequence(), Consequence::drop_item);
}

TEST(RegisterCodec, EndsAStringAtItsFirstNulAndCutsTrailingSpaces) {
    Layout layout{RegisterType::string, big, big, 4};
    EXPECT_EQ(decoded(layout, "4142 4344 2020 2020"), Value(std::string("ABCD")));
    EXPECT_EQ(decoded(layout, "4142 0044 2020 2020"), Value(std::string("AB")));
    EXPECT_EQ(decoded(layout, "0000 0000 0000 0000"), Value(std::string()));
    layout.byte_order = little;
    EXPECT_EQ(decoded(layout, "4241 4443 4645 0047"), Value(std::string("ABCDEFG")));
}

TEST(RegisterCodec, ReadsARegisterAsBool) {
    EXPECT_EQ(decoded({RegisterType::boolean}, "0000"), Value(false));
    EXPECT_EQ(decoded({RegisterType::boolean}, "0100"), Value(true));
}

TEST(RegisterCodec, EncodesWhatRegistersHold) {
    EXPECT_EQ(encoded({RegisterType::int16}, Value(std::int64_t{-2})), "fffe");
    EXPECT_EQ(encoded({RegisterType::uint16}, Value(43.0)), "002b");
    EXPECT_EQ(encoded({RegisterType::bcd16}, Value(std::uint64_t{1234})), "1234");
    EXPECT_EQ(encoded({RegisterType::boolean}, Value(true)), "0001");
    EXPECT_EQ(encoded({RegisterType::uint16, big, little}, Value(std::uint64_t{0x0102})), "0201");
}

TEST(RegisterCodec, GivesBackWhatItEncodedInEveryTypeAndOrder) {
    const std::vector<std::pair<Layout, Value>> values{
        {{RegisterType::int32}, Value(std::int64_t{-70000})},
        {{RegisterType::uint32}, Value(std::uint64_t{4000000000})},
        {{RegisterType::int64}, Value(std::numeric_limits<std::int64_t>::min())},
        {{RegisterType::uint64}, Value(std::numeric_limits<std::uint64_t>::max())},
        {{RegisterType::float32}, Value(0.1F)},
        {{RegisterType::float64}, Value(-1e-300)},
        {{RegisterType::bcd32}, Value(std::uint64_t{12345678})},
        {{RegisterType::string, big, big, 4}, Value(std::string("Pump 7"))}};
    for (auto [layout, value] : values) {
        for (const PartOrder words : {big, little}) {
            for (const PartOrder bytes : {big, little}) {
                layout.word_order = words;
                layout.byte_order = bytes;
                const auto raw = encode(layout, value);
                ASSERT_TRUE(raw) << name_of(layout.type) << ": " << raw.error().sentence();
                EXPECT_EQ(decode(layout, *raw).value(), value) << name_of(layout.type);
            }
        }
    }
    EXPECT_EQ(encoded({RegisterType::uint32, little, big}, Value(std::uint64_t{0x01020304})),
              "03040102");
}

TEST(RegisterCodec, PutsBitsWhereTheyBelong) {
    EXPECT_EQ(encode_bits({3, 5}, Value(std::uint64_t{5})).value(), 0x28);
    EXPECT_EQ(encode_bits({0, 15}, Value(std::uint64_t{65535})).value(), 0xFFFF);
    EXPECT_EQ(encode_bits({15, 15}, Value(true)).value(), 0x8000);
    EXPECT_FALSE(encode_bits({3, 5}, Value(std::uint64_t{8})));
}

TEST(RegisterCodec, TrueIsNoNumberAndATextIsNoTruth) {
    const auto sentence = [](RegisterType type, const Value& value) {
        const auto raw = encode({type}, value);
        return raw ? "written as " + to_hex(*raw) : raw.error().sentence();
    };
    for (const RegisterType type : {RegisterType::uint16, RegisterType::int64, RegisterType::bcd16,
                                    RegisterType::float32, RegisterType::float64}) {
        EXPECT_EQ(sentence(type, Value(true)),
                  fmt::format("true is no number; the type {} needs one", name_of(type)));
    }
    EXPECT_EQ(sentence(RegisterType::boolean, Value(std::string("on"))),
              R"("on" is neither true nor false)");
    EXPECT_EQ(sentence(RegisterType::boolean, Value(true)), "written as 0001");
    EXPECT_EQ(sentence(RegisterType::boolean, Value(std::int64_t{1})), "written as 0001");
    EXPECT_FALSE(encode_bits({3, 5}, Value(true)));
}

TEST(RegisterCodec, RefusesToEncodeWhatDoesNotFitAndNamesTheLimits) {
    const auto sentence = [](RegisterType type, const Value& value) {
        const auto raw = encode({type}, value);
        return raw ? std::string("fits") : raw.error().sentence();
    };
    EXPECT_EQ(
        sentence(RegisterType::int16, Value(std::int64_t{40000})),
        "the register would be 40000, which does not fit int16: -32768 to 32767 are possible");
    EXPECT_EQ(sentence(RegisterType::uint16, Value(std::numeric_limits<std::uint64_t>::max())),
              "the register would be 18446744073709551615, which does not fit uint16: 0 to 65535 "
              "are possible");
    EXPECT_EQ(
        sentence(RegisterType::uint16, Value(0.5)),
        "the register would be 0.5, and uint16 has whole numbers only: give a multiple of the "
        "point's scale (1 where it has none)");
    EXPECT_NE(sentence(RegisterType::uint16, Value(std::nan(""))), "fits");
    EXPECT_NE(sentence(RegisterType::uint16, Value(std::string("on"))), "fits");
    EXPECT_NE(sentence(RegisterType::float32, Value(1e39)), "fits");
    EXPECT_NE(sentence(RegisterType::float64, Value(std::nan(""))), "fits");
    EXPECT_EQ(sentence(RegisterType::int64, Value(9223372036854775808.0)),
              "the register would be 9223372036854775808, which does not fit int64: "
              "-9223372036854775808 to 9223372036854775807 are possible");
    EXPECT_EQ(sentence(RegisterType::bcd32, Value(std::int64_t{-1})),
              "the register would be -1, which does not fit bcd32: 0 to 99999999 are possible");
}

}  // namespace
}  // namespace fieldway::modbus
