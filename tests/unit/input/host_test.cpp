#include "input/host.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace fieldway::input {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using Status = CommandOutcome::Status;

class RecordingIntake final : public Intake {
  public:
    void on_readings(Arrival arrival) override { arrivals.push_back(std::move(arrival)); }
    void on_state(const StateChange& change) override {
        states.push_back(change.input + (change.of_device ? "/device " : " ") + change.state);
        last_reason[change.input] = change.reason;
    }
    [[nodiscard]] bool saw(const std::string& state) const {
        return std::find(states.begin(), states.end(), state) != states.end();
    }

    std::vector<Arrival> arrivals;
    std::vector<std::string> states;
    std::map<std::string, std::string> last_reason;
};

InputDevice device(std::uint32_t number) {
    InputDevice device;
    device.number = number;
    device.id = "D" + std::to_string(number);
    InputPoint point;
    point.name = "value";
    device.points.push_back(point);
    return device;
}

Host::Wanted wanted(const std::string& name, boost::json::object options = {},
                    const std::string& plugin = "scripted") {
    Host::Wanted wanted;
    wanted.plugin = plugin;
    wanted.settings.name = name;
    wanted.settings.options = std::move(options);
    wanted.settings.devices = {device(0)};
    return wanted;
}

/// A host over real shared libraries, its core run by the test until something has become true.
class Hosted : public testing::Test {
  protected:
    void make(HostDeadlines deadlines = {}, std::size_t intake_limit = 64) {
        auto logger = std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_));
        host_ = make_host(
            {core_, clock_, Log(logger, LogFormat::text), intake_, intake_limit, deadlines, {}},
            find_plugins({std::filesystem::path(TEST_PLUGINS) / "good",
                          std::filesystem::path(TEST_PLUGINS) / "bad"}));
    }
    /// Runs the core until it is so; a failure after half a minute without anything happening.
    void run_until(const std::function<bool()>& so) {
        while (!so()) {
            core_.restart();
            ASSERT_GT(core_.run_one_for(seconds(30)), 0U) << "nothing happens any more\n"
                                                          << lines_.str();
        }
    }
    void start(const std::vector<Host::Wanted>& inputs) {
        host_->configure(inputs);
        for (const Host::Wanted& input : inputs) {
            run_until([&] { return intake_.saw(input.settings.name + " up"); });
        }
    }
    CommandOutcome ask(const std::string& input, Duration expires = seconds(20)) {
        std::optional<CommandOutcome> answer;
        host_->submit(input, command(expires),
                      [&](CommandOutcome outcome) { answer = std::move(outcome); });
        run_until([&] { return answer.has_value(); });
        return answer.value_or(CommandOutcome{});
    }
    [[nodiscard]] Command command(Duration expires = seconds(20)) const {
        Command command;
        command.number = 77;
        command.kind = Command::Kind::status;
        command.expires = clock_.monotonic() + expires;
        return command;
    }
    void stop(Duration within = seconds(20)) {
        bool stopped = false;
        host_->stop(clock_.monotonic() + within, [&] { stopped = true; });
        run_until([&] { return stopped; });
    }
    [[nodiscard]] std::int64_t figure(const std::string& input, const std::string& name) const {
        return host_->figures().at(input).at(name).to_number<std::int64_t>();
    }
    [[nodiscard]] std::size_t lines_with(const std::string& text) const {
        std::size_t count = 0;
        std::istringstream lines(lines_.str());
        for (std::string line; std::getline(lines, line);)
            count += line.find(text) != std::string::npos ? 1 : 0;
        return count;
    }

    boost::asio::io_context core_;
    SystemClock clock_;
    RecordingIntake intake_;
    std::ostringstream lines_;
    std::unique_ptr<Host> host_;
};

