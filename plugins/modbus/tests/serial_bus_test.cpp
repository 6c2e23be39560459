// The bus against a slave in the test's hand, and against the simulator.
#include "modbus/serial_bus.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/pseudo_terminal.h"
#include "common/wake_event.h"
#include "modbus/rtu_frame.h"
#include "modbus/simulator/simulation.h"

namespace fieldway::modbus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

/// What the far side of the line does with each request: the bytes to send, in parts.
using Script = std::function<std::vector<Bytes>(const Bytes& request)>;

/// A slave on a thread of its own, so that requests and answers really meet on a line.
class Slave {
  public:
    explicit Slave(Script script)
        : terminal_(std::move(common::PseudoTerminal::open().value())),
          script_(std::move(script)),
          thread_([this] { run(); }) {}
    ~Slave() {
        end_.set();
        thread_.join();
    }
    Slave(Slave&&) = delete;
    [[nodiscard]] const std::string& path() const { return terminal_.path(); }
    void say(const Bytes& bytes) {
        EXPECT_EQ(::write(terminal_.far(), bytes.data(), bytes.size()), std::ssize(bytes));
    }

  private:
    void run() {
        for (;;) {
            std::array<pollfd, 2> waited = {
                {{terminal_.far(), POLLIN, 0}, {end_.descriptor(), POLLIN, 0}}};
            if (::poll(waited.data(), waited.size(), -1) < 0 || waited[1].revents != 0) return;
            Bytes request(64);
            const ssize_t size = ::read(terminal_.far(), request.data(), request.size());
            if (size <= 0) return;
            request.resize(static_cast<std::size_t>(size));
            for (const Bytes& part : script_(request))
                say(part);
        }
    }

    common::PseudoTerminal terminal_;
    common::WakeEvent end_;
    Script script_;
    std::thread thread_;
};

class SerialBusTest : public ::testing::Test {
  protected:
    SerialBus& bus_on(const std::string& path) {
        LineOptions options;
        options.endpoint.kind = Endpoint::Kind::rtu;
        options.endpoint.path = path;
        options.baud = 115200;
        bus_.emplace(options, stop_.descriptor(), clock_, figures_);
        const auto opened = bus_->open();
        EXPECT_TRUE(opened) << opened.error().text();
        return *bus_;
    }
    static Request read_input(std::uint8_t unit = 1, std::uint16_t count = 1) {
        Request request;
        request.unit = unit;
        request.function = Function::read_input_registers;
        request.count = count;
        return request;
    }

    common::WakeEvent stop_;
    SystemClock clock_;
    LineFigures figures_;
    std::optional<SerialBus> bus_;
};

std::vector<std::uint8_t> late_units(SerialBus& bus) {
    std::vector<std::uint8_t> units;
    for (const LateAnswer& late : bus.take_late())
        units.push_back(late.unit);
    return units;
}

Bytes data_of(const Reply& reply) {
    return {reply.data.begin(), reply.data.end()};
}

TEST_F(SerialBusTest, SendsTheFrameThatMakersPrintAndReadsItsAnswer) {
    Bytes sent;
    {
        Slave slave([&sent](const Bytes& request) {
            sent = request;
            return std::vector<Bytes>{hex("01 04 04 43 66 33 34 1B 38")};
        });
        const Reply reply = bus_on(slave.path()).ask(read_input(1, 2), 1s);
        EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
        EXPECT_EQ(data_of(reply), hex("43 66 33 34"));
    }
    EXPECT_EQ(sent, hex("01 04 00 00 00 02 71 CB"));
}

TEST_F(SerialBusTest, AnExceptionIsTheDevicesOwnAnswer) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{rtu_frame(1, hex("84 02"))}; });
    const Reply reply = bus_on(slave.path()).ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::exception);
    EXPECT_EQ(reply.exception, 2);
}

/// The read that is put in front of the first write tells that the line itself echoes nothing.
TEST_F(SerialBusTest, AWriteIsConfirmedByItsRepetition) {
    std::vector<Bytes> asked;
    {
        Slave slave([&asked](const Bytes& request) {
            asked.push_back(request);
            return std::vector<Bytes>{request[1] == 3 ? rtu_frame(1, hex("03 02 0000")) : request};
        });
        Request write = read_input();
        write.function = Function::write_single_register;
        write.address = 80;
        write.value = 0x1234;
        const Reply reply = bus_on(slave.path()).ask(write, 1s);
        EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
        EXPECT_EQ(data_of(reply), hex("12 34"));
        EXPECT_EQ(bus_->ask(write, 1s).kind, Reply::Kind::answer);
    }
    ASSERT_EQ(asked.size(), 3U) << "once is enough";
    EXPECT_EQ(asked[0][1], 3);
}

