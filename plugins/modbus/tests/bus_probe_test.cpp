// Probes on a line that inputs use.
#include "modbus/probe/bus_probe.h"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/poller.h"
#include "modbus/probe/probe_options.h"
#include "modbus/probe/raw_request.h"
#include "simulated_line.h"
#include "support/recording_plugin_host.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using fieldway::test::Told;
using test::unit_with;
using testing::HasSubstr;

constexpr InputKey key_of_probe = 9;

/// A line whose units are simulated; each command is answered while it is submitted, or never.
class AnsweringLine final : public Line {
  public:
    AnsweringLine() {
        options_.endpoint = {Endpoint::Kind::rtu, "/dev/x", "", 0};
        options_.timeout = 500ms;
        units_.emplace(3, unit_with({{Area::holding, 0, {215, 7}}}));
    }
    [[nodiscard]] const LineOptions& options() const override { return options_; }
    void join(InputKey key, sdk::Host host, std::vector<DeviceOptions> devices) override {
        EXPECT_TRUE(devices.empty());
        members_[key] = host;
    }
    void update(InputKey, std::vector<DeviceOptions>) override {}
    void submit(InputKey key, wire::Command command) override {
        const Request request = raw_request_from(command.arguments).value();
        {
            const std::lock_guard lock(mutex_);
            asked_.push_back(request);
        }
        if (silent_) return;
        wire::Outcome outcome;
        outcome.number = command.number;
        Reply reply;
        Bytes answer;
        const auto unit = units_.find(request.unit);
        if (unit != units_.end()) {
            Bytes pdu;
            append_pdu(pdu, request);
            answer = unit->second.answer(pdu, 0s);
            reply = match_pdu(request, answer);
        }
        outcome.details = raw_reply_text(reply);
        members_.at(key).answer(outcome);
    }
    bool leave(InputKey key, MonotonicTime) override { return members_.erase(key) == 1; }

    [[nodiscard]] std::size_t asked() {
        const std::lock_guard lock(mutex_);
        return asked_.size();
    }
    [[nodiscard]] bool has_members() const { return !members_.empty(); }

    bool silent_ = false;

  private:
    LineOptions options_;
    std::map<std::uint8_t, simulator::SimulatedUnit> units_;
    std::map<InputKey, sdk::Host> members_;
    std::mutex mutex_;  // guards asked_
    std::vector<Request> asked_;
};

class BusProbeTest : public testing::Test {
  protected:
    ~BusProbeTest() override { EXPECT_TRUE(probe_.stop(MonotonicTime::max())); }

    void start(const std::string& verb, std::vector<std::string> words) {
        ProbeRequest request{verb, "rtu:/dev/x", {}, std::move(words), {}, {}};
        const ProbeTables tables = probe_tables();
        for (const Option& option : tables.verbs.at(verb)) {
            if (!option.preset.is_null()) request.options[option.name] = option.preset;
        }
        if (verb == "scan") request.options["units"] = "1-5";
        wire::Command command;
        command.kind = wire::CommandKind::scan;
        command.number = ++number_;
        command.arguments = to_json_text(request);
        probe_.start(command);
    }
    wire::Outcome outcome() {
        EXPECT_TRUE(host_.comes_true([this](const Told& told) {
            return !told.outcomes.empty() && told.outcomes.back().number == number_;
        }));
        return host_.told().outcomes.back();
    }

    fieldway::test::RecordingPluginHost host_;
    std::shared_ptr<AnsweringLine> line_ = std::make_shared<AnsweringLine>();
    BusProbe probe_{line_, key_of_probe, host_.sdk()};
    std::uint64_t number_ = 0;
};

TEST_F(BusProbeTest, ReadsAndWritesThroughTheLine) {
    start("read", {"3", "holding:0"});
    EXPECT_EQ(outcome().details, R"({"values":[{"name":"holding:0","value":215}]})");
    start("write", {"3", "holding:1=9"});
    EXPECT_EQ(outcome().details, R"({"values":[{"name":"holding:1","value":9}]})");
}

TEST_F(BusProbeTest, ScansTheOneLineThatThereIs) {
    start("scan", {});
    const wire::Outcome told = outcome();
    EXPECT_EQ(told.status, wire::OutcomeStatus::done);
    EXPECT_THAT(told.details, HasSubstr(R"("address":{"unit":3})"));
    EXPECT_THAT(told.details, HasSubstr(R"("parity":"even")")) << "as the line has it";
}

