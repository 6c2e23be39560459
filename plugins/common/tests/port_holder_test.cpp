#include "common/port_holder.h"

#include <gtest/gtest.h>

namespace fieldway::common {
namespace {

constexpr const char* locks =
    "1: POSIX  ADVISORY  WRITE 812 00:1a:99 0 EOF\n"
    "2: FLOCK  ADVISORY  WRITE 4711 00:18:5 0 EOF\n"
    "2: -> FLOCK  ADVISORY  WRITE 4712 00:18:5 0 EOF\n";

TEST(PortHolder, ALockNamesItsProcess) {
    EXPECT_EQ(lock_holder(locks, 0, 0x18, 5), 4711);
}

TEST(PortHolder, AnotherFileIsNotHeld) {
    EXPECT_FALSE(lock_holder(locks, 0, 0x18, 6).has_value());
    EXPECT_FALSE(lock_holder("", 0, 0x18, 5).has_value());
    EXPECT_FALSE(lock_holder("nonsense\n\n1: FLOCK", 0, 0x18, 5).has_value());
}

TEST(PortHolder, ADescriptorThatIsNoneIsAnotherProgram) {
    EXPECT_EQ(holder_of(-1), "another program");
}

}  // namespace
}  // namespace fieldway::common
