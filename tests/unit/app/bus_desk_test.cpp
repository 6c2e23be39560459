#include "app/bus_desk.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/json_text.h"
#include "support/manual_clock.h"
#include "unit/app/asked_host.h"
#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

namespace json = boost::json;

class BusDeskTest : public testing::Test {
  protected:
    std::string ask(const char* url) {
        answer_.reset();
        desk_.probe({{"verb", "scan"}, {"url", url}}, [this](Result<json::value> answer) {
            answer_ = answer ? to_json_text(*answer) : "an error: " + answer.error().text();
        });
        return answer_.value_or("none yet");
    }
    void finish(CommandOutcome::Status status, std::string reason, std::string details) {
        host_.done_({host_.command_->number, status, std::move(reason), {}, std::move(details)});
    }

    std::vector<config::InputOptions> inputs_{
        {"cellar", "modbus", {{"url", "rtu:/dev/ttyS0"}}},
        {"hall", "modbus", {{"url", "tcp://h:502"}}},
        {"program", "exec", {{"command", "x"}}},
    };
    DeviceTable devices_ = test_table({test_device("0CA1")});
    AskedHost host_;
    test::ManualClock clock_;
    BusDesk desk_{inputs_, devices_, host_, clock_};
    std::optional<std::string> answer_;
};

TEST_F(BusDeskTest, ABusThatNoInputHasIsNotHeld) {
    EXPECT_EQ(ask("tcp://other:502"), R"({"held":false})");
    EXPECT_EQ(ask(""), R"({"held":false})");
    EXPECT_FALSE(host_.command_);
}

TEST_F(BusDeskTest, AnInputWithoutDevicesHoldsNothing) {
    EXPECT_EQ(ask("rtu:/dev/ttyS0"), R"({"held":false})");
}

TEST_F(BusDeskTest, TheInputOfTheUrlIsAsked) {
    EXPECT_EQ(ask("tcp://h:502"), "none yet");
    ASSERT_TRUE(host_.command_);
    EXPECT_EQ(host_.input_, "hall");
    EXPECT_EQ(host_.command_->kind, Command::Kind::scan);
    EXPECT_EQ(host_.command_->arguments, R"({"verb":"scan","url":"tcp://h:502"})");
    finish(CommandOutcome::Status::done, "", R"({"buses":[]})");
    EXPECT_EQ(*answer_, R"({"held":true,"answer":{"buses":[]}})");
}

TEST_F(BusDeskTest, AFailureIsTheInputsAndNotTheGateways) {
    ask("tcp://h:502");
    finish(CommandOutcome::Status::failed, "unit 3: no answer in 500ms", "");
    EXPECT_EQ(*answer_, R"({"held":true,"error":"input hall: unit 3: no answer in 500ms"})");
    ask("tcp://h:502");
    finish(CommandOutcome::Status::done, "", "garbage");
    EXPECT_EQ(*answer_, R"({"held":true,"error":"input hall: its answer cannot be read"})");
}

}  // namespace
}  // namespace fieldway::app
