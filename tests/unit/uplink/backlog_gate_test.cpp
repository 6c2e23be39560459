#include "uplink/backlog_gate.h"

#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::uplink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Pass = BacklogGate::Pass;

const Stream telemetry{Lane::telemetry, Drain::in_order};
const Stream alarm{Lane::alarm, Drain::in_order};
const MonotonicTime start{std::chrono::hours(1)};

/// Devices that always have another message of their size, through a gate for so long.
std::map<BacklogGate::Ticket, std::vector<MonotonicTime>> contend(
    double rate, const std::map<BacklogGate::Ticket, std::size_t>& sizes, Duration span) {
    BacklogGate gate(rate);
    std::map<BacklogGate::Ticket, std::vector<MonotonicTime>> through;
    const auto want = [&](MonotonicTime now, BacklogGate::Ticket ticket) {
        while (gate.ask(now, {ticket, telemetry}, sizes.at(ticket)))
            through[ticket].push_back(now);
    };
    for (const auto& [ticket, size] : sizes)
        want(start, ticket);
    for (MonotonicTime now = start; now < start + span; now = gate.next().value()) {
        while (const auto pass = gate.due(now)) {
            through[pass->ticket].push_back(now);
            want(now, pass->ticket);
        }
    }
    return through;
}

TEST(BacklogGate, DevicesWithSmallAndLargeMessagesGetTheSameBytes) {
    const auto through = contend(2000, {{1, 100}, {2, 100'000}, {3, 100}}, seconds(20));
    const auto bytes = [&](BacklogGate::Ticket ticket, double size) {
        return static_cast<double>(through.at(ticket).size()) * size;
    };
    EXPECT_NEAR(bytes(1, 100) / bytes(3, 100), 1, 0.01);
    EXPECT_NEAR(bytes(1, 100) / bytes(2, 100'000), 1, 0.06);
}

TEST(BacklogGate, NoSecondHasMoreThanTheRateOverAllDevices) {
    const auto through = contend(250, {{1, 100}, {2, 5000}, {3, 70}}, seconds(5));
    std::multiset<MonotonicTime> all;
    for (const auto& [ticket, times] : through)
        all.insert(times.begin(), times.end());
    EXPECT_GE(all.size(), 1200U);
    for (const MonotonicTime from : all) {
        EXPECT_LE(std::distance(all.lower_bound(from), all.lower_bound(from + seconds(1))), 250);
    }
}

TEST(BacklogGate, ADeviceThatWasAwayHasSavedNothingUp) {
    BacklogGate gate(10);
    MonotonicTime now = start;
    while (gate.ask(now, {1, telemetry}, 100)) {
    }
    for (int i = 0; i < 1000; ++i) {
        now = gate.next().value();
        EXPECT_EQ(gate.due(now), (Pass{1, telemetry}));
        while (gate.ask(now, {1, telemetry}, 100)) {
        }
    }
    gate.ask(now, {2, telemetry}, 100);
    std::map<BacklogGate::Ticket, int> turns;
    for (int i = 0; i < 20; ++i) {
        now = gate.next().value();
        const Pass pass = gate.due(now).value();
        ++turns[pass.ticket];
        EXPECT_FALSE(gate.ask(now, pass, 100));
    }
    EXPECT_NEAR(turns[1], 10, 1);
    EXPECT_NEAR(turns[2], 10, 1);
}

TEST(BacklogGate, AlarmsOfAnyDeviceGoFirst) {
    BacklogGate gate(10);
    for (BacklogGate::Ticket ticket = 1; gate.ask(start, {ticket, telemetry}, 100);) {
    }
    gate.ask(start, {2, telemetry}, 100);
    gate.ask(start, {3, alarm}, 100'000);
    EXPECT_EQ(gate.due(gate.next().value()), (Pass{3, alarm}));
}

TEST(BacklogGate, NobodyWaitsWithoutALimit) {
    BacklogGate gate(0);
    for (BacklogGate::Ticket ticket = 1; ticket < 10'000; ++ticket)
        ASSERT_TRUE(gate.ask(start, {ticket, telemetry}, 100));
    EXPECT_FALSE(gate.next());
}

TEST(BacklogGate, WhoLeftIsNotLetThrough) {
    BacklogGate gate(1);
    EXPECT_TRUE(gate.ask(start, {1, telemetry}, 100));
    EXPECT_FALSE(gate.ask(start, {1, telemetry}, 100));
    EXPECT_FALSE(gate.ask(start, {1, alarm}, 100));
    gate.leave(1);
    EXPECT_FALSE(gate.next());
    EXPECT_FALSE(gate.due(start + seconds(5)));
}

/// Any order of askings, leavings and time: who waits is let through, each once, when next() says,
/// and never faster than the rate.
TEST(BacklogGate, NobodyIsForgottenAndNobodyWaitsForEver) {
    EXPECT_TRUE(rc::check([](const std::vector<std::uint16_t>& events) {
        constexpr int rate = 5;
        BacklogGate gate(rate);
        MonotonicTime now = start;
        std::set<Pass> waiting;
        std::vector<MonotonicTime> through;
        const auto note = [&] {
            through.push_back(now);
            if (through.size() > rate)
                RC_ASSERT(now - through[through.size() - 1 - rate] >= seconds(1));
        };
        const auto let = [&] {
            while (const auto pass = gate.due(now)) {
                RC_ASSERT(waiting.erase(*pass) == 1U);
                note();
            }
        };
        for (const std::uint16_t event : events) {
            const Pass pass{static_cast<BacklogGate::Ticket>(event / 8 % 4),
                            stream_at(event / 32 % stream_count)};
            if (event % 8 < 4) {
                const bool waits = waiting.contains(pass);
                if (gate.ask(now, pass, event)) {
                    RC_ASSERT(waiting.empty());
                    note();
                } else if (!waits) {
                    waiting.insert(pass);
                }
            } else if (event % 8 == 4) {
                gate.leave(pass.ticket);
                std::erase_if(waiting, [&](const Pass& one) { return one.ticket == pass.ticket; });
            } else {
                now += milliseconds(event % 300);
                let();
            }
            RC_ASSERT(gate.next().has_value() == !waiting.empty());
        }
        while (!waiting.empty()) {
            const std::size_t before = waiting.size();
            now = std::max(now, gate.next().value());
            let();
            RC_ASSERT(waiting.size() < before);
        }
    }));
}

}  // namespace
}  // namespace fieldway::uplink
