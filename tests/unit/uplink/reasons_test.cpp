#include "uplink/reasons.h"

#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

TEST(Reasons, HaveNamesAndNumbers) {
    EXPECT_EQ(reason_text(0x87), "not authorized (0x87)");
    EXPECT_EQ(reason_text(4), "bad user name or password (0x04)");
    EXPECT_EQ(reason_text(0xFE), "unknown reason (0xfe)");
}

TEST(Reasons, OnlyWhatTimeDoesNotCureIsACredentialFault) {
    for (const int code : {1, 2, 4, 5, 0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C}) {
        EXPECT_TRUE(is_credential_fault(static_cast<std::uint8_t>(code))) << code;
    }
    for (const int code : {0, 3, 0x80, 0x88, 0x89, 0x8B, 0x8E, 0x97, 0x9F}) {
        EXPECT_FALSE(is_credential_fault(static_cast<std::uint8_t>(code))) << code;
    }
}

TEST(Reasons, DecideWhatHappensToAMessage) {
    EXPECT_EQ(verdict_of(0x00), Verdict::delivered);
    EXPECT_EQ(verdict_of(0x10), Verdict::delivered);
    EXPECT_EQ(verdict_of(0x90), Verdict::bury);
    EXPECT_EQ(verdict_of(0x95), Verdict::bury);
    EXPECT_EQ(verdict_of(0x99), Verdict::bury);
    EXPECT_EQ(verdict_of(0x97), Verdict::pause);
    EXPECT_EQ(verdict_of(0x87), Verdict::suspect);
    EXPECT_EQ(verdict_of(0x80), Verdict::suspect);
}

}  // namespace
}  // namespace fieldway::uplink
