#include "control/client.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "base/quantity_text.h"
#include "control/line_protocol.h"

namespace fieldway::control {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_answer_bytes = 256 * 1024 * 1024;

Error not_reachable(const std::filesystem::path& socket, const boost::system::error_code& error) {
    std::string sentence = "no gateway answers at " + socket.string() + ": " + error.message();
    if (error == boost::system::errc::permission_denied) {
        sentence += "; become a member of the group fieldway, or ask as root";
    } else {
        sentence += "; start one with `fieldway run`, or name its socket with --control";
    }
    return Error::retry(sentence);
}

class ConnectionOnSocket final : public Connection {
  public:
    Result<> connect(const std::filesystem::path& path) {
        boost::system::error_code error;
        socket_.connect(asio::local::stream_protocol::endpoint(path.string()), error);
        if (error) return not_reachable(path, error);
        return {};
    }
    Result<boost::json::value> ask(const boost::json::object& request, Duration timeout) override;

  private:
    asio::io_context context_;
    asio::local::stream_protocol::socket socket_{context_};
    std::string received_;
};

Result<boost::json::value> ConnectionOnSocket::ask(const boost::json::object& request,
                                                   Duration timeout) {
    const std::string line = boost::json::serialize(request) + '\n';
    boost::system::error_code error;
    std::size_t length = 0;
    asio::async_write(
        socket_, asio::buffer(line), [&](boost::system::error_code failed, std::size_t) {
            error = failed;
            if (failed) return;
            asio::async_read_until(socket_, asio::dynamic_buffer(received_, most_answer_bytes),
                                   '\n',
                                   [&](boost::system::error_code read_failed, std::size_t got) {
                                       error = read_failed;
                                       length = got;
                                   });
        });
    context_.restart();
    context_.run_for(timeout);
    if (!context_.stopped()) {
        boost::system::error_code ignored;
        socket_.close(ignored);
        context_.run();  // its handlers refer to what stands here
        return Error::retry("the gateway did not answer within " + to_text(timeout));
    }
    if (error) return Error::retry("the gateway closed the control socket: " + error.message());
    auto answer = parse_answer(std::string_view(received_).substr(0, length));
    received_.erase(0, length);
    return answer;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& socket) {
    auto connection = std::make_unique<ConnectionOnSocket>();
    if (auto connected = connection->connect(socket); !connected) return connected.error();
    return std::unique_ptr<Connection>(std::move(connection));
}

Result<boost::json::value> ask(const std::filesystem::path& socket,
                               const boost::json::object& request, Duration timeout) {
    auto connection = Connection::open(socket);
    if (!connection) return connection.error();
    return (*connection)->ask(request, timeout);
}

}  // namespace fieldway::control
