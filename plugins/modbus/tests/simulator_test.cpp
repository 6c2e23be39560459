// The simulator as a client meets it: real sockets and pseudo-terminals, no fixed ports, no sleeps.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "common/serial_port.h"
#include "common/serial_timing.h"
#include "modbus/frame_scanner.h"
#include "modbus/modbus_options.h"
#include "modbus/rtu_frame.h"
#include "modbus/simulator/simulation.h"

namespace fieldway::modbus::simulator {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;

Bytes hex(std::string_view text) {
    return bytes_from_hex(text).value();
}

std::unique_ptr<sdk::Simulation> running(const std::string& entry) {
    auto made = simulate(json::parse(entry).as_object());
    EXPECT_TRUE(made) << made.error().text();
    return std::move(made.value());
}

constexpr const char* units =
    R"("units": [{"unit": 1, "registers": {"holding:0": {"value": 215}}}])";

class Client {
  public:
    explicit Client(std::string_view url) : socket_(loop_) {
        const auto endpoint = parse_endpoint(url);
        socket_.connect(tcp::endpoint(asio::ip::make_address(endpoint->host), endpoint->port));
    }
    void send(const Bytes& bytes) { asio::write(socket_, asio::buffer(bytes)); }
    Bytes receive(std::size_t size) {
        Bytes bytes(size);
        boost::system::error_code error;
        bytes.resize(asio::read(socket_, asio::buffer(bytes), error));
        return bytes;
    }