TEST_F(Hosted, AnInputStartsEmitsAndEnds) {
    make();
    start({wanted("hall", {{"emit", 3}})});
    ASSERT_EQ(intake_.arrivals.size(), 3U);
    EXPECT_EQ(intake_.arrivals[2].input, "hall");
    EXPECT_EQ(intake_.arrivals[2].token, 3U);
    EXPECT_EQ(intake_.arrivals[2].readings.at(0).readings.at(0).value, Value(21.5));
    stop();
    EXPECT_THAT(intake_.states, ElementsAre("hall starting", "hall up"));
    EXPECT_EQ(lines_with("input.state"), 2U);
    EXPECT_TRUE(host_->figures().empty());
}

TEST_F(Hosted, WhatCannotStartIsFailedWithTheReasonAndStopsNobodyElse) {
    make();
    host_->configure({wanted("refusing", {{"in", "start"}, {"do", "refuse"}}),
                      wanted("throwing", {{"in", "start"}, {"do", "throw"}}),
                      wanted("unchecked", {{"in", "check"}, {"do", "refuse"}}), wanted("good"),
                      wanted("unknown", {}, "modbux"), wanted("old", {}, "wrong-version")});
    run_until([&] { return intake_.saw("good up") && intake_.saw("unchecked failed"); });
    EXPECT_EQ(intake_.last_reason["refusing"], "refused in start");
    EXPECT_THAT(intake_.last_reason["throwing"], HasSubstr("thrown in start"));
    EXPECT_EQ(intake_.last_reason["unchecked"], "/options/do: is refused");
    EXPECT_THAT(intake_.last_reason["unknown"], HasSubstr("there is no plugin named modbux"));
    EXPECT_THAT(intake_.last_reason["old"], HasSubstr("does not speak version"));
    EXPECT_EQ(ask("good").status, Status::done);
    EXPECT_THAT(ask("refusing").reason, HasSubstr("refused in start"));
    stop();
}

TEST_F(Hosted, AFailedInputIsTriedAgainWhenItIsConfiguredAgain) {
    make();
    host_->configure({wanted("hall", {{"in", "start"}, {"do", "refuse"}})});
    run_until([&] { return intake_.saw("hall failed"); });
    start({wanted("hall")});
    EXPECT_EQ(ask("hall").status, Status::done);
}

TEST_F(Hosted, AHangInStartAbandonsThePluginAndNoOther) {
    HostDeadlines deadlines;
    deadlines.start = milliseconds(100);
    make(deadlines);
    start({wanted("calm", {}, "steady"), wanted("neighbour")});
    host_->configure({wanted("calm", {}, "steady"), wanted("neighbour"),
                      wanted("stuck", {{"in", "start"}, {"do", "hang"}})});
    run_until([&] { return intake_.saw("stuck failed") && intake_.saw("neighbour failed"); });
    EXPECT_EQ(lines_with("plugin scripted did not return from start of input stuck within 100ms"),
              3U)
        << "one for the plugin, one for each of its inputs\n"
        << lines_.str();
    EXPECT_FALSE(intake_.saw("calm failed"));
    EXPECT_EQ(ask("calm").status, Status::done);
    EXPECT_EQ(ask("neighbour").status, Status::refused);
    stop();
}

TEST_F(Hosted, AHangInSubmitAnswersEveryOpenCommandOnce) {
    HostDeadlines deadlines;
    deadlines.submit = milliseconds(50);
    make(deadlines);
    start({wanted("hall", {{"in", "submit"}, {"do", "hang"}})});
    std::vector<CommandOutcome> answers;
    for (int i = 0; i < 3; ++i) {
        host_->submit("hall", command(),
                      [&](CommandOutcome outcome) { answers.push_back(std::move(outcome)); });
    }
    run_until([&] { return answers.size() == 3; });
    for (const CommandOutcome& answer : answers) {
        EXPECT_EQ(answer.status, Status::failed);
        EXPECT_EQ(answer.number, 77U);
        EXPECT_THAT(answer.reason, HasSubstr("did not return from submit of input hall"));
    }
}

TEST_F(Hosted, AHangInStopIsNamedAndTheGatewayEndsWithoutIt) {
    HostDeadlines deadlines;
    deadlines.stop = milliseconds(50);
    make(deadlines);
    start({wanted("hall", {{"in", "stop"}, {"do", "hang"}}), wanted("calm", {}, "steady")});
    stop(seconds(20));
    EXPECT_EQ(lines_with("plugin scripted did not return from stop of input hall within 50ms"), 2U);
}

