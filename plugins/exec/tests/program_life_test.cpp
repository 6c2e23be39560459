// Programs that end, fall silent, hang or do not exist.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exec/program.h"
#include "running_program.h"
#include "support/temp_folder.h"

namespace fieldway::exec::test {
namespace {

using wire::InputState;

std::int64_t pid_in(const wire::State& state) {
    return boost::json::parse(state.details).at("pid").to_number<std::int64_t>();
}

TEST(ProgramLife, AProgramThatEndsIsStartedAgainAndItsPointsTurnBad) {
    Running running(shell(R"(echo '{"key":"c","values":{"n":1,"extra":2}}'; exit 3)"));
    EXPECT_TRUE(
        running.gateway.comes_true([](auto& my) { return my.times(InputState::down) >= 3; }));
    running.stop();
    const auto my = running.gateway.told();
    EXPECT_EQ(my.states[1].state, InputState::up);
    EXPECT_EQ(my.states[2].state, InputState::down);
    EXPECT_EQ(my.states[2].reason, "the program ended with exit status 3");
    // Good readings of c; then c's two points and nothing of d, which has none; and so on with each
    // start.
    ASSERT_GE(my.readings.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(my.readings[i].device, 7u);
        ASSERT_EQ(my.readings[i].readings.size(), 2u);
        EXPECT_EQ(my.readings[i].readings[0].bad, i % 2 == 1);
        EXPECT_EQ(my.readings[i].reason, i % 2 == 1 ? "the program ended with exit status 3" : "");
    }
    EXPECT_EQ(my.device_states.at(0).state, InputState::up);
}

TEST(ProgramLife, AProgramThatNeverWorksTurnsItsPointsBadOnceAndSaysSoOnce) {
    Running running(shell("exit 1"));
    const auto starts = [&] {
        wire::Command status;
        status.number = 1;
        status.kind = wire::CommandKind::status;
        running.gateway.change([](auto& my) { my.outcomes.clear(); });
        running.input->submit(status);
        std::int64_t count = 0;
        EXPECT_TRUE(running.gateway.comes_true([&](auto& my) {
            if (my.outcomes.empty()) return false;
            count = boost::json::parse(my.outcomes[0].details)
                        .at("starts")
                        .template to_number<std::int64_t>();
            return true;
        }));
        return count;
    };
    const Duration give_up = SystemClock().monotonic().time_since_epoch() + patience;
    while (starts() < 5) {
        ASSERT_LT(SystemClock().monotonic().time_since_epoch(), give_up);
    }
    running.stop();
    EXPECT_EQ(running.gateway.told().times(InputState::down), 1u);
    EXPECT_EQ(running.gateway.told().readings.size(), 1u);
    EXPECT_EQ(running.gateway.told().device_states.size(), 2u);
}

TEST(ProgramLife, AProgramThatIsNotThereIsAStateAndTriedAgain) {
    const fieldway::test::TempFolder folder;
    Running running({"./later"}, {{"directory", folder.path().string()}});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::down); }));
    EXPECT_TRUE(running.gateway.comes_true(
        [](auto& my) { return !my.readings.empty() && my.readings[0].readings[0].bad; }));
    const auto program = folder.path() / "new";
    std::ofstream(program) << "#!/bin/sh\necho '{\"key\":\"c\",\"values\":{\"n\":5}}'\nread wait\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    std::filesystem::rename(program, folder.path() / "later");
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.stop();
}

TEST(ProgramLife, SilenceEndsItEvenWhenItIgnoresBeingAsked) {
    Running running(
        shell(R"(trap '' TERM; echo '{"key":"c","values":{"n":1}}'; while :; do sleep 1000; done)"),
        {{"silence", std::chrono::nanoseconds(50ms).count()}});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.times(InputState::up) >= 2; }));
    EXPECT_TRUE(running.input->stop(SystemClock().monotonic() + stop_margin + 100ms));
    running.input.reset();
    EXPECT_EQ(running.gateway.told().states[2].reason,
              "the program printed nothing that could be used within its silence limit");
}

