// What programs print, and what they are told: floods, garbage, acceptance, commands.
#include <chrono>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exec/program.h"
#include "running_program.h"

namespace fieldway::exec::test {
namespace {

using sdk::Acceptance;
using wire::InputState;
using wire::OutcomeStatus;

std::vector<std::int64_t> counted_to(std::size_t end) {
    std::vector<std::int64_t> all(end);
    std::iota(all.begin(), all.end(), 0);
    return all;
}

TEST(ProgramLines, AFullGatewayMakesTheProgramWaitAndLosesNothing) {
    constexpr std::size_t count = 50'000;  // some megabytes: far more than a pipe holds
    Running running(python(R"(
for n in range(50000): print('{"key":"c","values":{"n":%d}}' % n)
import sys
sys.stdin.readline()
)"));
    running.gateway.set_full(true);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.refusals >= 3; }));
    running.gateway.set_full(false);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.readings.size() > 10'000; }));
    running.gateway.change([](auto& my) {
        my.full = true;
        my.refusals = 0;
    });
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.refusals >= 3; }));
    running.gateway.set_full(false);
    EXPECT_TRUE(running.gateway.comes_true([&](auto& my) { return my.readings.size() >= count; }));
    running.stop();
    EXPECT_EQ(running.gateway.told().numbers(), counted_to(count));
}

TEST(ProgramLines, GarbageIsCountedToldOnceByKindAndNeverFatal) {
    Running running(python(R"(
import os, sys
out = sys.stdout.buffer
for i in range(50): out.write(os.urandom(400).replace(b'\n', b'') + b'\n')
for i in range(50): out.write(b'{"key":"nobody","values":{"n":1}}\n')
out.write(b'\n\n{"key":"c","values":{"n":1}}\n')
out.flush()
sys.stdin.readline()
)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    wire::Command status;
    status.kind = wire::CommandKind::status;
    running.input->submit(status);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return !my.outcomes.empty(); }));
    running.stop();
    const auto details = boost::json::parse(running.gateway.told().outcomes[0].details);
    EXPECT_EQ(details.at("faults"), (boost::json::value{{"no_json", 50}, {"unknown_key", 50}}));
    EXPECT_EQ(running.gateway.told().sentences.size(), 2u);
    EXPECT_TRUE(running.gateway.told().said("key \"nobody\" is no device's"));
}

TEST(ProgramLines, TenMegabytesWithoutALineEndAreOneFaultAndTheNextLineCounts) {
    Running running(python(R"(
import sys
for i in range(160): sys.stdout.write('x' * 65536)
print()
print('{"key":"c","values":{"n":1}}')
sys.stdin.readline()
)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.stop();
    EXPECT_EQ(running.gateway.told().sentences.size(), 1u);
    EXPECT_TRUE(running.gateway.told().said("(too_long): over 65536 bytes"));
}

TEST(ProgramLines, AFloodOnStandardErrorIsCutAndItsReadingsComeThrough) {
    Running running(python(R"(
import sys
for i in range(2000): print('trouble', i, file=sys.stderr)
print('{"key":"c","values":{"n":1}}')
sys.stdin.readline()
)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.stop();
    EXPECT_TRUE(running.gateway.told().said("program: trouble 0"));
    EXPECT_LT(running.gateway.told().sentences.size(), 100u);
}

TEST(ProgramLines, AnEndlessFloodOfGarbageDoesNotKeepStopWaiting) {
    Running running({"yes"});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.said("(no_json)"); }));
    EXPECT_TRUE(running.input->stop(SystemClock().monotonic() + 10s));
    running.input.reset();
}

// A program that prints a line with an id, and then as a reading what it was answered.
constexpr const char* asker = R"(
import json, sys
print('{"key":"c","values":{"n":1},"id":"m7"}')
answer = json.loads(sys.stdin.readline())
told = {name: answer.get(name) for name in ("id", "accepted", "error", "durable")}
print(json.dumps({"key": "d", "values": told}))
sys.stdin.readline()
)";

