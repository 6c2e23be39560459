#include "control/client.h"

#include <string>

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

}  // namespace

Result<boost::json::value> ask(const std::filesystem::path& socket_path,
                               const boost::json::object& request, Duration timeout) {
    asio::io_context context;
    asio::local::stream_protocol::socket socket(context);
    boost::system::error_code error;
    socket.connect(asio::local::stream_protocol::endpoint(socket_path.string()), error);
    if (error) return not_reachable(socket_path, error);

    const std::string line = boost::json::serialize(request) + '\n';
    std::string answer;
    std::size_t length = 0;
    asio::async_write(
        socket, asio::buffer(line), [&](boost::system::error_code failed, std::size_t) {
            error = failed;
            if (failed) return;
            asio::async_read_until(socket, asio::dynamic_buffer(answer, most_answer_bytes), '\n',
                                   [&](boost::system::error_code read_failed, std::size_t got) {
                                       error = read_failed;
                                       length = got;
                                   });
        });
    context.run_for(timeout);
    if (!context.stopped()) {
        return Error::retry("the gateway did not answer within " + to_text(timeout));
    }
    if (error) return Error::retry("the gateway closed the control socket: " + error.message());
    return parse_answer(std::string_view(answer).substr(0, length));
}

}  // namespace fieldway::control
