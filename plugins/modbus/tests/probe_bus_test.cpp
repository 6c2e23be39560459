// What a probe may do on a line, and one shot at one unit.
#include "modbus/probe/probe_bus.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json_text.h"
#include "modbus/probe/probe_access.h"
#include "simulated_line.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using test::SimulatedBus;
using test::SimulatedLine;
using test::unit_with;
using testing::HasSubstr;

LineOptions rtu_line() {
    LineOptions options;
    options.endpoint = {Endpoint::Kind::rtu, "/dev/x", "", 0};
    options.timeout = 500ms;
    options.late_window = 1s;
    return options;
}

class ProbeBusTest : public testing::Test {
  protected:
    ProbeBus bus(ProbeBus::Rights rights = ProbeBus::Rights::read_only) {
        return {std::make_unique<SimulatedLine>(simulated_),
                rtu_line(),
                rights,
                simulated_.clock,
                [this] { return go_on_; },
                [this](Duration time) {
                    waited_ += time;
                    simulated_.clock.advance(time);
                }};
    }
    std::string run(std::vector<std::string> words, bool writes = false) {
        ProbeRequest request{writes ? "write" : "read", "rtu:/dev/x", {}, std::move(words), {}, {}};
        const ProbeTables tables = probe_tables();
        for (const Option& option : tables.verbs.at(request.verb)) {
            if (!option.preset.is_null()) request.options[option.name] = option.preset;
        }
        if (decodings_) request.options["decodings"] = true;
        ProbeBus of_run = bus(writes ? ProbeBus::Rights::may_write : ProbeBus::Rights::read_only);
        const Result<ProbeAccess> access = read_access(request);
        if (!access) return "refused: " + access.error().sentence();
        const auto answer = run_access(*access, writes, of_run);
        return answer ? to_json_text(*answer) : "failed: " + answer.error().sentence();
    }

    SimulatedBus simulated_;
    bool go_on_ = true;
    bool decodings_ = false;
    Duration waited_{};
};

constexpr Request read_40{3, Function::read_holding_registers, 40, 1};

TEST_F(ProbeBusTest, AfterATimeoutTheSameIsAskedOnlyWhenItsLateAnswerIsImpossible) {
    ProbeBus of_test = bus();
    EXPECT_EQ(of_test.ask(read_40, 500ms).kind, Reply::Kind::timeout);
    EXPECT_EQ(waited_, 0s);
    of_test.ask(read_40, 500ms);
    EXPECT_EQ(waited_, 1s);
    Request other = read_40;
    other.unit = 4;
    of_test.ask(other, 500ms);
    EXPECT_EQ(waited_, 1s) << "another unit's answer cannot be taken for it";
}

TEST_F(ProbeBusTest, ALateAnswerIsHandedOn) {
    simulated_.units.emplace(3, unit_with({{Area::holding, 40, {7}}}));
    simulated_.late_units = {3};
    ProbeBus of_test = bus();
    of_test.ask(read_40, 500ms);
    EXPECT_TRUE(of_test.take_late().empty());
    Request other = read_40;
    other.unit = 4;
    of_test.ask(other, 500ms);
    const auto late = of_test.take_late();
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late[0].unit, 3);
}

TEST_F(ProbeBusTest, NothingIsAskedWhenThePersonWantsNoMore) {
    ProbeBus of_test = bus();
    go_on_ = false;
    EXPECT_EQ(of_test.ask(read_40, 500ms).kind, Reply::Kind::lost);
    EXPECT_TRUE(of_test.ended());
    EXPECT_TRUE(simulated_.asked.empty());
}

TEST_F(ProbeBusTest, ReadsEachRegisterWithItsOwnReason) {
    simulated_.units.emplace(3, unit_with({{Area::holding, 40, {215}}, {Area::holding, 42, {9}}}));
    const std::string answer = run({"3", "holding:40", "holding:41", "holding:42"});
    EXPECT_THAT(answer, HasSubstr(R"({"name":"holding:40","value":215})"));
    EXPECT_THAT(answer, HasSubstr(R"({"name":"holding:41","error":"exception 02)"));
    EXPECT_THAT(answer, HasSubstr(R"({"name":"holding:42","value":9})"));
}

TEST_F(ProbeBusTest, ASilentUnitIsAskedOnce) {
    EXPECT_EQ(run({"3", "holding:40", "holding:41"}), "failed: unit 3: no answer in 500ms");
    EXPECT_EQ(simulated_.asked.size(), 1U);
}

TEST_F(ProbeBusTest, ALineThatCannotBeOpenedSaysWhy) {
    simulated_.open_fails = true;
    EXPECT_EQ(run({"3", "holding:40"}), "failed: nobody is there");
}

TEST_F(ProbeBusTest, WritesAndReadsBack) {
    simulated_.units.emplace(3, unit_with({{Area::holding, 40, {215}}}));
    EXPECT_EQ(run({"3", "holding:40=37"}, true),
              R"({"values":[{"name":"holding:40","value":37}]})");
    ASSERT_EQ(simulated_.asked.size(), 2U);
    EXPECT_EQ(simulated_.asked[0].function, Function::write_single_register);
    EXPECT_EQ(simulated_.asked[1].function, Function::read_holding_registers);
}

TEST_F(ProbeBusTest, AWriteThatDoesNotFitIsNotBegun) {
    simulated_.units.emplace(3, unit_with({{Area::holding, 40, {215}}}));
    EXPECT_THAT(run({"3", "holding:40=70000"}, true), HasSubstr("failed: "));
    EXPECT_TRUE(simulated_.asked.empty());
}

TEST_F(ProbeBusTest, DecodingsTakeAsManyRegistersAsThereAre) {
    simulated_.units.emplace(3, unit_with({{Area::holding, 40, {0x41AC, 0}}}));
    decodings_ = true;
    const std::string answer = run({"3", "holding:40"});
    EXPECT_THAT(answer, HasSubstr(R"("type":"float32","word_order":"big","byte_order":"big",)"
                                  R"("registers":2,"value":21.5)"));
    EXPECT_THAT(answer, HasSubstr(R"("about":"holding:40: 41ac0000")"));
    EXPECT_THAT(run({"3", "coil:0"}), HasSubstr("registers"));
}

}  // namespace
}  // namespace fieldway::modbus
