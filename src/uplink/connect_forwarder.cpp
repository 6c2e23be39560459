#include "uplink/connect_forwarder.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace fieldway::uplink {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::optional<ConnectTarget> parse_connect_head(std::string_view head) {
    constexpr std::string_view method = "CONNECT ";
    const auto line_end = head.find("\r\n");
    if (!head.starts_with(method) || line_end == std::string_view::npos) return std::nullopt;
    std::string_view line = head.substr(method.size(), line_end - method.size());
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !line.substr(space).starts_with(" HTTP/1.")) {
        return std::nullopt;
    }
    line = line.substr(0, space);
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    ConnectTarget target{std::string(line.substr(0, colon)), 0};
    const std::string_view port = line.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
    return target;
}

namespace {

/// Standard alphabet; what is not in it ends the text.
std::string from_base64(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos) break;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>(bits >> count & 0xFF));
    }
    return bytes;
}

Ending ending_by(const error_code& failed) {
    if (failed == asio::error::eof) return Ending::by_peer;
    const bool reset =
        failed == asio::error::connection_reset || failed == asio::error::broken_pipe;
    return reset ? Ending::reset : Ending::unknown;
}

}  // namespace

std::uint64_t parse_connect_client(std::string_view head) {
    constexpr std::string_view field = "Proxy-Authorization: Basic ";
    const auto at = head.find(field);
    if (at == std::string_view::npos) return 0;
    const std::string text = from_base64(head.substr(at + field.size()));
    std::uint64_t client = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), client);
    return error == std::errc() && end != text.data() + text.size() && *end == ':' ? client : 0;
}

/// One connection through us. It lives as long as one of its operations. Thread: the forwarder's.
class Tunnel : public std::enable_shared_from_this<Tunnel> {
  public:
    Tunnel(ConnectForwarder& forwarder, tcp::socket client)
        : forwarder_(forwarder),
          count_(forwarder.tunnels_),
          client_(std::move(client)),
          broker_(forwarder.io_),
          deadline_(forwarder.io_),
          trying_(forwarder.io_) {}

    void start() {
        // The answer is sent before the question is read: Paho asks, looks once, and then sleeps
        // 250 ms under its global lock. Whether the broker can be reached shows when the tunnel
        // stays open.
        answer_ = "HTTP/1.1 200 OK\r\n\r\n";
        asio::async_write(client_, asio::buffer(answer_),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                              if (!failed) self->read_head();
                          });
        deadline_.expires_after(forwarder_.patience_);
        deadline_.async_wait([weak = weak_from_this()](error_code cancelled) {
            const auto self = weak.lock();
            if (!cancelled && self) self->close();
        });
    }

  private:
    using Buffer = std::array<char, 4096>;

    void read_head() {
        asio::async_read_until(client_, asio::dynamic_buffer(head_, 4096), "\r\n\r\n",
                               [self = shared_from_this()](error_code failed, std::size_t size) {
                                   if (!failed) self->connect(size);
                               });
    }

    void connect(std::size_t head_size) {
        const auto target = parse_connect_head(head_);
        if (!target) return close();
        target_ = *target;
        of_client_ = parse_connect_client(head_);
        forwarder_.note_ending(of_client_, Ending::unknown);
        endpoints_ = forwarder_.endpoints_of(target_);
        if (endpoints_.empty()) return close();
        head_.erase(0, head_size);
        try_next();
    }

    void try_next() {
        const std::size_t at = next_++;
        trying_.expires_after(forwarder_.patience_ / (2 * endpoints_.size()));
        trying_.async_wait([weak = weak_from_this(), at](error_code cancelled) {
            const auto self = weak.lock();
            error_code ignored;
            if (!cancelled && self && self->next_ == at + 1) self->broker_.cancel(ignored);
        });
        broker_.async_connect(endpoints_[at], [self = shared_from_this()](error_code failed) {
            self->tried(failed);
        });
    }

    void tried(error_code failed) {
        trying_.cancel();
        if (failed == asio::error::operation_aborted) failed = asio::error::timed_out;
        forwarder_.note(target_, failed ? failed.message() : "");
        if (!failed) return connected();
        if (!client_.is_open() || next_ == endpoints_.size()) return close();
        error_code ignored;
        broker_.close(ignored);
        try_next();
    }

    void connected() {
        deadline_.cancel();
        error_code ignored;
        client_.set_option(tcp::no_delay(true), ignored);
        broker_.set_option(tcp::no_delay(true), ignored);
        // A peer that vanished is noticed although only Paho talks: unacknowledged bytes end the
        // connection.
        const unsigned milliseconds = 30'000;
        ::setsockopt(broker_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds,
                     sizeof milliseconds);
        asio::async_write(broker_, asio::buffer(head_),
                          [self = shared_from_this()](error_code failed, std::size_t) {
                              if (failed) return self->close();
                              self->pass(self->client_, self->broker_, self->up_);
                              self->pass(self->broker_, self->client_, self->down_);
                          });
    }

    void pass(tcp::socket& from, tcp::socket& to, Buffer& buffer) {
        from.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &from, &to, &buffer](
                                                       error_code failed, std::size_t size) {
            if (failed) return self->end(from, failed);
            asio::async_write(to, asio::buffer(buffer, size),
                              [self, &from, &to, &buffer](error_code broken, std::size_t) {
                                  if (broken) return self->end(to, broken);
                                  self->pass(from, to, buffer);
                              });
        });
    }

    /// The first side to fail says how it ended, before the other can notice.
    void end(const tcp::socket& failing, const error_code& failed) {
        if (&failing == &broker_ && broker_.is_open()) {
            forwarder_.note_ending(of_client_, ending_by(failed));
        }
        close();
    }

    void close() {
        error_code ignored;
        deadline_.cancel();
        trying_.cancel();
        client_.close(ignored);
        broker_.close(ignored);
    }

    ConnectForwarder& forwarder_;
    std::shared_ptr<int> count_;
    tcp::socket client_;
    tcp::socket broker_;
    asio::steady_timer deadline_;
    asio::steady_timer trying_;  // patience with the address that is being tried
    ConnectTarget target_;
    std::uint64_t of_client_ = 0;
    std::vector<tcp::endpoint> endpoints_;
    std::size_t next_ = 0;  // of endpoints_
    std::string answer_;
    std::string head_;
    Buffer up_{};
    Buffer down_{};
};