TEST(ProgramLife, WithoutASilenceLimitAQuietProgramIsLeftAlone) {
    Running running(shell(
        R"(echo '{"key":"c","values":{"n":1}}'; read line
           echo '{"key":"c","values":{"n":2}}'; read end)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.input->submit(Running::write(1));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) {
        return my.numbers() == std::vector<std::int64_t>{1, 2};
    }));
    running.stop();
    EXPECT_EQ(running.gateway.told().times(InputState::down), 0u);
}

TEST(ProgramLife, StoppingTakesAProgramThatIgnoresSigtermAndItsGrandchildren) {
    Running running(shell(
        R"(trap '' TERM; sh -c "trap '' TERM; sleep 1000" &
           echo "{\"key\":\"c\",\"values\":{\"n\":$!}}"; wait; wait)"));
    EXPECT_TRUE(running.gateway.comes_true(
        [](auto& my) { return !my.numbers().empty() && my.is(InputState::up); }));
    const auto child = static_cast<pid_t>(pid_in(running.gateway.told().states.back()));
    EXPECT_EQ(::kill(-child, 0), 0);
    EXPECT_TRUE(running.input->stop(SystemClock().monotonic() + 1s));
    running.input.reset();
    // Reaped: the leader's number is free. Killed grandchildren may still wait for init to reap
    // them.
    EXPECT_EQ(::kill(child, 0), -1);
}

TEST(ProgramLife, AProgramThatClosesItsOutputIsEndedAndStartedAgain) {
    Running running(shell(R"(echo '{"key":"c","values":{"n":1}}'; exec >&-; sleep 1000)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::down); }));
    running.stop();
    EXPECT_EQ(running.gateway.told().states[2].reason, "the program closed its standard output");
}

TEST(ProgramLife, WhatItPrintedBeforeItsEndIsTakenWholeEvenWithoutALastLineEnd) {
    Running running(python(R"(
import sys
for n in range(500): print('{"key":"c","values":{"n":%d}}' % n)
sys.stdout.write('{"key":"c","values":{"n":500}}')
sys.stdout.flush()
import os; os.kill(os.getpid(), 9)
)"),
                    {{"restart_wait", std::chrono::nanoseconds(1h).count()},
                     {"restart_wait_most", std::chrono::nanoseconds(1h).count()}});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::down); }));
    running.stop();
    EXPECT_EQ(running.gateway.told().numbers().size(), 501u);
    EXPECT_EQ(running.gateway.told().numbers().back(), 500);
    EXPECT_EQ(running.gateway.told().states.back().reason,
              "the program was ended by signal 9 (Killed)");
}

TEST(ProgramLife, ADaemonThatItLeavesBehindDoesNotHoldUpItsRestart) {
    // setsid: out of the group, with the pipe still open.
    Running running(shell(R"(echo '{"key":"c","values":{"n":1}}'; setsid sleep 2 & exit 0)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.times(InputState::up) >= 3; }));
}

TEST(ProgramLife, AnUpdateOfDevicesLeavesTheProgramRunning) {
    Running running(shell(R"(while read line; do echo '{"key":"e","values":{"n":4}}'; done)"));
    InputSettings changed = running.settings;
    changed.devices[1].address = {{"key", "e"}};
    changed.devices[1].number = 12;
    EXPECT_TRUE(running.input->update(changed));
    running.input->submit(Running::write(1));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return !my.readings.empty(); }));
    running.stop();
    EXPECT_EQ(running.gateway.told().readings[0].device, 12u);
    changed.options["command"] = boost::json::array{"true"};
    Running other(shell("read end"));
    EXPECT_FALSE(other.input->update(changed));
}

TEST(ProgramLife, ManyProgramsShareOneLoop) {
    RecordingPluginHost gateway;
    ExecPlugin plugin;
    std::vector<std::unique_ptr<sdk::Input>> inputs;
    for (int i = 0; i < 20; ++i) {
        const InputSettings settings =
            settings_of(shell(R"(echo '{"key":"c","values":{"n":1}}'; read end)"));
        inputs.push_back(plugin.start(gateway.sdk(), settings).value());
    }
    EXPECT_TRUE(gateway.comes_true([](auto& my) { return my.times(InputState::up) == 20; }));
    for (auto& input : inputs)
        EXPECT_TRUE(input->stop(SystemClock().monotonic() + patience));
}

}  // namespace
}  // namespace fieldway::exec::test
