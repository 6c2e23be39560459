#include "uplink/connect_forwarder.h"

#include <chrono>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace fieldway::uplink {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

TEST(ConnectHead, NamesHostAndPort) {
    EXPECT_EQ(parse_connect_head("CONNECT broker.example:8883 HTTP/1.1\r\nHost: x\r\n\r\n"),
              (ConnectTarget{"broker.example", 8883}));
    EXPECT_EQ(parse_connect_head("CONNECT [::1]:1 HTTP/1.0\r\n\r\n"), (ConnectTarget{"[::1]", 1}));
}

TEST(ConnectHead, AnythingElseIsNone) {
    for (const char* head :
         {"", "\r\n", "GET / HTTP/1.1\r\n\r\n", "CONNECT broker HTTP/1.1\r\n\r\n",
          "CONNECT broker:70000 HTTP/1.1\r\n\r\n", "CONNECT broker:x HTTP/1.1\r\n\r\n",
          "CONNECT :1 HTTP/1.1\r\n\r\n", "CONNECT broker:1\r\n\r\n", "CONNECT broker:1 HTTP/1.1"}) {
        EXPECT_EQ(parse_connect_head(head), std::nullopt) << head;
    }
}

TEST(ConnectHead, NamesItsClient) {
    const std::string head = "CONNECT b:1 HTTP/1.1\r\nHost: b\r\nProxy-Authorization: Basic ";
    EXPECT_EQ(parse_connect_client(head + "MTp4\r\n\r\n"), 1U);  // 1:x
    EXPECT_EQ(parse_connect_client(head + "MTIzNDU2Nzp4\r\n\r\n"), 1234567U);
    EXPECT_EQ(parse_connect_client(head + "MTI6eA==\r\n\r\n"), 12U);  // 12:x
    for (const char* text : {"", "eDp4", "MTIz", "!", "LTE6eA=="}) {  // x:x, 123, -1:x
        EXPECT_EQ(parse_connect_client(head + text + "\r\n\r\n"), 0U) << text;
    }
    EXPECT_EQ(parse_connect_client("CONNECT b:1 HTTP/1.1\r\n\r\n"), 0U);
}

TEST(ConnectForwarder, TakesAFreePort) {
    const auto one = ConnectForwarder::start();
    const auto other = ConnectForwarder::start();
    ASSERT_TRUE(one);
    ASSERT_TRUE(other);
    EXPECT_NE((*one)->url_for(1), (*other)->url_for(1));
}

/// A listener whose queue is full: what connects to it gets no answer at all.
class Swallows {
  public:
    explicit Swallows(const tcp::endpoint& at) : listener_(io_, at) {
        listener_.listen(0);
        for (int i = 0; i < 4; ++i) {
            waiting_.emplace_back(io_);
            waiting_.back().async_connect(at, [](boost::system::error_code) {});
        }
    }

  private:
    asio::io_context io_;  // never run: what began to connect goes on waiting
    tcp::acceptor listener_;
    std::vector<tcp::socket> waiting_;
};

TEST(ConnectForwarder, AnAddressThatSwallowsPacketsDoesNotKeepUsFromTheNext) {
    asio::io_context io;
    tcp::acceptor broker(io, {asio::ip::make_address("127.0.0.1"), 0});
    const std::uint16_t port = broker.local_endpoint().port();
    const Swallows swallows({asio::ip::make_address("127.0.0.2"), port});
    const auto forwarder = ConnectForwarder::start(std::chrono::seconds(4)).value();
    forwarder->serve({"broker", port}, {"127.0.0.2", "127.0.0.1"});

    const std::string url = forwarder->url_for(1);
    tcp::socket client(io);
    client.connect({asio::ip::make_address("127.0.0.1"),
                    static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))});
    asio::write(client,
                asio::buffer("CONNECT broker:" + std::to_string(port) + " HTTP/1.1\r\n\r\nhello"));
    tcp::socket accepted(io);
    bool there = false;
    broker.async_accept(accepted, [&](boost::system::error_code failed) { there = !failed; });
    io.run_for(std::chrono::seconds(10));
    ASSERT_TRUE(there);
    std::string text(5, ' ');
    asio::read(accepted, asio::buffer(text));
    EXPECT_EQ(text, "hello");
}

/// A tunnel through the forwarder, ended by the broker as the test says.
struct Tunnelled {
    explicit Tunnelled(std::uint64_t number) {
        const std::uint16_t port = broker.local_endpoint().port();
        forwarder->serve({"broker", port}, {"127.0.0.1"});
        const std::string url = forwarder->url_for(number);
        client.connect({asio::ip::make_address("127.0.0.1"),
                        static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))});
        asio::write(client, asio::buffer("CONNECT broker:" + std::to_string(port) +
                                         " HTTP/1.1\r\nProxy-Authorization: Basic MTp4\r\n\r\nx"));
        broker.accept(accepted);
        char byte = 0;
        asio::read(accepted, asio::buffer(&byte, 1));
    }
    /// Until the client sees the end.
    void read_to_the_end() {
        std::string rest;
        boost::system::error_code ended;
        asio::read(client, asio::dynamic_buffer(rest), ended);
    }

    asio::io_context io;
    tcp::acceptor broker{io, {asio::ip::make_address("127.0.0.1"), 0}};
    std::unique_ptr<ConnectForwarder> forwarder = ConnectForwarder::start().value();
    tcp::socket client{io};
    tcp::socket accepted{io};
};

TEST(ConnectForwarder, TellsAnOrderlyEndByTheBroker) {
    Tunnelled tunnel(1);
    EXPECT_EQ(tunnel.forwarder->ending_of(1), Ending::unknown);
    tunnel.accepted.close();
    tunnel.read_to_the_end();
    EXPECT_EQ(tunnel.forwarder->ending_of(1), Ending::by_peer);
}

TEST(ConnectForwarder, TellsAReset) {
    Tunnelled tunnel(1);
    tunnel.accepted.set_option(asio::socket_base::linger(true, 0));
    tunnel.accepted.close();
    tunnel.read_to_the_end();
    EXPECT_EQ(tunnel.forwarder->ending_of(1), Ending::reset);
}

TEST(ConnectForwarder, AnEndByTheClientIsNoneOfTheBrokers) {
    Tunnelled tunnel(1);
    tunnel.client.close();
    char byte = 0;
    boost::system::error_code ended;
    asio::read(tunnel.accepted, asio::buffer(&byte, 1), ended);
    tunnel.accepted.close();
    EXPECT_EQ(tunnel.forwarder->ending_of(1), Ending::unknown);
}

}  // namespace
}  // namespace fieldway::uplink
