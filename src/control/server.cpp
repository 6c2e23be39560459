#include "control/server.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "base/clock.h"
#include "base/quantity_text.h"

namespace fieldway::control {

namespace asio = boost::asio;
namespace json = boost::json;
using Protocol = asio::local::stream_protocol;

namespace {

class ServerOnSocket;

/// How long a client may take to read its answer: one that does not read holds a place that another
/// one wants.
constexpr Duration write_patience = std::chrono::seconds(30);
/// Without a free descriptor nobody can be let in: tried again after this.
constexpr Duration accept_again_after = std::chrono::seconds(1);

/// One client: reads a line, waits for its answer, writes it, reads the next.
class Client : public std::enable_shared_from_this<Client> {  // shared: its own handlers keep it
  public:
    Client(Protocol::socket socket, ServerOnSocket& server)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), server_(server) {}

    void read();
    void refuse(std::string_view sentence);
    void close() {
        boost::system::error_code ignored;
        open_ = false;
        timer_.cancel();
        socket_.close(ignored);
    }

  private:
    void handle(std::size_t length);
    void write(std::string line, bool go_on);
    void end();

    Protocol::socket socket_;
    asio::steady_timer timer_;  ///< of a write
    /// Only touched while `open_`: the server closes its clients before it goes, but what had
    /// completed by then (a line that was read, an answer) still arrives.
    ServerOnSocket& server_;
    std::string received_;
    std::string sending_;
    bool open_ = true;
};

class ServerOnSocket final : public Server {
  public:
    ServerOnSocket(asio::io_context& core, std::filesystem::path path, Handler handler, Log log)
        : acceptor_(core),
          accept_timer_(core),
          path_(std::move(path)),
          handler_(std::move(handler)),
          log_(std::move(log)) {}
    ~ServerOnSocket() override { close_all(); }
    ServerOnSocket(const ServerOnSocket&) = delete;
    ServerOnSocket& operator=(const ServerOnSocket&) = delete;

    Result<> open();
    void accept();
    void stop() override { close_all(); }
    void forget(const std::shared_ptr<Client>& client) { clients_.erase(client); }
    [[nodiscard]] const Handler& handler() const { return handler_; }

  private:
    void welcome(Protocol::socket socket);
    void accept_later(const std::string& why);
    void close_all();
    void give_to_group() const;

