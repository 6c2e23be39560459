#include "modbus/simulator/simulation.h"

#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "modbus/simulator/serial_slave.h"
#include "modbus/simulator/simulator_options.h"
#include "modbus/simulator/tcp_server.h"
#include "modbus/simulator/udp_server.h"

namespace fieldway::modbus::simulator {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

/// The seeds of two listeners of one entry are this far apart.
constexpr std::uint64_t seed_step = 1'000'000'007;

class ModbusSimulation final : public sdk::Simulation {
  public:
    ModbusSimulation() = default;
    ~ModbusSimulation() override {
        loop_.stop();
        if (thread_.joinable()) thread_.join();
    }

    Result<> begin(const SimulationOptions& options) {
        for (std::uint32_t i = 0; i < options.count; ++i) {
            const auto started =
                is_serial(options.endpoint.kind) ? open(options, i) : listen(options, i);
            if (!started) return started.error();
        }
        address_["url"] = urls_.front();
        if (urls_.size() > 1) address_["urls"] = urls_;
        thread_ = std::thread([this] { loop_.run(); });
        return {};
    }
    [[nodiscard]] json::object address() const override { return address_; }

  private:
    static Result<Responder> responder_of(const SimulationOptions& options, std::uint32_t index) {
        const bool gateway = has_numbers(options.endpoint.kind);
        return Responder::make(gateway ? Responder::Kind::gateway : Responder::Kind::line,
                               options.units, options.faults, options.seed + index * seed_step);
    }
    Result<> listen(const SimulationOptions& options, std::uint32_t index) {
        auto responder = responder_of(options, index);
        if (!responder) return responder.error();
        Endpoint endpoint = options.endpoint;
        const std::uint32_t port = endpoint.port == 0 ? 0 : endpoint.port + index;
        if (port > 65535)
            return Error::drop_item(
                fmt::format("count {} reaches beyond port 65535", options.count));
        endpoint.port = static_cast<std::uint16_t>(port);
        if (endpoint.kind == Endpoint::Kind::udp) {
            auto server = UdpServer::bind(loop_, endpoint.host, endpoint.port, options.turn_around,
                                          std::move(responder.value()));
            if (!server) return server.error();
            endpoint.port = server.value()->port();
            datagram_servers_.push_back(std::move(server.value()));
        } else {
            const bool rtu = endpoint.kind == Endpoint::Kind::rtu_over_tcp;
            auto server =
                TcpServer::listen(loop_,
                                  {endpoint.host, endpoint.port, rtu ? Framing::rtu : Framing::tcp,
                                   options.connections, options.turn_around},
                                  std::move(responder.value()));
            if (!server) return server.error();
            endpoint.port = server.value()->port();
            servers_.push_back(std::move(server.value()));
        }
        urls_.push_back(json::string(to_text(endpoint)));
        return {};
    }
    Result<> open(const SimulationOptions& options, std::uint32_t index) {
        auto responder = responder_of(options, index);
        if (!responder) return responder.error();
        Endpoint endpoint = options.endpoint;
        if (options.count > 1) endpoint.path = fmt::format("{}-{}", endpoint.path, index + 1);
        const bool ascii = endpoint.kind == Endpoint::Kind::ascii;
        auto slave =
            SerialSlave::open(loop_,
                              {endpoint.path, ascii ? Framing::ascii : Framing::rtu, options.format,
                               options.paced, options.echo, options.turn_around},
                              std::move(responder.value()));
        if (!slave) return slave.error();
        urls_.push_back(json::string(to_text(endpoint)));
        if (index == 0) address_["device"] = slave.value()->device();
        slaves_.push_back(std::move(slave.value()));
        return {};
    }

    asio::io_context loop_{1};
    std::vector<std::unique_ptr<TcpServer>> servers_;
    std::vector<std::unique_ptr<UdpServer>> datagram_servers_;
    std::vector<std::unique_ptr<SerialSlave>> slaves_;
    json::array urls_;
    json::object address_;
    std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<sdk::Simulation>> simulate(const json::object& entry) {
    std::vector<Problem> problems;
    const SimulationOptions options = read_simulation(entry, problems);
    if (!problems.empty()) {
        const Problem& first = problems.front();
        return Error::stop_device(first.sentence).within(first.pointer);
    }
    auto simulation = std::make_unique<ModbusSimulation>();
    if (auto begun = simulation->begin(options); !begun) return begun.error();
    return std::unique_ptr<sdk::Simulation>(std::move(simulation));
}

}  // namespace fieldway::modbus::simulator