ConnectForwarder::ConnectForwarder(std::chrono::milliseconds patience)
    : patience_(patience), acceptor_(io_), pause_(io_) {}

Result<std::unique_ptr<ConnectForwarder>> ConnectForwarder::start(
    std::chrono::milliseconds patience) {
    std::unique_ptr<ConnectForwarder> forwarder(new ConnectForwarder(patience));
    error_code failed;
    const tcp::endpoint loopback(asio::ip::address_v4::loopback(), 0);
    tcp::acceptor& acceptor = forwarder->acceptor_;
    acceptor.open(loopback.protocol(), failed);
    if (!failed) acceptor.bind(loopback, failed);
    if (!failed) acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
        return Error::retry("cannot listen on 127.0.0.1 for the MQTT library's TLS connections: " +
                            failed.message());
    }
    forwarder->address_ = fmt::format("127.0.0.1:{}", acceptor.local_endpoint().port());
    forwarder->accept();
    forwarder->thread_ = std::thread([io = &forwarder->io_] { io->run(); });
    return forwarder;
}

ConnectForwarder::~ConnectForwarder() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
}

void ConnectForwarder::accept() {
    acceptor_.async_accept([this](error_code failed, tcp::socket client) {
        if (!acceptor_.is_open()) return;
        if (!failed && static_cast<std::size_t>(tunnels_.use_count()) <= most_tunnels) {
            std::make_shared<Tunnel>(*this, std::move(client))->start();
        }
        if (!failed) return accept();
        // Without a descriptor left, accepting would fail again at once and for ever.
        pause_.expires_after(std::chrono::milliseconds(100));
        pause_.async_wait([this](error_code cancelled) {
            if (!cancelled) accept();
        });
    });
}

void ConnectForwarder::serve(const ConnectTarget& target, std::vector<std::string> addresses) {
    const std::lock_guard lock(mutex_);
    brokers_[target].addresses = std::move(addresses);
}

std::string ConnectForwarder::url_for(std::uint64_t client) const {
    return fmt::format("{}:x@{}", client, address_);
}

Ending ConnectForwarder::ending_of(std::uint64_t client) const {
    const std::lock_guard lock(mutex_);
    const auto found = endings_.find(client);
    return found == endings_.end() ? Ending::unknown : found->second;
}

void ConnectForwarder::note_ending(std::uint64_t client, Ending ending) {
    if (client == 0) return;
    const std::lock_guard lock(mutex_);
    endings_[client] = ending;
}

std::string ConnectForwarder::last_error(const ConnectTarget& target) const {
    const std::lock_guard lock(mutex_);
    const auto found = brokers_.find(target);
    return found == brokers_.end() ? std::string() : found->second.error;
}

void ConnectForwarder::note(const ConnectTarget& target, std::string error) {
    const std::lock_guard lock(mutex_);
    const auto found = brokers_.find(target);
    if (found != brokers_.end()) found->second.error = std::move(error);
}

std::vector<tcp::endpoint> ConnectForwarder::endpoints_of(const ConnectTarget& target) const {
    std::vector<tcp::endpoint> endpoints;
    const std::lock_guard lock(mutex_);
    const auto found = brokers_.find(target);
    if (found == brokers_.end()) return endpoints;
    for (const std::string& address : found->second.addresses) {
        error_code failed;
        const auto parsed = asio::ip::make_address(address, failed);
        if (!failed) endpoints.emplace_back(parsed, target.port);
    }
    return endpoints;
}

}  // namespace fieldway::uplink