/// fault 39: otherwise a dead device would confirm whatever is written to it
TEST_F(SerialBusTest, AnAdaptersEchoConfirmsNothing) {
    Slave slave([](const Bytes& request) {
        if (request[1] != 3) return std::vector<Bytes>{request};
        return std::vector<Bytes>{request, rtu_frame(1, hex("03 02 0000"))};
    });
    Request write = read_input();
    write.function = Function::write_single_register;
    write.value = 0x1234;
    const Reply reply = bus_on(slave.path()).ask(write, 100ms);
    EXPECT_EQ(reply.kind, Reply::Kind::timeout);
    EXPECT_EQ(figures_.echoes, 2U);
}

/// A slave that sends a byte now and then does not hold the line.
TEST_F(SerialBusTest, ATricklingSlaveIsWaitedForNoLongerThanTheTimeout) {
    common::WakeEvent done;
    std::optional<std::thread> trickle;
    Slave slave([&](const Bytes&) { return std::vector<Bytes>{hex("01 04 FA")}; });
    SerialBus& bus = bus_on(slave.path());
    trickle.emplace([&] {
        pollfd waited{done.descriptor(), POLLIN, 0};
        while (::poll(&waited, 1, 10) == 0)
            slave.say(hex("00"));
    });
    const auto begun = clock_.monotonic();
    EXPECT_NE(bus.ask(read_input(1, 125), 300ms).kind, Reply::Kind::answer);
    EXPECT_LT(clock_.monotonic() - begun, 5s) << "0.3 s, and what a busy machine adds";
    done.set();
    trickle->join();
}

TEST_F(SerialBusTest, SilenceIsATimeoutAndTakesItsTime) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{}; });
    SerialBus& bus = bus_on(slave.path());
    const auto begun = clock_.monotonic();
    EXPECT_EQ(bus.ask(read_input(), 20ms).kind, Reply::Kind::timeout);
    EXPECT_GE(clock_.monotonic() - begun, 20ms);
}

/// fault 38
TEST_F(SerialBusTest, ADamagedAnswerIsNoAnswer) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{hex("01 04 02 00 D7 00 00")}; });
    const Reply reply = bus_on(slave.path()).ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::bad_answer);
    EXPECT_THAT(reply.reason, HasSubstr("damaged"));
}

TEST_F(SerialBusTest, ACutAnswerIsNoAnswer) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{hex("01 04 02 00")}; });
    EXPECT_EQ(bus_on(slave.path()).ask(read_input(), 1s).kind, Reply::Kind::bad_answer);
}

/// fault 40
TEST_F(SerialBusTest, AnotherUnitsAnswerIsLetByAndTheOwnOneWaitedFor) {
    Slave slave([](const Bytes&) {
        return std::vector<Bytes>{rtu_frame(7, hex("04 02 FFFF")), rtu_frame(1, hex("04 02 00D7"))};
    });
    SerialBus& bus = bus_on(slave.path());
    const Reply reply = bus.ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
    EXPECT_EQ(data_of(reply), hex("00 D7"));
    EXPECT_THAT(late_units(bus), ElementsAre(7));
    EXPECT_THAT(late_units(bus), IsEmpty());
}

/// libmodbus takes an answer of unit 0 for that of any unit
TEST_F(SerialBusTest, AnAnswerOfTheBroadcastUnitIsNobodysAnswer) {
    Slave slave([](const Bytes&) {
        return std::vector<Bytes>{rtu_frame(0, hex("04 02 FFFF")), rtu_frame(1, hex("04 02 00D7"))};
    });
    const Reply reply = bus_on(slave.path()).ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
    EXPECT_EQ(data_of(reply), hex("00 D7"));
}

