// A broker that does as a test says: MQTT 5, on the test's own loop. For what a real broker does
// not do on demand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace fieldway::test {

class ScriptedBroker {
  public:
    /// What it says to a PUBLISH, the first of all being number 1: packets as bytes, empty for
    /// silence.
    using OnPublish = std::function<std::string(std::size_t number, std::uint16_t packet_id)>;

    /// What it says to a SUBSCRIBE; without it, nothing.
    using OnSubscribe = std::function<std::string(std::uint16_t packet_id)>;

    ScriptedBroker(boost::asio::io_context& io, std::string connack, OnPublish on_publish);

    void on_subscribe(OnSubscribe answer) { on_subscribe_ = std::move(answer); }
    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    [[nodiscard]] std::size_t connects() const { return connects_; }
    /// The payloads of all PUBLISH packets, in order of arrival.
    [[nodiscard]] const std::vector<std::string>& payloads() const { return payloads_; }

    static std::string connack(std::uint8_t code = 0, const std::string& properties = {});
    static std::string puback(std::uint16_t packet_id, std::uint8_t code = 0);
    static std::string disconnect(std::uint8_t code);

  private:
    struct Peer;
    void accept();
    void read(const std::shared_ptr<Peer>& peer);
    /// The answer to the packets that are complete in the peer's buffer.
    std::string answer(Peer& peer);
    std::string answer_publish(const std::string& body, std::uint8_t flags);

    boost::asio::ip::tcp::acceptor acceptor_;
    std::string connack_;
    OnPublish on_publish_;
    OnSubscribe on_subscribe_;
    std::size_t connects_ = 0;
    std::vector<std::string> payloads_;
};

}  // namespace fieldway::test