TEST_F(Hosted, TheDeadlineOfTheWholeStopIsKeptWithTheHangNamed) {
    make();
    start({wanted("hall", {{"in", "stop"}, {"do", "hang"}})});
    stop(milliseconds(50));
    EXPECT_EQ(lines_with("still busy with stop of input hall"), 1U);
}

TEST_F(Hosted, AnInputThatDoesNotEndInTimeIsAbandonedAloneAndItsPluginGoesOn) {
    make();
    start({wanted("hall", {{"in", "stop"}, {"do", "refuse"}}), wanted("good")});
    host_->configure({wanted("good")});
    run_until([&] { return intake_.saw("hall failed"); });
    EXPECT_EQ(lines_with("input.abandoned"), 1U);
    EXPECT_EQ(ask("good").status, Status::done);
    stop();
}

TEST_F(Hosted, AnExceptionInSubmitIsAnAnswer) {
    make();
    start({wanted("hall", {{"in", "submit"}, {"do", "throw"}})});
    const CommandOutcome answer = ask("hall");
    EXPECT_EQ(answer.status, Status::failed);
    EXPECT_THAT(answer.reason, HasSubstr("thrown in submit"));
    stop();
}

TEST_F(Hosted, EmitsUntilTheIntakeIsFullAndNoMore) {
    make({}, 16);
    start({wanted("hall", {{"emit_until_full", true}})});
    const auto taken = boost::json::parse(ask("hall").details).at("taken").as_int64();
    EXPECT_GE(taken, 16);
    EXPECT_EQ(intake_.arrivals.size(), static_cast<std::size_t>(taken)) << "what was taken arrives";
    EXPECT_EQ(figure("hall", "full"), 1);
    stop();
}

TEST_F(Hosted, AnswersOnceWhatIsAnsweredTwice) {
    make();
    start({wanted("hall", {{"answers", 2}})});
    EXPECT_EQ(ask("hall").status, Status::done);
    EXPECT_EQ(ask("hall").number, 77U);
    run_until([&] { return figure("hall", "late_answers") >= 1; });
    stop();
}

TEST_F(Hosted, AnswersACommandThatTheInputForgets) {
    HostDeadlines deadlines;
    deadlines.submit = milliseconds(20);
    make(deadlines);
    start({wanted("hall", {{"answers", 0}})});
    const CommandOutcome answer = ask("hall", milliseconds(20));
    EXPECT_EQ(answer.status, Status::failed);
    EXPECT_THAT(answer.reason, HasSubstr("a write may have happened"));
    stop();
}

TEST_F(Hosted, AnswersOpenCommandsWhenTheInputIsStopped) {
    make();
    start({wanted("hall", {{"answers", 0}})});
    std::optional<CommandOutcome> answer;
    host_->submit("hall", command(), [&](CommandOutcome outcome) { answer = std::move(outcome); });
    stop();
    ASSERT_TRUE(answer.has_value());
    EXPECT_THAT(answer->reason, HasSubstr("was stopped before it answered"));
}

TEST_F(Hosted, RefusesCommandsThatCannotBeBegun) {
    make();
    start({wanted("hall")});
    EXPECT_EQ(ask("hall", seconds(-1)).status, Status::expired);
    EXPECT_EQ(ask("nowhere").reason, "there is no input named nowhere");
    Command foreign = command();
    foreign.device = 9;
    std::optional<CommandOutcome> answer;
    host_->submit("hall", foreign, [&](CommandOutcome outcome) { answer = std::move(outcome); });
    run_until([&] { return answer.has_value(); });
    EXPECT_EQ(answer->status, Status::refused);
    stop();
}