/// fault 37: the answer to the request before, of another length, is let by
TEST_F(SerialBusTest, ALateAnswerOfAnotherShapeIsLetBy) {
    Slave slave([](const Bytes&) {
        return std::vector<Bytes>{rtu_frame(1, hex("04 04 0001 0002")),
                                  rtu_frame(1, hex("04 02 00D7"))};
    });
    SerialBus& bus = bus_on(slave.path());
    const Reply reply = bus.ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
    EXPECT_EQ(data_of(reply), hex("00 D7"));
    EXPECT_THAT(late_units(bus), ElementsAre(1));
}

TEST_F(SerialBusTest, WhatCameBetweenRequestsIsReadAwayAndNamed) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{rtu_frame(1, hex("04 02 00D7"))}; });
    SerialBus& bus = bus_on(slave.path());
    slave.say(rtu_frame(9, hex("04 02 0001")));
    slave.say(rtu_frame(8, hex("83 04")));
    const Reply reply = bus.ask(read_input(), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
    EXPECT_THAT(late_units(bus), ElementsAre(9, 8));
}

/// fault 39
TEST_F(SerialBusTest, NoiseBeforeARequestDoesNotHurtIt) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{rtu_frame(1, hex("04 02 00D7"))}; });
    SerialBus& bus = bus_on(slave.path());
    slave.say(hex("FF 00 55 AA 01 04 02"));
    EXPECT_EQ(bus.ask(read_input(), 1s).kind, Reply::Kind::answer);
    EXPECT_THAT(late_units(bus), IsEmpty());
}

TEST_F(SerialBusTest, AStopEndsTheWaitAtOnce) {
    Slave slave([this](const Bytes&) {
        stop_.set();
        return std::vector<Bytes>{};
    });
    SerialBus& bus = bus_on(slave.path());
    const auto begun = clock_.monotonic();
    EXPECT_EQ(bus.ask(read_input(), 60s).kind, Reply::Kind::lost);
    EXPECT_LT(clock_.monotonic() - begun, 10s);
}

/// fault 41
TEST_F(SerialBusTest, AnUnpluggedAdapterIsLostAndItsSuccessorIsOpened) {
    auto terminal =
        std::make_unique<common::PseudoTerminal>(std::move(common::PseudoTerminal::open().value()));
    SerialBus& bus = bus_on(terminal->path());
    terminal->unplug();
    EXPECT_EQ(bus.ask(read_input(), 1s).kind, Reply::Kind::lost);
    bus.close();
    EXPECT_FALSE(bus.open());
}

TEST_F(SerialBusTest, AUnitThatALineCannotHaveIsRefused) {
    Slave slave([](const Bytes&) { return std::vector<Bytes>{}; });
    const Reply reply = bus_on(slave.path()).ask(read_input(248), 1s);
    EXPECT_EQ(reply.kind, Reply::Kind::bad_answer);
    EXPECT_THAT(reply.reason, HasSubstr("unit 248 cannot be asked"));
}

TEST_F(SerialBusTest, TheSimulatorsUnitsAreReadThroughEveryFunction) {
    const std::string link = ::testing::TempDir() + "/bus-" + std::to_string(::getpid());
    const auto simulation = simulator::simulate(
        boost::json::parse("{\"url\": \"rtu:" + link +
                           R"(", "baud": 115200, "units": [{"unit": 3, "registers": {
            "holding:0": {"value": 7, "count": 125}, "input:0": {"value": 9},
            "coil:0": {"value": true, "count": 2000}, "discrete:5": {"value": true}}}]})")
            .as_object());
    ASSERT_TRUE(simulation) << simulation.error().text();
    SerialBus& bus = bus_on(link);
    const auto read = [&bus](Function function, std::uint16_t address, std::uint16_t count) {
        Request request;
        request.unit = 3;
        request.function = function;
        request.address = address;
        request.count = count;
        const Reply reply = bus.ask(request, 1s);
        EXPECT_EQ(reply.kind, Reply::Kind::answer) << reply.reason;
        return data_of(reply);
    };
    EXPECT_EQ(read(Function::read_holding_registers, 0, 125).size(), 250U);
    EXPECT_EQ(read(Function::read_input_registers, 0, 1), hex("00 09"));
    EXPECT_EQ(read(Function::read_coils, 0, 2000), Bytes(250, 0xFF));
    EXPECT_EQ(read(Function::read_discrete_inputs, 5, 1), hex("01"));
}

}  // namespace
}  // namespace fieldway::modbus
