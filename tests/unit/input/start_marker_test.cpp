#include "input/start_marker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_folder.h"

namespace fieldway::input {
namespace {

class Markers : public testing::Test {
  protected:
    const test::TempFolder folder_;
    StartMarker marker_{folder_.path() / "markers"};
};

TEST_F(Markers, DisableAPluginAfterThreeStartsThatDidNotComeBack) {
    for (int i = 0; i < StartMarker::most_lost_starts; ++i)
        EXPECT_TRUE(marker_.begin("modbus").has_value());
    const Result<> refused = marker_.begin("modbus");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().sentence(), testing::HasSubstr("delete"));
    EXPECT_TRUE(marker_.begin("serial").has_value()) << "others are not blamed";
}

TEST_F(Markers, ForgetLostStartsWhenOneComesBack) {
    EXPECT_TRUE(marker_.begin("modbus").has_value());
    EXPECT_TRUE(marker_.begin("modbus").has_value());
    marker_.end("modbus");
    for (int i = 0; i < StartMarker::most_lost_starts; ++i)
        EXPECT_TRUE(marker_.begin("modbus").has_value());
}

TEST_F(Markers, PreventNothingWithoutAFolder) {
    const StartMarker nowhere{{}};
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(nowhere.begin("modbus").has_value());
    EXPECT_TRUE(StartMarker("/proc/nowhere").begin("modbus").has_value());
}

}  // namespace
}  // namespace fieldway::input
