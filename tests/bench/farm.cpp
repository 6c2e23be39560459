// Many Modbus TCP slaves in one process, as cheap as possible, that note when each request came.
//
// Usage: bench_farm SLAVES PERIOD_MS [DEAD]. Prints {"ports": [...]} at once; on each SIGUSR1 the
// figures since the last one (or the start), and begins anew. The last DEAD slaves accept
// connections and never answer; the figures are those of the others:
//   requests, seconds   how many came, in what time
//   missed              turns of PERIOD_MS without a request, between a slave's first and last one
//   lateness            against each slave's own grid of PERIOD_MS, which its earliest request
//                       defines: a spread over the period costs nothing
// PERIOD_MS 0: no grid, no lateness. Ends on SIGTERM.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>

#include "base/clock.h"

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::ip::tcp;
using fieldway::Duration;
using fieldway::MonotonicTime;

constexpr std::size_t request_bytes = 12;  // MBAP header and a read request
constexpr std::size_t most_noted = 1'000'000;

struct Slave {
    std::vector<MonotonicTime> requests;
    std::uint64_t count = 0;
    std::uint16_t counter = 0;
    bool dead = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket socket, Slave& slave) : socket_(std::move(socket)), slave_(slave) {
        socket_.set_option(tcp::no_delay(true));
    }

    void read() {
        asio::async_read(socket_, asio::buffer(request_),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                             if (error) return;
                             if (self->slave_.dead) return self->read();
                             self->answer();
                         });
    }

  private:
    void answer() {
        ++slave_.count;
        if (slave_.requests.size() < most_noted) {
            slave_.requests.push_back(std::chrono::steady_clock::now());
        }
        const std::size_t registers = request_[11];
        reply_.assign(request_.begin(), request_.begin() + 8);
        reply_[4] = 0;
        reply_[5] = static_cast<std::uint8_t>(3 + 2 * registers);
        reply_.push_back(static_cast<std::uint8_t>(2 * registers));
        ++slave_.counter;
        for (std::size_t i = 0; i < registers; ++i) {
            reply_.push_back(static_cast<std::uint8_t>(slave_.counter >> 8));
            reply_.push_back(static_cast<std::uint8_t>(slave_.counter));
        }
        asio::async_write(
            socket_, asio::buffer(reply_),
            [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                if (!error) self->read();
            });
    }

    tcp::socket socket_;
    Slave& slave_;
    std::array<std::uint8_t, request_bytes> request_{};
    std::vector<std::uint8_t> reply_;
};

void accept(tcp::acceptor& acceptor, Slave& slave) {
    acceptor.async_accept([&](boost::system::error_code error, tcp::socket socket) {
        if (error) return;
        std::make_shared<Connection>(std::move(socket), slave)->read();
        accept(acceptor, slave);
    });
}

/// Adds the lateness of each request of the slave; gives the turns that had none. A request counts
/// for the turn that it is nearest to, so that one that is missing does not make the rest late.
std::int64_t append_lateness(const Slave& slave, Duration period, std::vector<double>& lateness) {
    if (slave.requests.empty()) return 0;
    std::vector<Duration> offsets;
    std::int64_t last_turn = 0;
    for (const MonotonicTime request : slave.requests) {
        const Duration since_first = request - slave.requests.front();
        last_turn = (since_first + period / 2) / period;
        offsets.push_back(since_first - last_turn * period);
    }
    const Duration earliest = *std::min_element(offsets.begin(), offsets.end());
    for (const Duration offset : offsets) {
        lateness.push_back(std::chrono::duration<double, std::milli>(offset - earliest).count());
    }
    return last_turn + 1 - static_cast<std::int64_t>(slave.requests.size());
}

json::object figures(const std::vector<Slave>& slaves, Duration period, Duration length) {
    std::uint64_t requests = 0;
    std::int64_t missed = 0;
    std::vector<double> lateness;
    for (const Slave& slave : slaves) {
        requests += slave.count;
        if (period > Duration::zero()) missed += append_lateness(slave, period, lateness);
    }
    json::object result{{"requests", requests},
                        {"seconds", std::chrono::duration<double>(length).count()}};
    if (!lateness.empty()) {
        std::sort(lateness.begin(), lateness.end());
        result["missed"] = missed;
        result["lateness_p50_ms"] = lateness[lateness.size() / 2];
        result["lateness_p99_ms"] = lateness[lateness.size() * 99 / 100];
        result["lateness_max_ms"] = lateness.back();
    }
    return result;
}

/// Prints and forgets what was noted, whenever asked.
class Teller {
  public:
    Teller(asio::io_context& context, std::vector<Slave>& slaves, Duration period)
        : signals_(context, SIGUSR1), slaves_(slaves), period_(period) {
        wait();
    }

  private:
    void wait() {
        signals_.async_wait([this](boost::system::error_code error, int) {
            if (error) return;
            tell();
            wait();
        });
    }
    void tell() {
        const MonotonicTime now = std::chrono::steady_clock::now();
        std::cout << figures(slaves_, period_, now - std::exchange(begin_, now)) << std::endl;
        for (Slave& slave : slaves_) {
            slave.requests.clear();
            slave.count = 0;
        }
    }

    asio::signal_set signals_;
    std::vector<Slave>& slaves_;
    const Duration period_;
    MonotonicTime begin_ = std::chrono::steady_clock::now();
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) return 2;
    const auto count = static_cast<std::size_t>(std::atoi(argv[1]));
    const Duration period = std::chrono::milliseconds(std::atoi(argv[2]));
    asio::io_context context(1);
    std::vector<Slave> slaves(count);
    const auto dead = static_cast<std::size_t>(argc == 4 ? std::atoi(argv[3]) : 0);
    for (std::size_t i = count - std::min(dead, count); i < count; ++i)
        slaves[i].dead = true;
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
    json::array ports;
    for (Slave& slave : slaves) {
        const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
        acceptors.push_back(std::make_unique<tcp::acceptor>(context, any));
        ports.emplace_back(acceptors.back()->local_endpoint().port());
        accept(*acceptors.back(), slave);
    }
    std::cout << json::object{{"ports", ports}} << std::endl;
    const Teller teller(context, slaves, period);
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
    context.run();
    return 0;
}
