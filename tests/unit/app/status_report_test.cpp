#include "app/status_report.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "unit/app/test_devices.h"

namespace fieldway::app {
namespace {

namespace json = boost::json;

class StatusReportTest : public testing::Test {
  protected:
    StatusReportTest() {
        config_.gateway.name = "building-7";
        config_.inputs = {{"hall", "modbus", {}}, {"radio", "ble", {}}};
        devices_.find(1)->state = "down";
        devices_.find(1)->reason = "no answer";
        inputs_["hall"] = {"up", "", {}, clock_.wall()};
    }
    json::object report() {
        const uplink::SessionStatus session{.device = DeviceId::parse("0CA1").value(),
                                            .uplink = "broker",
                                            .state = "up",
                                            .reason = "",
                                            .downlinks = {"refused", "not there", 7, 1, 0}};
        queue::QueueFigures queue;
        queue.total.records = 3;
        const Timestamp started = clock_.now();
        Timestamp now = started;
        now.monotonic += std::chrono::seconds(61);
        return status_report({config_, devices_, inputs_, {}, {session}, queue, started, now});
    }

    test::ManualClock clock_;
    config::GatewayConfig config_;
    DeviceTable devices_ = test_table({test_device("0CA1")});
    std::map<std::string, InputStatus> inputs_;
};

TEST_F(StatusReportTest, TellsEachStationsState) {
    const json::object told = report();
    EXPECT_EQ(told.at("gateway").at("uptime_s").as_int64(), 61);
    EXPECT_EQ(told.at("inputs").at(0).at("state").as_string(), "up");
    EXPECT_EQ(told.at("inputs").at(1).at("state").as_string(), "starting");
    EXPECT_EQ(told.at("devices").at(0).at("reason").as_string(), "no answer");
    EXPECT_EQ(told.at("sessions").at(0).at("state").as_string(), "up");
    EXPECT_EQ(json::serialize(told.at("sessions").at(0).at("downlinks")),
              R"({"state":"refused","received":7,"dropped":1,"foreign":0,"reason":"not there"})");
    EXPECT_EQ(told.at("queue").at("records").as_uint64(), 3U);
}

TEST_F(StatusReportTest, TheNewestIsNotOfWhatCouldNotBeRead) {
    EXPECT_FALSE(report().at("devices").at(0).as_object().contains("newest"));
    Device& device = *devices_.find(1);
    const Timestamp good = clock_.now();
    device.mapper.take({1, {{0, "", std::int64_t{213}, false, good}}, ""});
    Timestamp later = good;
    later.wall += std::chrono::seconds(90);
    later.monotonic += std::chrono::seconds(90);
    device.mapper.take(
        {1, {{0, "", NoValue{}, true, later}, {1, "", NoValue{}, true, later}}, "no answer"});
    EXPECT_EQ(report().at("devices").at(0).at("newest").as_string(), rfc3339(good.wall));
}

TEST_F(StatusReportTest, TheTableHasARowForEach) {
    const std::string table = status_table(report());
    for (const char* part :
         {"building-7", "hall", "radio", "0CA1", "down", "no answer", "3 messages"}) {
        EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
    }
}

TEST_F(StatusReportTest, TheTableShowsLoadAndPaceWhereAPluginTellsThem) {
    EXPECT_EQ(status_table(report()).find("load"), std::string::npos);
    inputs_["hall"].details =
        json::parse(R"({"load": 0.426, "devices": [{"id": "0CA1", "every_s": 0.2,
                        "achieved_s": 0.35}]})")
            .as_object();
    const std::string table = status_table(report());
    for (const char* part : {"load", "43 %", "every_s", "achieved_s", "0.35"})
        EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
    inputs_["hall"].details = json::parse(R"({"load": "much", "devices": 7})").as_object();
    EXPECT_EQ(status_table(report()).find("load  "), std::string::npos) << "another plugin's own";
}

}  // namespace
}  // namespace fieldway::app
