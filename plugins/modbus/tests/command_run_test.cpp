// Commands against simulated devices: what is sent, what is then there, what is told.
#include "modbus/command_run.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modbus/pdu.h"
#include "modbus/simulator/simulated_unit.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::OutcomeStatus;

simulator::SimulatedUnit simulated() {
    simulator::UnitOptions options;
    const auto add = [&options](Area area, std::uint16_t address, std::uint16_t count) {
        simulator::PointOptions point;
        point.area = area;
        point.address = address;
        point.count = count;
        if (is_bit_area(area)) point.layout.type = RegisterType::boolean;
        point.shows = Value(std::int64_t{0});
        options.points.push_back(point);
    };
    add(Area::holding, 0, 50);
    add(Area::coil, 0, 20);
    options.identification = {{0, "Acme"}, {1, "M7"}, {2, "1.4"}};
    return std::move(simulator::SimulatedUnit::make(options, 1).value());
}

class Device {
  public:
    PointOptions& add(const char* name, Area area, std::uint16_t address, RegisterType type) {
        PointOptions point;
        point.number = static_cast<std::uint32_t>(options.points.size());
        point.name = name;
        point.area = area;
        point.address = address;
        point.layout.type = type;
        point.writable = true;
        options.points.push_back(point);
        return options.points.back();
    }
    wire::Outcome write(std::vector<std::pair<const char*, Value>> values) {
        wire::Command command;
        command.kind = wire::CommandKind::write;
        for (auto& [name, value] : values)
            command.points.push_back({wire::undeclared_point, name, std::move(value)});
        return run(command);
    }
    wire::Outcome run(const wire::Command& command) {
        asked.clear();
        Result<CommandRun> run = CommandRun::make(1, options, command);
        if (!run) return {0, OutcomeStatus::refused, run.error().sentence(), {}, {}};
        for (;;) {
            const Request request = run->request();
            Bytes pdu;
            append_pdu(pdu, request);
            asked.push_back(to_hex(pdu));
            if (meddle) meddle(pdu);
            const Bytes answer = unit.answer(pdu, 0s);
            if (run->done(request, match_pdu(request, answer), 500ms)) return run->outcome();
        }
    }
    std::string registers(std::uint16_t address, std::uint16_t count) {
        Bytes pdu{3, 0, static_cast<std::uint8_t>(address), 0, static_cast<std::uint8_t>(count)};
        const Bytes answer = unit.answer(pdu, 0s);
        return to_hex(ByteView(answer).subspan(2));
    }

    DeviceOptions options;
    simulator::SimulatedUnit unit = simulated();
    std::vector<std::string> asked;
    std::function<void(Bytes&)> meddle;
};

TEST(CommandRun, WritesEachTypeByTheFunctionThatHoldsIt) {
    Device device;
    device.add("relay", Area::coil, 3, RegisterType::boolean);
    device.add("setpoint", Area::holding, 1, RegisterType::int16);
    device.add("limit", Area::holding, 2, RegisterType::float32);
    device.add("name", Area::holding, 4, RegisterType::string).layout.length = 2;
    device.add("one", Area::holding, 8, RegisterType::uint16).write_by = WriteBy::multiple;
    const wire::Outcome outcome = device.write({{"relay", Value(true)},
                                                {"setpoint", Value(std::int64_t{-2})},
                                                {"limit", Value(21.5)},
                                                {"name", Value(std::string("abc"))},
                                                {"one", Value(std::uint64_t{7})}});
    EXPECT_EQ(outcome.status, OutcomeStatus::done) << outcome.reason;
    EXPECT_THAT(device.asked, ElementsAre("050003ff00", "0100030001", "060001fffe", "0300010001",
                                          "10000200020441ac0000", "0300020002",
                                          "1000040002046162"
                                          "6300",
                                          "0300040002", "1000080001020007", "0300080001"));
    ASSERT_EQ(outcome.readings.size(), 5U);
    EXPECT_EQ(outcome.readings[0].value, Value(true));
    EXPECT_EQ(outcome.readings[2].value, Value(21.5F));
    EXPECT_EQ(device.registers(1, 8),
              "fffe41ac0000616263000000"
              "0000"
              "0007");
}

TEST(CommandRun, WritesNeighbouringCoilsTogetherWhereTheirPointsSaySo) {
    Device device;
    for (const auto& [name, address] :
         {std::pair("c", 12), std::pair("a", 10), std::pair("b", 11), std::pair("far", 15)}) {
        device.add(name, Area::coil, static_cast<std::uint16_t>(address), RegisterType::boolean)
            .write_by = WriteBy::multiple;
    }
    const wire::Outcome outcome = device.write(
        {{"c", Value(true)}, {"a", Value(true)}, {"far", Value(true)}, {"b", Value(false)}});
    EXPECT_EQ(outcome.status, OutcomeStatus::done) << outcome.reason;
    EXPECT_THAT(device.asked,
                ElementsAre("0f000a00030105", "01000a0003", "0f000f00010101", "01000f0001"));
    EXPECT_EQ(outcome.readings.size(), 4U);
}

