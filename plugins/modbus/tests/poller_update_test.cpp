// Devices that change or go while the line is in use.
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "modbus/poller.h"
#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::seconds;
using test::device_states;
using test::hall;
using test::PollerBench;

TEST(PollerUpdate, AnUpdateLeavesUnchangedDevicesAlone) {
    PollerBench bench;
    const DeviceOptions same = PollerBench::device(7, 1, {1}, seconds(10));
    bench.start({same, PollerBench::device(8, 2, {1}, seconds(10))});
    bench.run_for(seconds(25));
    bench.asked.clear();
    bench.states.clear();
    bench.poller_.apply(
        hall,
        {same, PollerBench::device(8, 2, {1, 2}, seconds(10)), PollerBench::device(9, 3, {1})},
        bench.clock_.monotonic(), bench.out_);
    while (bench.turn()) {
    }
    for (const Request& request : bench.asked)
        EXPECT_NE(request.unit, 1);
    EXPECT_EQ(bench.asked.size(), 2U);
    EXPECT_EQ(device_states(bench), std::vector<std::string>{"9 up"}) << "a reload is no news";
}

TEST(PollerUpdate, AReplyToARemovedDeviceIsNobodysReading) {
    PollerBench bench;
    bench.start({PollerBench::device(7, 1, {1})});
    const Step step = bench.poller_.next(bench.clock_.now(), bench.out_);
    ASSERT_TRUE(step.request);
    bench.poller_.apply(hall, {PollerBench::device(8, 1, {2})}, bench.clock_.monotonic(),
                        bench.out_);
    Reply reply = bench.answer_to(*step.request);
    reply.time = bench.clock_.now();
    bench.poller_.done(reply, bench.out_);
    EXPECT_TRUE(bench.out_.readings.empty());
    bench.submit(wire::CommandKind::read, 8, 0);
    const Step command = bench.poller_.next(bench.clock_.now(), bench.out_);
    ASSERT_TRUE(command.request);
    bench.poller_.remove(hall, bench.out_);
    EXPECT_EQ(bench.out_.outcomes.size(), 1U);
    reply = bench.answer_to(*command.request);
    bench.poller_.done(reply, bench.out_);
    EXPECT_TRUE(bench.out_.readings.empty());
}

}  // namespace
}  // namespace fieldway::modbus
