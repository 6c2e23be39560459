#include "plugin_api/wire.h"

#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace fieldway::wire {
namespace {

using testing::HasSubstr;

std::string any_text() {
    return *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
}

Value any_value() {
    switch (*rc::gen::inRange(0, 8)) {
        case 1:
            return *rc::gen::arbitrary<bool>();
        case 2:
            return *rc::gen::arbitrary<std::int64_t>();
        case 3:
            return *rc::gen::arbitrary<std::uint64_t>();
        case 4:
            return *rc::gen::arbitrary<float>();
        case 5:
            return *rc::gen::arbitrary<double>();
        case 6:
            return any_text();
        case 7:
            return *rc::gen::arbitrary<Bytes>();
        default:
            return NoValue{};
    }
}

Reading any_reading() {
    Reading reading;
    if (*rc::gen::arbitrary<bool>()) {
        reading.point = *rc::gen::inRange<std::uint32_t>(0, undeclared_point);
    } else {
        reading.name = any_text();
    }
    reading.value = any_value();
    reading.bad = *rc::gen::arbitrary<bool>();
    reading.time.monotonic =
        MonotonicTime(std::chrono::nanoseconds(*rc::gen::nonNegative<std::int64_t>()));
    reading.time.wall = WallTime(std::chrono::milliseconds(
        *rc::gen::inRange<std::int64_t>(-62'167'219'200'000, 253'402'300'800'000)));
    return reading;
}

template <class Item>
std::vector<Item> some(Item (*any)()) {
    std::vector<Item> items;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i)
        items.push_back(any());
    return items;
}

DeviceReadings any_device_readings() {
    return {*rc::gen::arbitrary<std::uint32_t>(), any_text(), some(any_reading)};
}

PointValue any_point_value() {
    PointValue point;
    if (*rc::gen::arbitrary<bool>()) {
        point.point = *rc::gen::inRange<std::uint32_t>(0, undeclared_point);
    } else {
        point.name = any_text();
    }
    point.value = any_value();
    return point;
}

State any_state() {
    State state;
    state.of_device = *rc::gen::arbitrary<bool>();
    state.device = *rc::gen::arbitrary<std::uint32_t>();
    state.state = static_cast<InputState>(*rc::gen::inRange(0, 5));
    state.reason = any_text();
    state.details = any_text();
    return state;
}

Command any_command() {
    Command command;
    command.number = *rc::gen::arbitrary<std::uint64_t>();
    command.kind = static_cast<CommandKind>(*rc::gen::inRange(0, 4));
    command.device = *rc::gen::arbitrary<std::uint32_t>();
    command.expires = MonotonicTime(std::chrono::nanoseconds(*rc::gen::arbitrary<std::int64_t>()));
    command.arguments = any_text();
    command.points = some(any_point_value);
    return command;
}

Outcome any_outcome() {
    Outcome outcome;
    outcome.number = *rc::gen::arbitrary<std::uint64_t>();
    outcome.status = static_cast<OutcomeStatus>(*rc::gen::inRange(0, 4));
    outcome.reason = any_text();
    outcome.details = any_text();
    outcome.readings = some(any_reading);
    return outcome;
}

/// What was encoded is read back; cut off anywhere, or with a byte more, it is refused.
template <class Message, class Decode>
void holds_for(const Message& message, Decode decode) {
    Bytes bytes = encode(message);
    const auto whole = decode(bytes);
    RC_ASSERT(whole.has_value());
    RC_ASSERT(*whole == message);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        RC_ASSERT(!decode(ByteView(bytes).first(size)).has_value());
    }
    bytes.push_back(0);
    RC_ASSERT(!decode(bytes).has_value());
}

TEST(Wire, ReadingsAreReadBackAndEveryTruncationIsRefused) {
    EXPECT_TRUE(rc::check([] { holds_for(some(any_device_readings), decode_readings); }));
}

TEST(Wire, StatesAreReadBackAndEveryTruncationIsRefused) {
    EXPECT_TRUE(rc::check([] { holds_for(any_state(), decode_state); }));
}

TEST(Wire, CommandsAreReadBackAndEveryTruncationIsRefused) {
    EXPECT_TRUE(rc::check([] { holds_for(any_command(), decode_command); }));
}

TEST(Wire, OutcomesAreReadBackAndEveryTruncationIsRefused) {
    EXPECT_TRUE(rc::check([] { holds_for(any_outcome(), decode_outcome); }));
}

TEST(Wire, AFloatThatIsNoNumberCrossesAsItIs) {
    Reading reading;
    reading.point = 0;
    reading.value = std::nanf("");
    const auto decoded = decode_readings(encode(std::vector<DeviceReadings>{{1, "", {reading}}}));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_TRUE(std::isnan(std::get<float>(decoded->at(0).readings.at(0).value)));
}

TEST(Wire, TheBytesAreThoseOfTheHeader) {
    Reading reading;
    reading.point = 2;
    reading.bad = true;
    reading.time = {MonotonicTime(std::chrono::nanoseconds(3)),
                    WallTime(std::chrono::milliseconds(4))};
    reading.value = true;
    EXPECT_EQ(to_hex(encode(std::vector<DeviceReadings>{{7, "x", {reading}}})),
              "01000000"  // devices
              "07000000"
              "01000000"
              "01000000"
              "78"  // device, readings, reason
              "02000000"
              "01"
              "0300000000000000"
              "0400000000000000"
              "01"
              "01");
}

std::string refusal(const char* hex) {
    const auto decoded = decode_readings(*bytes_from_hex(hex));
    return decoded ? "not refused" : decoded.error().sentence();
}

TEST(Wire, NothingIsAllocatedOnTheOtherSidesWord) {
    EXPECT_THAT(refusal("ffffffff"), HasSubstr("more than 100000 items"));
    EXPECT_THAT(refusal("10270000 01000000"), HasSubstr("10000 items announced, 4 bytes follow"));
    EXPECT_THAT(refusal("01000000 07000000 10270000 00000000"), HasSubstr("10000 items announced"));
}

TEST(Wire, UnknownKindsFlagsAndImpossibleTimesAreRefused) {
    const char* head = "01000000 07000000 01000000 00000000 02000000";
    EXPECT_THAT(refusal((std::string(head) + "00 0000000000000000 0000000000000000 08").c_str()),
                HasSubstr("a value of kind 8 is unknown"));
    EXPECT_THAT(refusal((std::string(head) + "04 0000000000000000 0000000000000000 00").c_str()),
                HasSubstr("reading flags of 4"));
    EXPECT_THAT(refusal((std::string(head) + "00 ffffffffffffffff 0000000000000000 00").c_str()),
                HasSubstr("monotonic time of -1 ns"));
    EXPECT_THAT(refusal((std::string(head) + "00 0000000000000000 ffffffffffffff7f 00").c_str()),
                HasSubstr("not within the years 0 to 9999"));
    EXPECT_THAT(refusal((std::string(head) + "00 0000000000000000 0000000000000000 0102").c_str()),
                HasSubstr("a truth value of 2"));
}

}  // namespace
}  // namespace fieldway::wire