std::string answered(Acceptance acceptance) {
    Running running(python(asker));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.tokens.size() == 1; }));
    running.input->accepted(running.gateway.told().tokens.at(0) + 1000,
                            Acceptance::refused);  // of nobody: no answer
    running.input->accepted(running.gateway.told().tokens.at(0), acceptance);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.readings.size() == 2; }));
    running.stop();
    std::string out;
    const auto told = running.gateway.told();
    for (const auto& reading : told.readings.at(1).readings)
        out += to_json_text(reading.value) + " ";
    return out;
}

TEST(ProgramLines, AnIdIsAnsweredWithWhatBecameOfItsMessages) {
    EXPECT_EQ(answered(Acceptance::durable), "\"m7\" true null null ");
    EXPECT_EQ(answered(Acceptance::on_memory_alone), "\"m7\" true null false ");
    EXPECT_EQ(
        answered(Acceptance::refused),
        "\"m7\" false \"not taken: the queue is full, the broker can never take it, or nothing is "
        "configured for it\" null ");
}

TEST(ProgramLines, AnIdOfARefusedLineIsAnsweredAtOnceAndOneWithoutValuesIsAccepted) {
    Running running(python(R"(
import json, sys
def ask(line):
    print(line)
    return json.loads(sys.stdin.readline())
a = ask('{"key":"nobody","values":{"n":1},"id":1}')
b = ask('{"key":"c","values":{"n":[1]},"id":2}')
c = ask('{"key":"c","values":{},"id":3}')
told = {"a": a["accepted"], "b": b["accepted"], "c": c["accepted"], "why": b["error"]}
print(json.dumps({"key": "d", "values": told}))
sys.stdin.readline()
)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return !my.readings.empty(); }));
    running.stop();
    const auto readings = running.gateway.told().readings.at(0).readings;
    EXPECT_EQ(readings.at(0).value, Value(false));
    EXPECT_EQ(readings.at(1).value, Value(false));
    EXPECT_EQ(readings.at(2).value, Value(true));
    EXPECT_TRUE(running.gateway.told().tokens.empty());
}

TEST(ProgramLines, TooManyUnansweredIdsMakeTheProgramWait) {
    Running running(python(R"(
import sys
for n in range(3000): print('{"key":"c","values":{"n":%d},"id":%d}' % (n, n))
for n in range(3000): sys.stdin.readline()
print('{"key":"d","values":{"done":true}}')
sys.stdin.readline()
)"));
    std::size_t answered = 0;
    while (answered < 3000) {
        ASSERT_TRUE(
            running.gateway.comes_true([&](auto& my) { return my.tokens.size() > answered; }));
        const std::vector<std::uint64_t> tokens = running.gateway.told().tokens;
        EXPECT_LE(tokens.size() - answered, exec::most_unanswered_lines);
        for (; answered < tokens.size(); ++answered) {
            running.input->accepted(tokens[answered], Acceptance::durable);
        }
    }
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.readings.size() == 3001; }));
    running.stop();
    EXPECT_EQ(running.gateway.told().numbers(), counted_to(3000));
}

// Answers each command as its number says: 1 yes, 2 no, others never; and shows that it lives.
constexpr const char* obedient = R"(
import json, sys
print('{"key":"c","values":{"n":0}}')
for line in sys.stdin:
    command = json.loads(line)
    assert command["key"] == "c" and command["write"] == {"n": True}, line
    if command["command"] == "1": print(json.dumps({"command": "1", "ok": True}))
    if command["command"] == "2":
        print(json.dumps({"command": "2", "ok": False, "error": "valve stuck"}))
    if command["command"] == "4": sys.exit(7)
)";