TEST_F(BusProbeTest, AFailureIsToldWithItsReason) {
    start("read", {"4", "holding:0"});
    EXPECT_EQ(outcome().status, wire::OutcomeStatus::failed);
    EXPECT_EQ(host_.told().outcomes.back().reason, "unit 4: no answer in 500ms");
    start("read", {"4", "holdign:0"});
    EXPECT_THAT(outcome().reason, HasSubstr("holdign:0"));
}

TEST_F(BusProbeTest, ASecondOneMeanwhileIsRefused) {
    line_->silent_ = true;
    start("read", {"3", "holding:0"});
    start("read", {"3", "holding:1"});
    EXPECT_EQ(outcome().status, wire::OutcomeStatus::refused);
    EXPECT_THAT(host_.told().outcomes.back().reason, HasSubstr("under way"));
}

TEST_F(BusProbeTest, StopEndsOneThatWaits) {
    line_->silent_ = true;
    start("scan", {});
    while (line_->asked() == 0)
        std::this_thread::yield();
    EXPECT_TRUE(probe_.stop(MonotonicTime::max()));
    EXPECT_EQ(host_.told().outcomes.size(), 1U) << "it is answered all the same";
    EXPECT_FALSE(line_->has_members());
    line_->silent_ = false;
    line_->join(key_of_probe, host_.sdk(), {});  // for the stop of the fixture
}

TEST(RawRequest, CrossesAsItIs) {
    Request request{7, Function::read_write_registers, 40, 3, 5, 6, 90, {0, 1, 2, 3}};
    EXPECT_EQ(raw_request_from(raw_request_text(request)).value(), request);
    for (const char* text : {"", "[]", "{}", R"({"unit": 300, "function": 3, "address": 0})"})
        EXPECT_FALSE(raw_request_from(text)) << text;
}

TEST(RawReply, CrossesAsItIs) {
    const Bytes registers{0, 215};
    Reply reply;
    reply.kind = Reply::Kind::answer;
    reply.data = registers;
    Bytes data;
    const Result<Reply> read = raw_reply_from(raw_reply_text(reply), data);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, Reply::Kind::answer);
    EXPECT_EQ(data, registers);
    reply.kind = Reply::Kind::exception;
    reply.exception = 2;
    EXPECT_EQ(raw_reply_from(raw_reply_text(reply), data)->exception, 2);
    for (const char* text : {"", "{}", R"({"kind": 9, "exception": 0, "data": "", "reason": ""})",
                             R"({"kind": 0, "exception": 0, "data": "0", "reason": ""})"}) {
        EXPECT_FALSE(raw_reply_from(text, data)) << text;
    }
}

TEST(RawCommand, OfAUnitThatNoDeviceHasIsAskedByThePoller) {
    LineOptions line;
    line.endpoint.kind = Endpoint::Kind::rtu;
    line.timeout = 500ms;
    fieldway::test::ManualClock clock;
    Poller poller(line, Random(1));
    PollerOutput out;
    poller.apply(key_of_probe, {}, clock.monotonic(), out);
    wire::Command command;
    command.kind = wire::CommandKind::scan;
    command.number = 4;
    command.arguments = raw_request_text({200, Function::read_input_registers, 12, 1});
    poller.submit(key_of_probe, command, clock.monotonic(), out);
    ASSERT_TRUE(out.outcomes.empty());
    poller.line_up(clock.monotonic(), out);
    const Step step = poller.next(clock.now(), out);
    ASSERT_TRUE(step.request);
    EXPECT_EQ(step.request->unit, 200);
    Reply reply;
    reply.time = clock.now();
    poller.done(reply, out);
    ASSERT_EQ(out.outcomes.size(), 1U);
    EXPECT_EQ(out.outcomes[0].input, key_of_probe);
    EXPECT_THAT(out.outcomes[0].outcome.details, HasSubstr(R"("kind":2)")) << "silence";
    command.arguments = "garbage";
    poller.submit(key_of_probe, command, clock.monotonic(), out);
    ASSERT_EQ(out.outcomes.size(), 2U);
    EXPECT_EQ(out.outcomes[1].outcome.status, wire::OutcomeStatus::refused);
}

}  // namespace
}  // namespace fieldway::modbus
