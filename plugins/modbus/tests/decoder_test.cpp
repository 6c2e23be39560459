#include "modbus/decoder.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::modbus {
namespace {

using testing::HasSubstr;
using testing::Not;

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

/// Three bytes of coils may as well be an address and a quantity.
TEST(Decoder, ShowsBothMeaningsOfAFrameThatIsWholeAsBoth) {
    const std::string bits =
        "[true,true,false,false,false,false,false,false,false,false,false,false,false,false,false,"
        "false,false,false,false,true,false,false,false,false]";
    EXPECT_EQ(decoded({"tcp", "0001 0000 0006 11 01 03 03 00 08"}),
              "{\"transaction\":1,\"unit\":17,\"function\":1,\"bits\":" + bits +
                  ",\"as_request\":{\"address\":771,\"quantity\":8}}\n");
    EXPECT_THAT(decoded({"rtu", "11 01 03 03 00 08 CF 18"}),
                HasSubstr("\"as_request\":{\"address\":771,\"quantity\":8}"));
    EXPECT_EQ(decoded({"tcp", "--request", "0001 0000 0006 11 01 03 03 00 08"}),
              "{\"transaction\":1,\"unit\":17,\"function\":1,\"address\":771,\"quantity\":8}\n");
    EXPECT_THAT(decoded({"tcp", "--response", "0001 0000 0006 11 01 03 03 00 08"}),
                Not(HasSubstr("as_request")));
    EXPECT_THAT(decoded({"tcp", "0001 0000 0006 11 01 03 CD 6B 05"}), Not(HasSubstr("as_request")))
        << "nobody asks for 27397 coils";
    EXPECT_THAT(decoded({"tcp", "0001 0000 000D 01 17 0A00 0002 0000 0001 02 1234"}),
                HasSubstr("\"as_request\":{\"address\":2560,\"quantity\":2,"));
    EXPECT_THAT(decoded({"tcp", "0001 0000 000D 01 17 0A00 0100 0000 0001 02 1234"}),
                Not(HasSubstr("as_request")))
        << "nobody asks for 256 registers";
    EXPECT_THAT(decoded({"tcp", "0001 0000 0006 01 06 0003 0007"}), Not(HasSubstr("as_request")))
        << "the same either way";
}

TEST(Decoder, SaysWhichFunctionsAreDecoded) {
    EXPECT_EQ(decoded({"tcp", "0001 0000 0006 01 08 0000 A537"}),
              "error: the frame is whole, but function 8 (diagnostics) is not decoded: 1 to 6, 15, "
              "16, 22, 23 and 43/14 are");
    for (const char* function : {"07", "0B", "0C", "11", "14", "15", "18", "64"}) {
        EXPECT_THAT(decoded({"tcp", "0001 0000 0004 01", function, "00 00"}),
                    HasSubstr("is not decoded"))
            << function;
    }
    EXPECT_THAT(decoded({"tcp", "0001 0000 0006 01 2B 0D 01 00 00"}),
                HasSubstr("function 43/13 is not decoded"));
    EXPECT_THAT(decoded({"tcp", "0001 0000 0003 01 88 01"}), HasSubstr("\"exception\":1"));
}

TEST(Decoder, TwoBytesThatCouldBeARefusalAreShownAsThatToo) {
    EXPECT_EQ(decoded({"modbus", "8302"}),
              "{\"value\":33538,\"as_pdu\":{\"function\":3,\"exception\":2,\"meaning\":"
              "\"exception 02, illegal data address\"}}\n");
    EXPECT_EQ(decoded({"modbus", "--type", "uint16", "8302"}), "{\"value\":33538}\n");
    EXPECT_EQ(decoded({"modbus", "8300"}), "{\"value\":33536}\n");
    EXPECT_THAT(decoded({"modbus", "03 0000 0002"}), HasSubstr("decode rtu, tcp and ascii"));
}

TEST(Decoder, EachKindTellsItsOptions) {
    EXPECT_THAT(decoded({"modbus", "--help"}), HasSubstr("--word-order"));
    EXPECT_THAT(decoded({"modbus", "--help"}), HasSubstr("bcd16"));
    for (const std::string& kind : decode_kinds()) {
        EXPECT_THAT(decoded({kind, "--help"}), HasSubstr("Usage: fieldway decode " + kind));
    }
    EXPECT_THAT(decoded({"rtu", "--help"}), HasSubstr("--response"));
    EXPECT_THAT(decoded({"rtu"}), HasSubstr("`fieldway decode rtu --help`"));
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
