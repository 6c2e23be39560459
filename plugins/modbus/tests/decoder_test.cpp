#include "modbus/decoder.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using testing::HasSubstr;

std::string decoded(const std::vector<std::string>& words) {
    const auto made = decode_words(words);
    return made ? made.value() : "error: " + made.error().sentence();
}

TEST(Decoder, ShowsAValueInItsTypeAndOrder) {
    EXPECT_EQ(decoded({"modbus", "--type", "float32", "--word-order", "little", "0000", "41AC"}),
              "{\"value\":21.5}\n");
    EXPECT_EQ(decoded({"modbus", "--type=string", "41 42 00 00"}), "{\"value\":\"AB\"}\n");
    EXPECT_EQ(decoded({"modbus", "FF C7"}), "{\"value\":65479}\n");
    EXPECT_THAT(decoded({"modbus", "--type", "int32", "FFC7"}),
                HasSubstr("2 bytes are given, int32 takes 4"));
    EXPECT_THAT(decoded({"modbus", "--tipe", "int32", "FFC7"}), HasSubstr("did you mean --type?"));
    EXPECT_THAT(decoded({"modbus", "XYZ"}), HasSubstr("is no hexadecimal"));
}

TEST(Decoder, ShowsAFrameFieldByField) {
    EXPECT_EQ(decoded({"rtu", "010300000002C40B"}),
              "{\"unit\":1,\"function\":3,\"address\":0,\"quantity\":2}\n");
    EXPECT_EQ(decoded({"tcp", "--response", "0001 0000 0005 01 03 02 00D7"}),
              "{\"transaction\":1,\"unit\":1,\"function\":3,\"registers\":[215]}\n");
    EXPECT_EQ(decoded({"tcp", "--request", "0001 0000 0006 01 05 0003 FF00"}),
              "{\"transaction\":1,\"unit\":1,\"function\":5,\"address\":3,\"value\":true}\n");
    EXPECT_EQ(decoded({"tcp", "0001 0000 0009 01 0F 0000 0003 01 05"}),
              "error: the header's length does not agree with 14 bytes");
    EXPECT_EQ(decoded({"tcp", "0001 0000 0008 01 0F 0000 0003 01 05"}),
              "{\"transaction\":1,\"unit\":1,\"function\":15,\"address\":0,\"quantity\":3,"
              "\"bits\":[true,false,true]}\n");
    EXPECT_EQ(decoded({"ascii", ":0103006B00038E"}),
              "{\"unit\":1,\"function\":3,\"address\":107,\"quantity\":3}\n");
    EXPECT_EQ(decoded({"tcp", "0001 0000 0003 01 83 0B"}),
              "{\"transaction\":1,\"unit\":1,\"function\":3,\"exception\":11,\"meaning\":"
              "\"exception 0B, from the gateway: the unit behind it did not answer\"}\n");
}

TEST(Decoder, SaysWhatIsWrongWithAFrame) {
    EXPECT_EQ(decoded({"rtu", "010300000002C40C"}),
              "error: the checksum is C4 0C, these bytes have C4 0B");
    EXPECT_THAT(decoded({"rtu", "01"}), HasSubstr("1 bytes: a frame has 4 to 256"));
    EXPECT_THAT(decoded({"ascii", ":0103006B00038F"}), HasSubstr("LRC"));
    EXPECT_THAT(decoded({"rtu", "--response", "010300000002C40B"}),
                HasSubstr("no response of function code 3"));
    EXPECT_THAT(decoded({"rtu", "--request", "--response", "00"}), HasSubstr("or a response"));
}

}  // namespace
}  // namespace fieldway::modbus
