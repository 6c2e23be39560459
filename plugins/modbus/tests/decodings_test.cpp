#include "modbus/probe/decodings.h"

#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"

namespace fieldway::modbus {
namespace {

/// `type word byte`, or "" where no row has the value.
std::vector<std::string> rows_with(const char* hex, const boost::json::value& value) {
    std::vector<std::string> found;
    for (const auto& row : decodings_of(*bytes_from_hex(hex))) {
        const auto& object = row.as_object();
        if (to_json_text(object.at("value")) != to_json_text(value)) continue;
        std::string text(object.at("type").as_string());
        for (const char* key : {"word_order", "byte_order"}) {
            if (object.contains(key)) text += " " + std::string(object.at(key).as_string());
        }
        found.push_back(text);
    }
    return found;
}

bool has_type(const char* hex, const char* type) {
    for (const auto& row : decodings_of(*bytes_from_hex(hex))) {
        if (row.as_object().at("type").as_string() == type) return true;
    }
    return false;
}

using Texts = std::vector<std::string>;

// 21.5 as a float32 is 41AC0000.
TEST(Decodings, FindAFloatInEachOfItsOrders) {
    EXPECT_EQ(rows_with("41AC0000", 21.5), Texts{"float32 big big"});
    EXPECT_EQ(rows_with("AC410000", 21.5), Texts{"float32 big little"});
    EXPECT_EQ(rows_with("000041AC", 21.5), Texts{"float32 little big"});
    EXPECT_EQ(rows_with("0000AC41", 21.5), Texts{"float32 little little"});
}

TEST(Decodings, ShowNumbersAsEachType) {
    EXPECT_EQ(rows_with("FF85", -123), Texts{"int16 big"});
    EXPECT_EQ(rows_with("FF85", 65413), Texts{"uint16 big"});
    EXPECT_EQ(rows_with("00012345", 12345), (Texts{"bcd32 big big"}));
    EXPECT_EQ(rows_with("0000000000000007", 7), (Texts{"uint64 big big", "int64 big big"}));
}

TEST(Decodings, LeaveOutWhatIsNoValue) {
    EXPECT_EQ(rows_with("7FC00000", nullptr), Texts{}) << "a NaN";
    EXPECT_FALSE(has_type("00AB", "bcd16")) << "digits above 9, in both byte orders";
    EXPECT_FALSE(has_type("00010000", "float32")) << "1e-40 comes of no instrument";
    EXPECT_FALSE(has_type("0102", "string")) << "not printable";
}

TEST(Decodings, TakeNoMoreRegistersThanThereAre) {
    EXPECT_FALSE(has_type("0001", "uint32"));
    EXPECT_FALSE(has_type("00010002", "uint64"));
    EXPECT_TRUE(decodings_of({}).empty());
}

TEST(Decodings, ShowATextOnceWithBothByteOrders) {
    EXPECT_EQ(rows_with("41424344", "ABCD"), Texts{"string big"});
    EXPECT_EQ(rows_with("41424344", "BADC"), Texts{"string little"});
}

}  // namespace
}  // namespace fieldway::modbus
