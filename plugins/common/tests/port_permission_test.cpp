#include "common/port_permission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fieldway::common {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(PortPermission, TheGroupThatMayOpenItIsAdvised) {
    EXPECT_EQ(permission_remedy({"/dev/ttyUSB0", "root", "uucp", 0660}),
              "add the user of this program to the group uucp (usermod -aG uucp USER) and start it "
              "again");
}

TEST(PortPermission, TheGroupRootIsNeverAdvised) {
    EXPECT_THAT(permission_remedy({"/dev/ttyS0", "root", "root", 0660}),
                AllOf(HasSubstr("open to root alone"), Not(HasSubstr("usermod -aG root"))));
}

TEST(PortPermission, OfAPortOfItsOwnerAloneNoGroupHelps) {
    EXPECT_THAT(permission_remedy({"/dev/ttyS0", "root", "tty", 0600}),
                AllOf(HasSubstr("open to its owner root alone"),
                      HasSubstr(R"(KERNEL=="ttyS0", GROUP="dialout", MODE="0660")"),
                      HasSubstr("usermod -aG dialout USER"), Not(HasSubstr("usermod -aG tty"))));
}

TEST(PortPermission, AGroupThatMayOnlyReadDoesNotHelp) {
    EXPECT_THAT(permission_remedy({"/dev/ttyACM0", "root", "dialout", 0640}),
                HasSubstr(R"(KERNEL=="ttyACM0")"));
}

TEST(PortPermission, NoRuleIsAdvisedForAPseudoTerminal) {
    EXPECT_THAT(permission_remedy({"/dev/pts/3", "ann", "tty", 0620}),
                AllOf(HasSubstr("owner ann"), Not(HasSubstr("udev"))));
}

}  // namespace
}  // namespace fieldway::common