  private:
    asio::io_context loop_;
    tcp::socket socket_;
};

std::string url_of(const sdk::Simulation& simulation) {
    return std::string(simulation.address().at("url").as_string());
}

TEST(Simulator, AnswersOverTcpOnAFreePortThatItTells) {
    const auto simulation = running(std::string(R"({"url": "tcp://127.0.0.1:0", )") + units + "}");
    Client client(url_of(*simulation));
    client.send(hex("1234 0000 0006 01 03 0000 0001"));
    EXPECT_EQ(client.receive(11), hex("1234 0000 0005 01 03 02 00D7"));
}

TEST(Simulator, AnswersRequestsThatCameTogetherInOrder) {
    const auto simulation = running(std::string(R"({"url": "tcp://127.0.0.1:0", )") + units + "}");
    Client client(url_of(*simulation));
    client.send(hex("0001 0000 0006 01 03 0000 0001  0002 0000 0006 01 03 0009 0001"));
    EXPECT_EQ(client.receive(20), hex("0001 0000 0005 01 03 02 00D7  0002 0000 0003 01 83 02"));
}

TEST(Simulator, ConnectionsShareTheUnits) {
    const auto simulation = running(std::string(R"({"url": "tcp://127.0.0.1:0", )") + units + "}");
    Client one(url_of(*simulation));
    Client other(url_of(*simulation));
    one.send(hex("0001 0000 0006 01 06 0000 0063"));
    one.receive(12);
    other.send(hex("0001 0000 0006 01 03 0000 0001"));
    EXPECT_EQ(other.receive(11), hex("0001 0000 0005 01 03 02 0063"));
}

TEST(Simulator, WhatIsNoModbusIsHungUpOn) {
    const auto simulation = running(std::string(R"({"url": "tcp://127.0.0.1:0", )") + units + "}");
    for (const char* bytes : {"0001 0001 0006 01 03", "0001 0000 0001 01", "0001 0000 FFFF 01"}) {
        Client client(url_of(*simulation));
        client.send(hex(bytes));
        EXPECT_EQ(client.receive(1), Bytes()) << bytes;
    }
}

TEST(Simulator, ALateAnswerComesAfterOnesThatWereAskedForLater) {
    const auto simulation = running(R"({"url": "tcp://127.0.0.1:0", "units": [
        {"unit": 1, "registers": {"holding:0": {"value": 1}},
         "faults": {"late": {"rate": 1, "for": "30ms"}}},
        {"unit": 2, "registers": {"holding:0": {"value": 2}}}]})");
    Client client(url_of(*simulation));
    client.send(hex("0001 0000 0006 01 03 0000 0001  0002 0000 0006 02 03 0000 0001"));
    EXPECT_EQ(client.receive(22),
              hex("0002 0000 0005 02 03 02 0002  0001 0000 0005 01 03 02 0001"));
}

TEST(Simulator, ACountMakesAFarm) {
    const auto simulation =
        running(std::string(R"({"url": "tcp://127.0.0.1:0", "count": 20, )") + units + "}");
    const json::object address = simulation->address();
    ASSERT_EQ(address.at("urls").as_array().size(), 20U);
    for (const json::value& url : address.at("urls").as_array()) {
        Client client(url.as_string());
        client.send(hex("0007 0000 0006 01 03 0000 0001"));
        EXPECT_EQ(client.receive(11), hex("0007 0000 0005 01 03 02 00D7"));
    }
}

TEST(Simulator, APortThatIsTakenIsNamed) {
    const auto simulation = running(std::string(R"({"url": "tcp://127.0.0.1:0", )") + units + "}");
    const auto second = simulate(
        json::parse("{\"url\": \"" + url_of(*simulation) + "\", " + units + "}").as_object());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().sentence().find("choose another port, or 0"), std::string::npos);
}

std::string link_path(const char* name) {
    return ::testing::TempDir() + "/" + name + "-" + std::to_string(::getpid());
}

/// Reads until so many bytes came, or nothing came for two seconds.
Bytes read_from(const common::SerialPort& port, std::size_t size) {
    Bytes bytes;
    while (bytes.size() < size) {
        pollfd wait{port.descriptor(), POLLIN, 0};
        if (::poll(&wait, 1, 2000) <= 0) break;
        std::array<std::uint8_t, 256> chunk{};
        const ssize_t got = ::read(port.descriptor(), chunk.data(), chunk.size());
        if (got <= 0) break;
        bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + got);
    }
    return bytes;
}

TEST(Simulator, AnswersOnALinkToAPseudoTerminalThatIsGoneAfterwards) {
    const std::string link = link_path("sim-rtu");
    {
        const auto simulation =
            running("{\"url\": \"rtu:" + link + "\", \"baud\": 115200, " + units + "}");
        common::SerialPort port({link, {115200, common::Parity::even, 8, 1}, false});
        ASSERT_TRUE(port.open());
        const Bytes request = rtu_frame(1, hex("03 0000 0001"));
        ASSERT_EQ(::write(port.descriptor(), request.data(), request.size()), 8);
        EXPECT_EQ(read_from(port, 7), rtu_frame(1, hex("03 02 00D7")));
    }
    EXPECT_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST(Simulator, ALineTakesTheTimeThatItsRateTakes) {
    const std::string link = link_path("sim-pace");
    const auto simulation =
        running("{\"url\": \"rtu:" + link + "\", \"baud\": 1200, " + units + "}");
    common::SerialPort port({link, {1200, common::Parity::even, 8, 1}, false});
    ASSERT_TRUE(port.open());
    const auto begun = std::chrono::steady_clock::now();
    const Bytes request = rtu_frame(1, hex("03 0000 0001"));
    ASSERT_EQ(::write(port.descriptor(), request.data(), request.size()), 8);
    EXPECT_EQ(read_from(port, 7).size(), 7U);
    EXPECT_GE(std::chrono::steady_clock::now() - begun,
              common::characters_time({1200, common::Parity::even, 8, 1}, 15));
}

TEST(Simulator, AnswersRtuOverTcpAndAsciiToo) {
    const auto over_tcp =
        running(std::string(R"({"url": "rtu+tcp://127.0.0.1:0", )") + units + "}");
    ASSERT_TRUE(url_of(*over_tcp).starts_with("rtu+tcp://127.0.0.1:"));
    Client client(url_of(*over_tcp));
    client.send(rtu_frame(1, hex("03 0000 0001")));
    EXPECT_EQ(client.receive(7), rtu_frame(1, hex("03 02 00D7")));

    const std::string link = link_path("sim-ascii");
    const auto ascii =
        running("{\"url\": \"ascii:" + link + "\", \"baud\": 115200, " + units + "}");
    common::SerialPort port({link, {115200, common::Parity::even, 7, 1}, false});
    ASSERT_TRUE(port.open());
    const Bytes request = make_frame(Framing::ascii, 1, hex("03 0000 0001"));
    ASSERT_EQ(::write(port.descriptor(), request.data(), request.size()), std::ssize(request));
    const Bytes answer = make_frame(Framing::ascii, 1, hex("03 02 00D7"));
    EXPECT_EQ(read_from(port, answer.size()), answer);
}

TEST(Simulator, AnswersDatagrams) {
    const auto simulation = running(std::string(R"({"url": "udp://127.0.0.1:0", )") + units + "}");
    const auto endpoint = parse_endpoint(url_of(*simulation));
    asio::io_context loop;
    asio::ip::udp::socket socket(loop);
    socket.connect({asio::ip::make_address(endpoint->host), endpoint->port});
    socket.send(asio::buffer(hex("00 00 00 00 00 02")));
    socket.send(asio::buffer(hex("1234 0000 0006 01 03 0000 0001")));
    Bytes answer(300);
    answer.resize(socket.receive(asio::buffer(answer)));
    EXPECT_EQ(answer, hex("1234 0000 0005 01 03 02 00D7"));
}

TEST(Simulator, AnAdapterThatEchoesGivesTheRequestBackFirst) {
    const std::string link = link_path("sim-echo");
    const auto simulation =
        running("{\"url\": \"rtu:" + link + "\", \"baud\": 115200, \"echo\": true, " + units + "}");
    common::SerialPort port({link, {115200, common::Parity::even, 8, 1}, false});
    ASSERT_TRUE(port.open());
    const Bytes request = rtu_frame(1, hex("03 0000 0001"));
    ASSERT_EQ(::write(port.descriptor(), request.data(), request.size()), 8);
    EXPECT_EQ(read_from(port, 8), request);
    EXPECT_EQ(read_from(port, 7), rtu_frame(1, hex("03 02 00D7")));
}

/// fault 41
TEST(Simulator, AnUnpluggedPortComesBackUnderItsLink) {
    const std::string link = link_path("sim-unplug");
    const auto simulation = running("{\"url\": \"rtu:" + link +
                                    R"(", "baud": 115200, "units": [{"unit": 1, "registers": {},
        "faults": {"unplugged": {"rate": 1, "for": "1ms"}}}]})");
    common::SerialPort port({link, {115200, common::Parity::even, 8, 1}, false});
    ASSERT_TRUE(port.open());
    const Bytes request = rtu_frame(1, hex("03 0000 0001"));
    ASSERT_EQ(::write(port.descriptor(), request.data(), request.size()), 8);
    pollfd gone{port.descriptor(), 0, 0};
    ASSERT_EQ(::poll(&gone, 1, 10'000), 1);
    EXPECT_NE(gone.revents & (POLLHUP | POLLERR), 0);
    port.close();
    bool back = false;
    for (int i = 0; i < 10'000 && !back; ++i) {
        pollfd nothing{-1, 0, 0};
        (void)::poll(&nothing, 1, 1);
        back = port.open().has_value();
    }
    EXPECT_TRUE(back);
}

TEST(Simulator, AServerOfOneConnectionHangsUpOnTheSecond) {
    const auto simulation =
        running(std::string(R"({"url": "tcp://127.0.0.1:0", "connections": 1, )") + units + "}");
    Client first(url_of(*simulation));
    first.send(hex("1234 0000 0006 01 03 0000 0001"));
    EXPECT_EQ(first.receive(11).size(), 11U);
    Client second(url_of(*simulation));
    EXPECT_EQ(second.receive(1), Bytes());
}

TEST(Simulator, AFileInTheWayOfALinkIsKept) {
    const auto refused = simulate(
        json::parse(std::string(R"({"url": "rtu:/dev/null", )") + units + "}").as_object());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().sentence(), "/dev/null is there and no link: choose another path");
}

}  // namespace
}  // namespace fieldway::modbus::simulator
