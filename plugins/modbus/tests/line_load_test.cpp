// The cost model and what follows from it before anything is asked.
#include "modbus/line_load.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "modbus/line_cost.h"
#include "modbus/turn_around.h"
#include "poller_bench.h"

namespace fieldway::modbus {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

LineOptions line_of(Endpoint::Kind kind, int baud = 9600) {
    LineOptions line = Bench::default_line();
    line.endpoint.kind = kind;
    line.baud = baud;
    return line;
}

double milliseconds_of(Duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
}

// 8E1 at 9600 baud is 11 bits, 1.1458 ms a character: 8 of the request, 5 and twice the registers
// of the answer, 3.5 of silence (Modbus over Serial Line 2.5.1.1).
TEST(LineCost, CountsTheCharactersOfRtu) {
    const LineCost cost(line_of(Endpoint::Kind::rtu));
    EXPECT_NEAR(milliseconds_of(cost.of(milliseconds(10)).of(Area::input, 20)),
                (8 + 5 + 40 + 3.5) * 11 / 9.6 + 10, 0.01);
    EXPECT_NEAR(milliseconds_of(cost.of({}).of(Area::coil, 9)), (8 + 5 + 2 + 3.5) * 11 / 9.6, 0.01);
}

// :UUFFAAAACCCCLLrn and :UUFFNN..LLrn; 7E1 has 10 bits.
TEST(LineCost, CountsTheCharactersOfAscii) {
    LineOptions line = line_of(Endpoint::Kind::ascii);
    line.data_bits = 7;
    EXPECT_NEAR(milliseconds_of(LineCost(line).of({}).of(Area::holding, 2)),
                (17 + 11 + 8 + 3.5) * 10 / 9.6, 0.01);
}

TEST(LineCost, OfANetworkIsItsTurnAround) {
    const ReadCost cost = LineCost(line_of(Endpoint::Kind::tcp)).of(milliseconds(5));
    EXPECT_NEAR(milliseconds_of(cost.of(Area::holding, 125)), 5.4, 0.1);
}

TEST(LineCost, KnowsThePauseOfTheLineAndDoesNotMeasureIt) {
    LineOptions line = line_of(Endpoint::Kind::rtu);
    const Duration without = LineCost(line).of({}).of(Area::holding, 1);
    line.pause = milliseconds(20);
    EXPECT_EQ(LineCost(line).of({}).of(Area::holding, 1), without + milliseconds(20));
    EXPECT_EQ(LineCost(line).on_wire(Area::holding, 1), without);
}

TEST(TurnAround, IsTheMedianSoThatWhatWasHeldUpDoesNotCount) {
    TurnAround measured;
    for (std::size_t i = 0; i + 1 < TurnAround::answers; ++i) {
        EXPECT_FALSE(measured.median());
        EXPECT_FALSE(measured.add(i % 3 == 0 ? Duration(seconds(2)) : milliseconds(7)));
    }
    EXPECT_TRUE(measured.add(milliseconds(8)));
    EXPECT_EQ(measured.median(), milliseconds(7));
}

InputOptions thirty_units(Duration every) {
    InputOptions options;
    options.line = line_of(Endpoint::Kind::rtu);
    options.line.endpoint.path = "/dev/ttyS1";
    std::vector<std::uint16_t> registers(20);
    for (std::size_t i = 0; i < registers.size(); ++i)
        registers[i] = static_cast<std::uint16_t>(i);
    for (std::uint8_t unit = 1; unit <= 30; ++unit) {
        DeviceOptions device = Bench::device(unit, unit, registers, every);
        device.id = "d" + std::to_string(unit);
        options.devices.push_back(device);
    }
    return options;
}

TEST(LineLoad, AddsUpTheTimeOfEachRequest) {
    const LineLoad load = predict(thirty_units(seconds(10)));
    const double one = (8 + 5 + 40 + 3.5) * 11 / 9.6 + 10;
    EXPECT_EQ(load.all.requests, 30U);
    EXPECT_NEAR(load.all.requests_per_second, 3, 1e-9);
    EXPECT_NEAR(milliseconds_of(load.all.cycle), 30 * one, 0.1);
    EXPECT_NEAR(load.all.share, 30 * one / 10'000, 1e-4);
}

TEST(LineLoad, WarnsWhereThePlanCannotBeMet) {
    EXPECT_TRUE(problems_of(thirty_units(seconds(3)), predict(thirty_units(seconds(3)))).empty());
    const InputOptions options = thirty_units(seconds(1));
    const std::vector<Problem> problems = problems_of(options, predict(options));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_TRUE(problems[0].warning);
    EXPECT_EQ(problems[0].pointer, "/options/url");
    EXPECT_EQ(problems[0].sentence,
              "its points need 225 % of the line's time: one round of 30 requests takes 2243ms at "
              "9600 baud, with 10ms to the begin of each answer. Polls will come later than "
              "`every` says: ask less often or for less, or at a higher speed");
}

TEST(LineLoad, WarnsOfAUnitWhosePausesLeaveNoTime) {
    InputOptions options = thirty_units(seconds(10));
    options.devices[4].pause = seconds(10);
    const std::vector<Problem> problems = problems_of(options, predict(options));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].pointer, "/devices/4/options/pause");
}

TEST(LineLoad, IsShownWithTheBusThatItIsOf) {
    const InputOptions options = thirty_units(seconds(10));
    const boost::json::object json = to_json(options, predict(options));
    EXPECT_EQ(json.at("bus").as_string(), "rtu:/dev/ttyS1");
    EXPECT_EQ(json.at("cycle").as_string(), "2243ms");
    EXPECT_EQ(json.at("devices").as_array().size(), 30U);
}

}  // namespace
}  // namespace fieldway::modbus