TEST(CommandRun, WritesBitsByMaskOrReadModifyWriteAndNeverOtherBits) {
    for (const BitWrites how : {BitWrites::mask, BitWrites::read_modify_write}) {
        Device device;
        device.options.bit_writes = how;
        device.add("all", Area::holding, 5, RegisterType::uint16);
        device.add("mode", Area::holding, 5, RegisterType::uint16).bits = RegisterBits{4, 6};
        device.add("on", Area::holding, 5, RegisterType::boolean).bits = RegisterBits{15, 15};
        EXPECT_EQ(device.write({{"all", Value(std::uint64_t{0x1F8F})}}).status,
                  OutcomeStatus::done);
        const wire::Outcome outcome =
            device.write({{"mode", Value(std::uint64_t{5})}, {"on", Value(true)}});
        EXPECT_EQ(outcome.status, OutcomeStatus::done) << outcome.reason;
        EXPECT_EQ(outcome.readings[0].value, Value(std::uint64_t{5}));
        EXPECT_EQ(outcome.readings[1].value, Value(true));
        EXPECT_EQ(device.registers(5, 1), "9fdf");
        EXPECT_EQ(device.asked[0], how == BitWrites::mask ? "160005ff8f0050" : "0300050001");
        EXPECT_EQ(device.write({{"mode", Value(std::uint64_t{8})}}).status, OutcomeStatus::refused);
    }
}

TEST(CommandRun, WritesAndReadsBackByOneRequest) {
    Device device;
    device.add("x", Area::holding, 7, RegisterType::uint32).write_by = WriteBy::exchange;
    const wire::Outcome outcome = device.write({{"x", Value(std::uint64_t{70000})}});
    EXPECT_EQ(outcome.status, OutcomeStatus::done) << outcome.reason;
    EXPECT_THAT(device.asked, ElementsAre("1700070002000700020400011170"));
    EXPECT_EQ(outcome.readings.at(0).value, Value(std::uint64_t{70000}));
}

TEST(CommandRun, SaysWhatTheDeviceMadeOfIt) {
    Device device;
    device.add("x", Area::holding, 7, RegisterType::uint32);
    device.meddle = [](Bytes& pdu) {
        if (pdu[0] == 16) pdu.back() = 9;  // the device limits it
    };
    const wire::Outcome outcome = device.write({{"x", Value(std::uint64_t{70000})}});
    EXPECT_EQ(outcome.status, OutcomeStatus::failed);
    EXPECT_EQ(outcome.reason, "x: 70000 was written, 69897 is read back");
    device.options.points[0].verify = Verify::echo;
    EXPECT_EQ(device.write({{"x", Value(std::uint64_t{70000})}}).status, OutcomeStatus::done)
        << "the echo of FC 16 has no value";
    EXPECT_EQ(device.asked.size(), 1U);
}

TEST(CommandRun, StopsAtTheFirstWriteThatIsRefused) {
    Device device;
    device.add("missing", Area::holding, 90, RegisterType::uint16);
    device.add("there", Area::holding, 1, RegisterType::uint16);
    const wire::Outcome outcome =
        device.write({{"missing", Value(std::uint64_t{1})}, {"there", Value(std::uint64_t{1})}});
    EXPECT_EQ(outcome.reason, "missing: exception 02, illegal data address");
    EXPECT_EQ(device.asked.size(), 1U);
    EXPECT_EQ(device.registers(1, 1), "0000");
}

TEST(CommandRun, AsksADeviceWhatItIs) {
    Device device;
    wire::Command command;
    command.kind = wire::CommandKind::status;
    const wire::Outcome outcome = device.run(command);
    EXPECT_EQ(outcome.status, OutcomeStatus::done) << outcome.reason;
    EXPECT_EQ(outcome.details, R"({"vendor":"Acme","product_code":"M7","revision":"1.4"})");
    command.kind = wire::CommandKind::scan;
    EXPECT_EQ(device.run(command).status, OutcomeStatus::refused);
}

TEST(CommandRun, ABroadcastIsSentAndThatIsAll) {
    Device device;
    device.options.unit = broadcast_unit;
    device.add("x", Area::holding, 7, RegisterType::uint16).verify = Verify::none;
    wire::Command command;
    command.kind = wire::CommandKind::write;
    command.points.push_back({0, {}, Value(std::uint64_t{7})});
    Result<CommandRun> run = CommandRun::make(1, device.options, command);
    ASSERT_TRUE(run);
    Reply sent;
    sent.kind = Reply::Kind::answer;
    EXPECT_TRUE(run->done(run->request(), sent, 500ms));
    EXPECT_EQ(run->outcome().status, OutcomeStatus::done);
}

}  // namespace
}  // namespace fieldway::modbus
