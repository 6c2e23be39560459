// Promise one, with all faults at once and by seed: faults 36 to 40. FIELDWAY_TRANSACTIONS says how
// many requests each transport sends (20,000; the long lane 1,000,000).
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>

#include "faulty_line.h"

namespace fieldway::modbus::test {
namespace {

using namespace std::chrono_literals;
using simulator::FaultKind;
using simulator::FaultOptions;

std::uint64_t number_from(const char* name, std::uint64_t preset) {
    const char* text = std::getenv(name);
    return text == nullptr ? preset : std::strtoull(text, nullptr, 10);
}

/// Every kind once in a hundred requests, delays up to the end of the late window.
FaultOptions all_faults(Endpoint::Kind kind) {
    FaultOptions faults;
    for (auto& fault : faults.faults)
        fault.rate = 0.01;
    const LineOptions options = FaultyLine::options_of(kind);
    faults[FaultKind::unplugged].rate = 0;  // a port is not part of this
    faults[FaultKind::delay].wait = 1ms;
    faults[FaultKind::delay].most = options.timeout;
    faults[FaultKind::late].rate = 0.03;
    faults[FaultKind::late].wait = options.timeout;
    // The whole answer must be there when the window ends.
    faults[FaultKind::late].most = options.timeout + options.late_window - 60ms;
    // A second copy that comes after a silence cannot be told from the next answer; on a line it
    // stands directly behind the first one.
    if (!is_serial(kind)) faults[FaultKind::duplicated].most = timing_of(options).quiet * 9 / 10;
    faults[FaultKind::exception].code = 4;
    // Characters of one frame among those of another: the checksum of ASCII has 8 bits, and lets
    // one of 256 such frames through.
    if (kind == Endpoint::Kind::ascii) faults[FaultKind::trickle].rate = 0;
    return faults;
}

struct Transport {
    const char* name;
    Endpoint::Kind kind;
};
void PrintTo(const Transport& transport, std::ostream* out) {
    *out << transport.name;
}

class MixedFaults : public testing::TestWithParam<Transport> {
  protected:
    const std::uint64_t seed_ = number_from("FIELDWAY_SEED", 20'261'125);
};

TEST_P(MixedFaults, GiveNoValueOfAnotherPointOrTimeAndLeaveNothingOutOfStep) {
    const std::uint64_t requests = number_from("FIELDWAY_TRANSACTIONS", 20'000);
    FaultyLine line(GetParam().kind, seed_, all_faults(GetParam().kind));
    line.run(requests);
    std::cout << GetParam().name << ": seed " << seed_ << ", " << line.figures().requests
              << " requests, " << line.good << " good readings, " << line.bad << " bad, "
              << line.written << " writes done, " << line.failed << " not\n";
    EXPECT_EQ(line.wrong, 0U) << line.first_wrong << ", FIELDWAY_SEED=" << seed_;
    for (const auto& [kind, count] : line.injected)
        EXPECT_GE(count, requests / 200) << name_of(kind);
    EXPECT_GE(line.good, requests) << "most requests are answered all the same";
    EXPECT_GE(line.written, requests / 200) << "writes get through all the same";
    EXPECT_EQ(line.poller().answers_beyond_window(), 0U);
    line.run_clean(3min);
    EXPECT_EQ(line.wrong, 0U) << line.first_wrong;
    EXPECT_EQ(line.bad_when_clean, 0U) << "out of step for good";
}

TEST_P(MixedFaults, OneAfterTheOtherGiveNoWrongValueEither) {
    const FaultOptions all = all_faults(GetParam().kind);
    for (std::size_t i = 0; i < simulator::fault_kinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        if (kind == FaultKind::unplugged) continue;
        FaultOptions faults;
        faults[kind] = all[kind];
        faults[kind].rate = 0.3;
        FaultyLine line(GetParam().kind, seed_ + i, faults);
        line.run(1000);
        EXPECT_EQ(line.wrong, 0U) << name_of(kind) << ": " << line.first_wrong;
    }
}

INSTANTIATE_TEST_SUITE_P(EachTransport, MixedFaults,
                         testing::Values(Transport{"rtu", Endpoint::Kind::rtu},
                                         Transport{"ascii", Endpoint::Kind::ascii},
                                         Transport{"tcp", Endpoint::Kind::tcp},
                                         Transport{"rtu_over_tcp", Endpoint::Kind::rtu_over_tcp},
                                         Transport{"udp", Endpoint::Kind::udp}),
                         [](const auto& one) { return std::string(one.param.name); });

/// What is not promised is counted, and told.
TEST(LateWindow, CountsAnswersThatComeAfterIt) {
    FaultOptions faults;
    faults[FaultKind::late].rate = 0.02;
    faults[FaultKind::late].wait = 2s;
    faults[FaultKind::late].most = 3s;
    FaultyLine line(Endpoint::Kind::rtu, 7, faults);
    line.run(3000);
    EXPECT_GT(line.poller().answers_beyond_window() + line.wrong, 0U);
    std::cout << line.poller().answers_beyond_window() << " answers beyond the window counted, "
              << line.wrong << " taken for another one\n";
}

}  // namespace
}  // namespace fieldway::modbus::test
