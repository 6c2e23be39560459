#include "app/device_table.h"

#include <gtest/gtest.h>

#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

TEST(DeviceTable, NumbersAreGivenFromOneInTheOrderOfTheFile) {
    DeviceTable table = test_table({test_device("B"), test_device("A")});
    EXPECT_EQ(table.number_of(DeviceId::parse("B").value()), 1U);
    EXPECT_EQ(table.number_of(DeviceId::parse("A").value()), 2U);
    EXPECT_EQ(table.find(2)->id.text(), "A");
    EXPECT_EQ(table.find("A"), table.find(2));
}

TEST(DeviceTable, FindsNothingByANumberOrATextThatIsNoDevices) {
    DeviceTable table = test_table({test_device("A")});
    EXPECT_EQ(table.find(0), nullptr);
    EXPECT_EQ(table.find(2), nullptr);
    EXPECT_EQ(table.find("B"), nullptr);
    EXPECT_EQ(table.find(""), nullptr);
    EXPECT_EQ(table.find("A/#"), nullptr);
}

TEST(DeviceTable, ADeviceStartsWithTheTimeOfTheStart) {
    const WallTime now{std::chrono::hours(1)};
    auto table = DeviceTable::make({test_device("A")}, now);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->find(1)->state, "starting");
    EXPECT_EQ(table->find(1)->since, now);
}

TEST(DeviceTable, AMappingThatCannotBeMadeNamesItsDevice) {
    config::DeviceOptions device = test_device("A");
    device.points[0].expression = "value +";
    const auto table = DeviceTable::make({device}, WallTime{});
    ASSERT_FALSE(table);
    EXPECT_NE(table.error().text().find("device A"), std::string::npos) << table.error().text();
}

}  // namespace
}  // namespace fieldway::app
