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

TEST_F(Markers, DisableAnInputAfterThreeStartsThatDidNotComeBack) {
    for (int i = 0; i < StartMarker::most_lost_starts; ++i)
        EXPECT_TRUE(marker_.begin("modbus", "hall").has_value());
    const Result<> refused = marker_.begin("modbus", "hall");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(refused.error().sentence(), testing::HasSubstr("delete"));
    EXPECT_TRUE(marker_.begin("serial", "hall").has_value()) << "others are not blamed";
}

TEST_F(Markers, ForgetLostStartsWhenOneComesBack) {
    EXPECT_TRUE(marker_.begin("modbus", "hall").has_value());
    EXPECT_TRUE(marker_.begin("modbus", "hall").has_value());
    marker_.end("modbus", "hall");
    for (int i = 0; i < StartMarker::most_lost_starts; ++i)
        EXPECT_TRUE(marker_.begin("modbus", "hall").has_value());
}

TEST_F(Markers, AnInputThatStartsWellDoesNotClearAnotherOfItsPlugin) {
    for (int i = 0; i < StartMarker::most_lost_starts; ++i) {
        EXPECT_TRUE(marker_.begin("modbus", "well").has_value());
        marker_.end("modbus", "well");
        EXPECT_TRUE(marker_.begin("modbus", "crashes").has_value());
    }
    EXPECT_TRUE(marker_.begin("modbus", "well").has_value());
    EXPECT_FALSE(marker_.begin("modbus", "crashes").has_value());
}

TEST_F(Markers, TakeAnyNameOfAnInput) {
    for (const char* name : {"../../etc/x", "a/b", "Heizung \xC3\x9C", "..", "a%2Fb"}) {
        for (int i = 0; i < StartMarker::most_lost_starts; ++i)
            EXPECT_TRUE(marker_.begin("modbus", name).has_value());
        EXPECT_FALSE(marker_.begin("modbus", name).has_value()) << name;
    }
}

TEST_F(Markers, PreventNothingWithoutAFolder) {
    const StartMarker nowhere{{}};
    for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(nowhere.begin("modbus", "hall").has_value());
    EXPECT_TRUE(StartMarker("/proc/nowhere").begin("modbus", "hall").has_value());
}

}  // namespace
}  // namespace fieldway::input