    Protocol::acceptor acceptor_;
    asio::steady_timer accept_timer_;
    bool accept_failed_ = false;  ///< and told
    std::filesystem::path path_;
    Handler handler_;
    Log log_;
    std::set<std::shared_ptr<Client>> clients_;
    std::shared_ptr<const bool> alive_ =
        std::make_shared<const bool>(true);  // weakly held by handlers on their way
};

void Client::read() {
    asio::async_read_until(
        socket_, asio::dynamic_buffer(received_, most_request_bytes), '\n',
        [self = shared_from_this()](boost::system::error_code error, std::size_t length) {
            if (!self->open_) return;
            if (error == asio::error::not_found) {
                self->refuse("the request has more than " + size_text(most_request_bytes) +
                             ", the most that is read");
            } else if (error) {
                self->end();
            } else {
                self->handle(length);
            }
        });
}

void Client::handle(std::size_t length) {
    const std::string line = received_.substr(0, length - 1);
    received_.erase(0, length);
    auto request = parse_request(line);
    if (!request) {
        write(answer_line(request.error()), true);
        return;
    }
    server_.handler()(*request, [self = shared_from_this()](Result<json::value> answer) {
        if (self->open_) self->write(answer_line(answer), true);
    });
}

void Client::refuse(std::string_view sentence) {
    write(answer_line(Error::drop_item(std::string(sentence))), false);
}

void Client::write(std::string line, bool go_on) {
    sending_ = std::move(line);
    timer_.expires_after(write_patience);
    timer_.async_wait([self = weak_from_this()](boost::system::error_code cancelled) {
        if (const auto client = self.lock(); client && !cancelled) client->end();
    });
    asio::async_write(
        socket_, asio::buffer(sending_),
        [self = shared_from_this(), go_on](boost::system::error_code error, std::size_t) {
            self->timer_.cancel();
            if (error || !go_on) {
                self->end();
            } else {
                self->read();
            }
        });
}

void Client::end() {
    if (!open_) return;
    close();
    server_.forget(shared_from_this());
}

/// Whether some process listens at the path, also one that will not talk to us.
bool answers(const std::filesystem::path& path) {
    asio::io_context context;
    Protocol::socket socket(context);
    boost::system::error_code error;
    socket.connect(Protocol::endpoint(path.string()), error);
    return error != asio::error::connection_refused &&
           error != boost::system::errc::no_such_file_or_directory;
}

Error socket_error(const std::filesystem::path& path, const std::string& why) {
    return Error::stop_device("the control socket " + path.string() + " cannot be opened: " + why +
                              "; set gateway.control_socket to a path that this user may create");
}

Result<> ServerOnSocket::open() {
    if (path_.string().size() >= sizeof(sockaddr_un::sun_path)) {
        return socket_error(path_, "the path has " + std::to_string(path_.string().size()) +
                                       " bytes, the most is 107");
    }
    std::error_code ignored;
    const auto kind = std::filesystem::symlink_status(path_, ignored).type();
    if (kind == std::filesystem::file_type::socket) {
        if (answers(path_)) {
            return Error::stop_program("another gateway answers at the control socket " +
                                       path_.string() + "; stop it, or set gateway.control_socket");
        }
        std::filesystem::remove(path_, ignored);
    } else if (kind != std::filesystem::file_type::not_found &&
               kind != std::filesystem::file_type::none) {
        return socket_error(path_, "something that is no socket is there");
    }
    std::filesystem::create_directories(path_.parent_path(), ignored);
    boost::system::error_code error;
    acceptor_.open(Protocol(), error);
    const ::mode_t before = ::umask(0117);  // born as 0660, never for a moment wider
    if (!error) acceptor_.bind(Protocol::endpoint(path_.string()), error);
    ::umask(before);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        boost::system::error_code again;
        acceptor_.close(again);  // so that the end does not remove what is not ours
        return socket_error(path_, error.message());
    }
    give_to_group();
    return {};
}

void ServerOnSocket::give_to_group() const {
    char buffer[4096];
    struct group entry {};
    struct group* found = nullptr;
    if (::getgrnam_r("fieldway", &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) {
        return;
    }
    if (::chown(path_.c_str(), static_cast<::uid_t>(-1), found->gr_gid) != 0) {
        log_.debug("control.group",
                   std::string("the control socket keeps its group: ") + std::strerror(errno));
    }
}

void ServerOnSocket::accept() {
    acceptor_.async_accept([this, alive = std::weak_ptr(alive_)](boost::system::error_code error,
                                                                 Protocol::socket socket) {
        if (alive.expired() || !acceptor_.is_open()) return;
        if (error) return accept_later(error.message());
        accept_failed_ = false;
        welcome(std::move(socket));
        accept();
    });
}

void ServerOnSocket::welcome(Protocol::socket socket) {
    auto client = std::make_shared<Client>(std::move(socket), *this);
    clients_.insert(client);
    if (clients_.size() > most_clients) {
        client->refuse("16 clients are connected, the most that are served at once");
    } else {
        client->read();
    }
}

/// No descriptor is free, or the like: the next one may find a place.
void ServerOnSocket::accept_later(const std::string& why) {
    if (!accept_failed_) {
        accept_failed_ = true;
        log_.warning("control.accept", "no client can be let in at the control socket: " + why);
    }
    accept_timer_.expires_after(accept_again_after);
    accept_timer_.async_wait(
        [this, alive = std::weak_ptr(alive_)](boost::system::error_code cancelled) {
            if (!cancelled && !alive.expired() && acceptor_.is_open()) accept();
        });
}

void ServerOnSocket::close_all() {
    if (!acceptor_.is_open()) return;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    for (const auto& client : clients_)
        client->close();
    clients_.clear();
    std::error_code not_there;
    std::filesystem::remove(path_, not_there);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::listen(asio::io_context& core,
                                               const std::filesystem::path& path, Handler handler,
                                               Log log) {
    auto server = std::make_unique<ServerOnSocket>(core, path, std::move(handler), std::move(log));
    if (auto opened = server->open(); !opened) return opened.error();
    server->accept();
    return std::unique_ptr<Server>(std::move(server));
}

}  // namespace fieldway::control
