#include "app/command_desk.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "support/manual_clock.h"
#include "unit/app/asked_host.h"
#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

namespace json = boost::json;

class CommandDeskTest : public testing::Test {
  protected:
    CommandDesk::Done keep() {
        return [this](Result<json::value> answer) { answer_ = std::move(answer); };
    }

    DeviceTable devices_ = test_table({test_device("0CA1")});
    AskedHost host_;
    test::ManualClock clock_;
    CommandDesk desk_{devices_, host_, clock_};
    std::optional<Result<json::value>> answer_;
};

TEST_F(CommandDeskTest, AWriteUndoesTheMapping) {
    desk_.write("0CA1", {{"temp", 21.5}}, keep());
    ASSERT_TRUE(host_.command_);
    EXPECT_EQ(host_.input_, "hall");
    EXPECT_EQ(host_.command_->device, 1U);
    ASSERT_EQ(host_.command_->points.size(), 1U);
    EXPECT_EQ(as_number(host_.command_->points[0].value), 215.0);
}

TEST_F(CommandDeskTest, AWriteOutOfRangeOrToAReadOnlyPointNeverReachesTheInput) {
    for (const json::object& values :
         {json::object{{"temp", 31}}, json::object{{"level", 1}}, json::object{{"nothing", 1}},
          json::object{{"temp", json::array{1}}}, json::object{}}) {
        answer_.reset();
        desk_.write("0CA1", values, keep());
        ASSERT_TRUE(answer_) << json::serialize(values);
        EXPECT_FALSE(answer_->has_value()) << json::serialize(values);
        EXPECT_FALSE(host_.command_) << json::serialize(values);
    }
}

TEST_F(CommandDeskTest, AReadIsAnsweredWithMappedValues) {
    desk_.read("0CA1", {"temp"}, keep());
    ASSERT_TRUE(host_.command_);
    host_.done_({host_.command_->number,
                 CommandOutcome::Status::done,
                 "",
                 {{0, "", std::int64_t{213}, false, clock_.now()}},
                 ""});
    ASSERT_TRUE(answer_ && answer_->has_value());
    EXPECT_EQ(to_json_text(**answer_),
              R"({"device":"0CA1","values":{"temp":21.3},"timestamp":"2025-11-22T10:15:30.250Z"})");
}

TEST_F(CommandDeskTest, AReadWithoutNamesReadsAllPoints) {
    desk_.read("0CA1", {}, keep());
    ASSERT_TRUE(host_.command_);
    EXPECT_EQ(host_.command_->points.size(), 2U);
}

TEST_F(CommandDeskTest, AFailureSaysWhatAndWhere) {
    desk_.read("0CA1", {"temp"}, keep());
    host_.done_({host_.command_->number, CommandOutcome::Status::failed, "no answer", {}, ""});
    ASSERT_TRUE(answer_ && !answer_->has_value());
    EXPECT_EQ(answer_->error().text(), "device 0CA1: failed: no answer");
}

TEST_F(CommandDeskTest, AnUnknownDeviceNamesTheNearest) {
    desk_.read("0CA2", {}, keep());
    ASSERT_TRUE(answer_ && !answer_->has_value());
    EXPECT_EQ(answer_->error().text(), "no device has the id 0CA2; did you mean 0CA1?");
}

}  // namespace
}  // namespace fieldway::app
