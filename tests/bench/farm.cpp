// Many Modbus TCP slaves in one process, as cheap as possible, that note when each request came.
//
// Usage: bench_farm SLAVES PERIOD_MS. Prints {"ports": [...]} at once; on SIGTERM the figures:
// requests, and how late they came against each slave's own grid of PERIOD_MS (the earliest request
// of a slave defines its grid, so that a spread over the period costs nothing). PERIOD_MS 0: no
// grid.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
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
};

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(tcp::socket socket, Slave& slave) : socket_(std::move(socket)), slave_(slave) {
        socket_.set_option(tcp::no_delay(true));
    }

    void read() {
        asio::async_read(socket_, asio::buffer(request_),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                             if (!error) self->answer();
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

void append_lateness(const Slave& slave, Duration period, std::vector<double>& milliseconds) {
    if (slave.requests.empty()) return;
    Duration earliest = Duration::max();
    for (std::size_t n = 0; n < slave.requests.size(); ++n) {
        const auto offset = slave.requests[n].time_since_epoch() - period * static_cast<int>(n);
        earliest = std::min(earliest, offset);
    }
    for (std::size_t n = 0; n < slave.requests.size(); ++n) {
        const auto offset = slave.requests[n].time_since_epoch() - period * static_cast<int>(n);
        milliseconds.push_back(
            std::chrono::duration<double, std::milli>(offset - earliest).count());
    }
}

json::object figures(const std::vector<Slave>& slaves, Duration period) {
    std::uint64_t requests = 0;
    std::uint64_t least = UINT64_MAX;
    std::vector<double> lateness;
    for (const Slave& slave : slaves) {
        requests += slave.count;
        least = std::min(least, slave.count);
        if (period > Duration::zero()) append_lateness(slave, period, lateness);
    }
    json::object result{{"requests", requests}, {"least_of_a_slave", least}};
    if (!lateness.empty()) {
        std::sort(lateness.begin(), lateness.end());
        result["lateness_p50_ms"] = lateness[lateness.size() / 2];
        result["lateness_p99_ms"] = lateness[lateness.size() * 99 / 100];
        result["lateness_max_ms"] = lateness.back();
    }
    return result;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const auto count = static_cast<std::size_t>(std::atoi(argv[1]));
    const Duration period = std::chrono::milliseconds(std::atoi(argv[2]));
    asio::io_context context(1);
    std::vector<Slave> slaves(count);
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
    json::array ports;
    for (Slave& slave : slaves) {
        const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
        acceptors.push_back(std::make_unique<tcp::acceptor>(context, any));
        ports.emplace_back(acceptors.back()->local_endpoint().port());
        accept(*acceptors.back(), slave);
    }
    std::cout << json::object{{"ports", ports}} << std::endl;
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
    context.run();
    std::cout << figures(slaves, period) << std::endl;
    return 0;
}
