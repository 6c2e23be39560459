#include "support/scripted_broker.h"

#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

namespace fieldway::test {

using boost::asio::ip::tcp;

struct ScriptedBroker::Peer {
    explicit Peer(tcp::socket its_socket) : socket(std::move(its_socket)) {}
    tcp::socket socket;
    std::string buffer;
    std::array<char, 65536> chunk{};
};

namespace {

std::uint8_t byte_at(const std::string& text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

std::uint16_t number_at(const std::string& text, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(text, at) << 8 | byte_at(text, at + 1));
}

/// A variable byte integer at `at`, which moves behind it; false when it is not all there.
bool take_length(const std::string& text, std::size_t& at, std::size_t& length) {
    length = 0;
    for (unsigned shift = 0; at < text.size(); shift += 7) {
        const std::uint8_t byte = byte_at(text, at++);
        length |= static_cast<std::size_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) return true;
    }
    return false;
}

}  // namespace

ScriptedBroker::ScriptedBroker(boost::asio::io_context& io, std::string connack,
                               OnPublish on_publish)
    : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      connack_(std::move(connack)),
      on_publish_(std::move(on_publish)) {
    accept();
}

std::string ScriptedBroker::connack(std::uint8_t code, const std::string& properties) {
    std::string packet{'\x20', static_cast<char>(3 + properties.size()), '\0',
                       static_cast<char>(code), static_cast<char>(properties.size())};
    return packet + properties;
}

std::string ScriptedBroker::puback(std::uint16_t packet_id, std::uint8_t code) {
    return {'\x40', '\x03', static_cast<char>(packet_id >> 8), static_cast<char>(packet_id & 0xFF),
            static_cast<char>(code)};
}

std::string ScriptedBroker::disconnect(std::uint8_t code) {
    return {'\xE0', '\x01', static_cast<char>(code)};
}

void ScriptedBroker::accept() {
    acceptor_.async_accept([this](boost::system::error_code failed, tcp::socket socket) {
        if (failed) return;
        read(std::make_shared<Peer>(std::move(socket)));
        accept();
    });
}

void ScriptedBroker::read(const std::shared_ptr<Peer>& peer) {
    peer->socket.async_read_some(boost::asio::buffer(peer->chunk),
                                 [this, peer](boost::system::error_code failed, std::size_t size) {
                                     if (failed) return;
                                     peer->buffer.append(peer->chunk.data(), size);
                                     const std::string reply = answer(*peer);
                                     boost::system::error_code ignored;
                                     boost::asio::write(peer->socket, boost::asio::buffer(reply),
                                                        ignored);
                                     read(peer);
                                 });
}

std::string ScriptedBroker::answer(Peer& peer) {
    std::string reply;
    for (;;) {
        std::size_t at = 1;
        std::size_t length = 0;
        if (!take_length(peer.buffer, at, length) || peer.buffer.size() < at + length) return reply;
        const std::uint8_t head = byte_at(peer.buffer, 0);
        const std::string body = peer.buffer.substr(at, length);
        peer.buffer.erase(0, at + length);
        switch (head >> 4) {
            case 1:
                ++connects_;
                reply += connack_;
                break;
            case 3:
                reply += answer_publish(body, head & 0x0F);
                break;
            case 8:
                if (on_subscribe_) reply += on_subscribe_(number_at(body, 0));
                break;
            case 12:
                reply += std::string("\xD0\0", 2);
                break;
            default:
                break;
        }
    }
}

std::string ScriptedBroker::answer_publish(const std::string& body, std::uint8_t flags) {
    std::size_t at = std::size_t{2} + number_at(body, 0);
    if ((flags & 0x06) == 0) return {};
    const std::uint16_t packet_id = number_at(body, at);
    at += 2;
    std::size_t properties = 0;
    take_length(body, at, properties);
    payloads_.push_back(body.substr(at + properties));
    return on_publish_(payloads_.size(), packet_id);
}

}  // namespace fieldway::test