TEST(ProgramLines, CommandsAreAnsweredOnceByTheProgramByTheirTimeOrByItsEnd) {
    Running running(python(obedient),
                    {{"restart_wait", std::chrono::nanoseconds(1h).count()},
                     {"restart_wait_most", std::chrono::nanoseconds(1h).count()}});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.input->submit(Running::write(1));
    running.input->submit(Running::write(2));
    running.input->submit(Running::write(3, 30ms));
    running.input->submit(Running::write(5, -1ms));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.outcomes.size() == 4; }));
    running.input->submit(Running::write(6));
    running.input->submit(Running::write(4));
    EXPECT_TRUE(running.gateway.comes_true(
        [](auto& my) { return my.outcomes.size() == 6 && my.is(InputState::down); }));
    running.input->submit(Running::write(8));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.outcomes.size() == 7; }));
    running.stop();
    std::map<std::uint64_t, wire::Outcome> by_number;
    for (const auto& outcome : running.gateway.told().outcomes)
        by_number[outcome.number] = outcome;
    ASSERT_EQ(by_number.size(), 7u);
    EXPECT_EQ(by_number[1].status, OutcomeStatus::done);
    EXPECT_EQ(by_number[2].status, OutcomeStatus::failed);
    EXPECT_EQ(by_number[2].reason, "valve stuck");
    EXPECT_EQ(by_number[3].status, OutcomeStatus::failed);
    EXPECT_EQ(by_number[4].reason, "the program ended with exit status 7");
    EXPECT_EQ(by_number[5].status, OutcomeStatus::expired);
    EXPECT_EQ(by_number[6].status, OutcomeStatus::failed);
    EXPECT_EQ(by_number[8].status, OutcomeStatus::refused);
    EXPECT_EQ(by_number[8].reason, "the program ended with exit status 7");
}

TEST(ProgramLines, AProgramThatClosedItsInputIsToldNothingAndGoesOn) {
    Running running(shell(R"(exec <&-; echo '{"key":"c","values":{"n":0}}'; exec sleep 1000)"));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    for (std::uint64_t number = 1; number <= 50; ++number)
        running.input->submit(Running::write(number, 100ms));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.outcomes.size() == 50; }));
    running.stop();
    EXPECT_NE(running.gateway.told().outcomes.back().status, OutcomeStatus::done);
    EXPECT_EQ(running.gateway.told().times(InputState::down), 0u);
}

TEST(ProgramLines, ReadsAndScansAreRefusedWithTheReason) {
    Running running(shell("read end"));
    wire::Command command;
    command.kind = wire::CommandKind::read;
    running.input->submit(command);
    command.kind = wire::CommandKind::scan;
    running.input->submit(command);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.outcomes.size() == 2; }));
    running.stop();
    for (const auto& outcome : running.gateway.told().outcomes)
        EXPECT_EQ(outcome.status, OutcomeStatus::refused);
}

class Example : public testing::TestWithParam<const char*> {};

TEST_P(Example, GivesReadings) {
    Running running({std::string(EXEC_EXAMPLES "/") + GetParam(), "0.01"});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.readings.size() >= 3; }));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    running.stop();
    EXPECT_TRUE(running.gateway.told().sentences.empty())
        << running.gateway.told().sentences.front();
}

INSTANTIATE_TEST_SUITE_P(Shipped, Example, testing::Values("thermometer.py", "load.sh"));

TEST(ExampleThermometer, TakesASetPointAndRefusesOtherPoints) {
    Running running({EXEC_EXAMPLES "/thermometer.py", "0.01"});
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.is(InputState::up); }));
    wire::Command command = Running::write(1);
    command.points = {{wire::undeclared_point, "setpoint", Value(22.5)}};
    running.input->submit(command);
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return !my.outcomes.empty(); }));
    running.input->submit(Running::write(2));
    EXPECT_TRUE(running.gateway.comes_true([](auto& my) { return my.outcomes.size() == 2; }));
    running.stop();
    EXPECT_EQ(running.gateway.told().outcomes[1].reason, "no such point: n");
    EXPECT_EQ(running.gateway.told().outcomes[0].status, OutcomeStatus::done)
        << running.gateway.told().outcomes[0].reason;
}

}  // namespace
}  // namespace fieldway::exec::test