TEST_F(Hosted, TellsTheInputWhatBecameOfItsReadings) {
    make();
    start({wanted("hall", {{"emit", 3}})});
    for (const Arrival& arrival : intake_.arrivals) {
        host_->accepted(arrival.origin, arrival.token, Acceptance::durable);
    }
    host_->accepted(12345, 9, Acceptance::durable);  // of nobody: dropped
    // In one call or two: the second takes what came while the first was under way.
    run_until([&] {
        return boost::json::parse(ask("hall").details).at("accepted") ==
               boost::json::array{1, 2, 3};
    });
    stop();
}

TEST_F(Hosted, UpdatesInPlaceWhatChangedAndLeavesTheRest) {
    make();
    start({wanted("hall"), wanted("other")});
    host_->configure({wanted("hall", {{"answers", 1}}), wanted("other")});
    EXPECT_EQ(ask("other").status, Status::done);
    run_until(
        [&] { return boost::json::parse(ask("hall").details).at("updates").as_int64() == 1; });
    EXPECT_EQ(boost::json::parse(ask("other").details).at("updates").as_int64(), 0);
    EXPECT_EQ(intake_.states.size(), 4U) << "nobody was restarted";
    stop();
}

TEST_F(Hosted, RestartsWhatCannotBeChangedInPlace) {
    make();
    start({wanted("hall", {{"in", "update"}, {"do", "refuse"}})});
    intake_.states.clear();
    start({wanted("hall", {{"emit", 1}})});
    EXPECT_THAT(intake_.states, ElementsAre("hall starting", "hall up"));
    EXPECT_EQ(lines_with("input hall is restarted to change it: not in place"), 1U);
    EXPECT_EQ(intake_.arrivals.size(), 1U)
        << "what it emitted in the name of its earlier life is dropped";
    stop();
}

TEST_F(Hosted, MovesAnInputToAnotherPlugin) {
    make();
    start({wanted("hall")});
    intake_.states.clear();
    start({wanted("hall", {}, "steady")});
    EXPECT_EQ(host_->figures().at("hall").at("plugin"), "steady");
    stop();
}

TEST_F(Hosted, TakesNoReadingOfADeviceOrPointThatIsNotTheInputs) {
    make();
    start({wanted("hall", {{"emit", 1}, {"device", 9}}),
           wanted("roof", {{"emit", 1}, {"point", 4}}, "steady")});
    EXPECT_TRUE(intake_.arrivals.empty());
    EXPECT_EQ(figure("hall", "foreign"), 1);
    EXPECT_EQ(figure("roof", "foreign"), 1);
    stop();
}

TEST_F(Hosted, ADeviceThatGoesAndComesWithItsInputHasNoLineOfItsOwn) {
    make();
    host_->configure({wanted(
        "hall",
        {{"states", {"device up", "down", "device down", "up", "device up", "device degraded"}}})});
    run_until([&] { return intake_.saw("hall/device degraded"); });
    EXPECT_EQ(lines_with("input hall is down: as told"), 1U);
    EXPECT_EQ(lines_with("input hall is up"), 2U);
    EXPECT_EQ(lines_with("device D0 is down"), 0U);
    EXPECT_EQ(lines_with("device D0 is up"), 1U) << "the first time";
    EXPECT_EQ(lines_with("device D0 is degraded: as told"), 1U);
    EXPECT_TRUE(intake_.saw("hall/device down")) << "status and metrics know";
    stop();
}

TEST_F(Hosted, ADeviceThatStaysDownWhenItsInputIsBackHasOneLine) {
    make();
    host_->configure({wanted(
        "hall",
        {{"states", {"down", "device down", "up", "device down", "device down", "device up"}}})});
    run_until([&] { return intake_.saw("hall/device up"); });
    EXPECT_EQ(lines_with("device D0 is down: as told"), 1U);
    EXPECT_EQ(lines_with("device D0 is up"), 1U);
    stop();
}

TEST_F(Hosted, CanBeDestroyedWhileEverythingRuns) {
    make();
    start({wanted("hall", {{"answers", 0}}), wanted("calm", {}, "steady")});
    std::optional<CommandOutcome> answer;
    host_->submit("hall", command(), [&](CommandOutcome outcome) { answer = std::move(outcome); });
    host_.reset();
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, Status::failed);
}

}  // namespace
}  // namespace fieldway::input
